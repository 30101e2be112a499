"""A PostgreSQL of the bench's own, whose data is kept from run to run: one database for each size."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tools.programs import postgres_folder
from tools.servers import Postgres, own
from tools.services import reachable

# As root the server runs as another user, who may not reach a checkout below a home that is closed.
FOLDER = Path(os.environ.get("BENCH_DIR") or ("var/bench" if os.geteuid() else "/var/tmp/dpa-tracker-bench"))


@contextmanager
def cluster() -> Iterator[Postgres]:
    """Made at the first run, started again at later ones."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    FOLDER.chmod(0o755)
    folder = (FOLDER / "cluster").absolute()
    password = FOLDER / "password"
    programs = reachable(postgres_folder(), FOLDER)
    if not (folder / "data" / "PG_VERSION").exists():
        folder.mkdir(exist_ok=True)
        own(folder)
        password.write_text(secrets.token_hex(16))
        server = Postgres(programs, folder, password=password.read_text())
        server.create()
    else:
        server = Postgres(programs, folder, password=password.read_text())
        server.start()
    try:
        yield server
    finally:
        server.stop()


def url_of(server: Postgres, size: int) -> str:
    """DATABASE_URL of the database of that size, made (empty) where it is missing."""
    name = f"bench_{size}"
    if not server.query(f"SELECT 1 FROM pg_database WHERE datname = '{name}'"):
        server.query(f"CREATE DATABASE {name} OWNER dpa_owner")
    return server.url().rpartition("/")[0] + f"/{name}"


@contextmanager
def copied(server: Postgres, size: int) -> Iterator[str]:
    """DATABASE_URL of a copy of that database, removed afterwards."""
    drop = "DROP DATABASE IF EXISTS bench_copy WITH (FORCE)"
    server.query(drop, f"CREATE DATABASE bench_copy TEMPLATE bench_{size} OWNER dpa_owner")
    try:
        yield server.url().rpartition("/")[0] + "/bench_copy"
    finally:
        server.query(drop)
