"""A consistent copy of the database, loaded again elsewhere: pg_dump and pg_restore, or SQLite's backup.

`Table` fingerprints are taken in the same snapshot as the copy, so that a copy can be compared under load.
"""

import hashlib
import os
import secrets
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Protocol

import psycopg2
from django.conf import settings
from django.db import connection
from psycopg2 import sql

Prints = dict[str, list[Any]]  # table -> [rows, digest over all of them]
EVERYTHING = "-c app.customers=* -c TimeZone=UTC -c extra_float_digits=1"  # row-level security hides nothing
DIGESTS = "SELECT DISTINCT sha256 FROM obligations_evidence WHERE sha256 <> ''"
MIGRATIONS = "SELECT app, name FROM django_migrations"


class CopyFailed(Exception):
    """A program of the database said no; its words."""


class Place(Protocol):
    """A database that can be copied and loaded. `engine` stands in the manifest."""

    engine: str

    def copy(self, where: Path) -> tuple[Prints, list[str], list[list[str]]]:
        """Copy into the file; returns what stood in it: tables, digests of evidence, migrations."""

    def load(self, where: Path) -> None:
        """Load a copy; the place must be empty."""

    def prints(self) -> Prints:
        """What stands in it now."""

    def is_empty(self) -> bool:
        """Whether there is no table."""

    def scratch(self, folder: Path) -> Any:
        """A context with an empty place beside this one, gone afterwards."""


def here() -> Place:
    """The program's own database."""
    if connection.vendor == "sqlite":
        return Sqlite(Path(connection.settings_dict["NAME"]))
    known = {key: str(value) for key, value in connection.get_connection_params().items() if _of_libpq(key)}
    return Postgres({**known, "options": EVERYTHING})


def _of_libpq(key: str) -> bool:
    return key in ("dbname", "user", "password", "host", "port", "service", "passfile") or key.startswith(
        "ssl"
    )


class Sqlite:
    """A file."""

    engine = "sqlite"

    def __init__(self, path: Path) -> None:
        self.path = path

    def copy(self, where: Path) -> tuple[Prints, list[str], list[list[str]]]:
        """By SQLite's own backup, inside one reading transaction: writers go on meanwhile."""
        with closing(sqlite3.connect(self.path)) as source, closing(sqlite3.connect(where)) as target:
            source.isolation_level = None
            source.execute("BEGIN")
            found = _sqlite_prints(source)
            digests = [row[0] for row in source.execute(DIGESTS)]
            migrations = [list(row) for row in source.execute(MIGRATIONS)]
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        return found, digests, migrations

    def load(self, where: Path) -> None:
        """Copied beside, put on disk, and renamed."""
        for tail in ("-wal", "-shm"):
            Path(f"{self.path}{tail}").unlink(missing_ok=True)
        part = Path(f"{self.path}.part")
        shutil.copyfile(where, part)
        with part.open("rb+") as opened:
            os.fsync(opened.fileno())
        part.replace(self.path)
        with closing(sqlite3.connect(self.path)) as loaded:
            words = [row[0] for row in loaded.execute("PRAGMA integrity_check")]
            if words != ["ok"] or loaded.execute("PRAGMA foreign_key_check").fetchall():
                raise CopyFailed(f"SQLite finds the copy damaged: {words[:3]}")

    def prints(self) -> Prints:
        """Rows and a digest over them, for each table."""
        with closing(sqlite3.connect(self.path)) as source:
            return _sqlite_prints(source)

    def is_empty(self) -> bool:
        """No file, or one without a table."""
        return not self.path.exists() or not self.prints()

    @contextmanager
    def scratch(self, folder: Path) -> Iterator["Sqlite"]:
        """A file in the folder."""
        found = folder / "trial.sqlite3"
        try:
            yield Sqlite(found)
        finally:
            for path in folder.glob("trial.sqlite3*"):
                path.unlink()


def _sqlite_prints(source: sqlite3.Connection) -> Prints:
    names = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name"
    found: Prints = {}
    for (name,) in source.execute(names).fetchall():
        rows, digest = 0, hashlib.sha256()
        for row in source.execute(f'SELECT * FROM "{name}" ORDER BY rowid'):
            rows += 1
            digest.update(repr(row).encode())
        found[name] = [rows, digest.hexdigest()]
    return found


class Postgres:
    """A database of a server. Its role owns the tables, and may create the scratch database."""

    engine = "postgresql"

    def __init__(self, known: dict[str, str]) -> None:
        self.known = known

    def copy(self, where: Path) -> tuple[Prints, list[str], list[list[str]]]:
        """By pg_dump, in the snapshot in which we count as well."""
        with closing(psycopg2.connect(**self.known)) as source, source.cursor() as cursor:
            source.set_session(isolation_level="REPEATABLE READ", readonly=True)
            cursor.execute("SELECT pg_export_snapshot()")
            snapshot = cursor.fetchone()[0]
            self._run(
                "pg_dump",
                f"--snapshot={snapshot}",
                "--enable-row-security",
                "--format=custom",
                f"--file={where}",
            )
            found = _postgres_prints(cursor)
            cursor.execute(DIGESTS)
            digests = [row[0] for row in cursor.fetchall()]
            cursor.execute(MIGRATIONS)
            return found, digests, [list(row) for row in cursor.fetchall()]

    def load(self, where: Path) -> None:
        """By pg_restore, all or nothing. Who may do what is granted by `migrate`."""
        self._run(
            "pg_restore", "--no-owner", "--no-acl", "--exit-on-error", "--single-transaction", str(where)
        )

    def prints(self) -> Prints:
        """Rows and a digest over them, for each table."""
        with closing(psycopg2.connect(**self.known)) as source, source.cursor() as cursor:
            return _postgres_prints(cursor)

    def is_empty(self) -> bool:
        """No table."""
        return not self.prints()

    @contextmanager
    def scratch(self, folder: Path) -> Iterator["Postgres"]:
        """A database of its own on the same server."""
        name = f"trial_{secrets.token_hex(6)}"
        self._alone(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield Postgres({**self.known, "dbname": name})
        finally:
            self._alone(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))

    def _alone(self, statement: Any) -> None:
        with closing(psycopg2.connect(**self.known)) as server:
            server.autocommit = True
            with server.cursor() as cursor:
                try:
                    cursor.execute(statement)
                except psycopg2.errors.InsufficientPrivilege as error:
                    raise CopyFailed(
                        "This role may not create the scratch database. Run it as dpa_owner, which needs CREATEDB."
                    ) from error

    def _run(self, program: str, *arguments: str) -> None:
        """The password goes through the environment: other users of the machine read command lines."""
        found = shutil.which(program, path=settings.PG_BIN or None)
        if found is None:
            raise CopyFailed(f"{program} is not there. Install PostgreSQL's client programs, or set PG_BIN.")
        shown = {key: value for key, value in self.known.items() if key not in ("password", "options")}
        secret = {"PGPASSWORD": self.known["password"]} if "password" in self.known else {}
        where = f"--dbname={psycopg2.extensions.make_dsn(**shown)}"
        done = subprocess.run(
            [found, where, *arguments],
            env={**os.environ, **secret, "PGOPTIONS": EVERYTHING},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise CopyFailed(f"{program}: {done.stderr.strip()[-1000:]}")


def _postgres_prints(cursor: Any) -> Prints:
    cursor.execute(
        "SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' ORDER BY 1"
    )
    found: Prints = {}
    for (name,) in cursor.fetchall():
        whole = sql.SQL(
            "SELECT count(*), coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text FROM {} t"
        )
        cursor.execute(whole.format(sql.Identifier(name)))
        found[name] = list(cursor.fetchone())
    return found
