"""PostgreSQL, pgbouncer and Redis as child processes, each in a folder of its own, for the tests.

The rules: after each start the server that answers is asked for its pid, which must be the one that was
started; only such children are ever signalled. They listen on 127.0.0.1 behind random passwords.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import psycopg2
import redis

from tools.supervisor import leash

START_WITHIN = 30  # seconds
END_WITHIN = 15  # seconds
DATABASE = "dpa"


class NotUp(Exception):
    """The server ended, or another one answers at its port. Holds the last words of its log."""


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def unprivileged() -> pwd.struct_passwd | None:
    """Whom the servers run as when we are root, which PostgreSQL refuses. None: as ourselves."""
    if os.geteuid():
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return pwd.getpwnam("nobody")


def own(path: Path) -> None:
    """Give a file or folder to the user of the servers, and to nobody else."""
    user = unprivileged()
    if user:
        os.chown(path, user.pw_uid, user.pw_gid)
    path.chmod(0o700 if path.is_dir() else 0o600)


@dataclass
class Server:
    """One server. `start` after `stop` or `kill` uses the same folder, port and password again."""

    program: Path
    folder: Path
    port: int = field(default_factory=free_port)
    password: str = field(default_factory=lambda: secrets.token_hex(16))
    process: subprocess.Popen[bytes] | None = None

    def stop(self) -> None:
        """In order: clients are disconnected, data is written."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """As in a crash."""
        self._end(signal.SIGKILL)

    def _run(self, command: list[str], output: int | IO[bytes]) -> subprocess.Popen[bytes]:
        """As the unprivileged user, with nothing of our environment that could lead a server astray."""
        user = unprivileged()
        return subprocess.Popen(
            [*leash("INT"), *command],
            cwd=self.folder,
            env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C.UTF-8", "TZ": "UTC"},
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            user=user.pw_uid if user else None,
            group=user.pw_gid if user else None,
            extra_groups=[] if user else None,
        )

    def _launch(self, command: list[str], answering_pid: Callable[[], int], feed: bytes = b"") -> None:
        """Start and wait until the server that answers is the one that was started. NotUp when it is not."""
        with (self.folder / "log").open("ab") as log:
            self.process = self._run(command, log)
        with contextlib.suppress(BrokenPipeError), self.process.stdin as pipe:  # type: ignore[union-attr]
            pipe.write(feed)
        deadline = time.monotonic() + START_WITHIN
        while time.monotonic() < deadline and self.process.poll() is None:
            if answering_pid() == self.process.pid:
                return
            time.sleep(0.03)
        self.stop()
        raise NotUp((self.folder / "log").read_text(errors="replace")[-2000:])

    def _end(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(timeout=END_WITHIN)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass
class Postgres(Server):
    """`program` is the folder of its programs. `durable`: with fsync, for tests that pull the plug."""

    durable: bool = False

    def create(self) -> None:
        """A new cluster with the two roles and the database, up. NotUp when it does not come up."""
        secret = self.folder / "password"
        secret.write_text(self.password)
        own(secret)
        command = [str(self.program / "initdb"), "--pgdata", "data", "--username", "admin", "--no-sync"]
        command += [
            "--auth",
            "scram-sha-256",
            "--pwfile",
            "password",
            "--encoding",
            "UTF8",
            "--locale",
            "C.UTF-8",
        ]
        made = self._run(command, subprocess.PIPE)
        words, _ = made.communicate()
        if made.returncode:
            raise NotUp(words.decode(errors="replace"))
        self.start()
        self.query(
            f"CREATE ROLE dpa_owner LOGIN CREATEDB PASSWORD '{self.password}'",
            f"CREATE ROLE dpa_app LOGIN NOBYPASSRLS PASSWORD '{self.password}'",
            f"CREATE DATABASE {DATABASE} OWNER dpa_owner",
        )

    def start(self) -> None:
        """Start on the data that is there. NotUp when it does not come up."""
        settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "200"}
        if not self.durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
            settings |= {"checkpoint_timeout": "1h", "max_wal_size": "4GB", "jit": "off"}
        command = [str(self.program / "postgres"), "-D", "data", "-p", str(self.port)]
        command += [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        self._launch(command, self._answering_pid)

    def url(self, role: str = "dpa_owner") -> str:
        """DATABASE_URL of the role dpa_owner or dpa_app."""
        return f"postgres://{role}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def query(self, *statements: str, database: str = "postgres") -> list[tuple[Any, ...]]:
        """Run statements as the superuser; the rows of the last one, if it has any."""
        at = {"host": "127.0.0.1", "port": self.port, "dbname": database, "connect_timeout": 5}
        connection = psycopg2.connect(user="admin", password=self.password, **at)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    def _answering_pid(self) -> int:
        """The pid that the answering server calls its own; 0 when none answers or it is not ours."""
        try:
            rows = self.query("SELECT pg_read_file('postmaster.pid')")
        except psycopg2.Error:
            return 0
        return int(str(rows[0][0]).split("\n", 1)[0])


@dataclass
class Redis(Server):
    """Without persistence, as a broker and cache may be: each start is empty."""

    def start(self) -> None:
        """NotUp when it does not come up."""
        settings = (f"port {self.port}", "bind 127.0.0.1", f"dir {self.folder}", 'save ""', "appendonly no")
        # On standard input, where other users of the machine cannot read the password.
        feed = "\n".join((*settings, f"requirepass {self.password}", ""))
        self._launch([str(self.program), "-"], self._answering_pid, feed.encode())

    create = start

    def url(self) -> str:
        """REDIS_URL."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def _answering_pid(self) -> int:
        try:
            with redis.Redis.from_url(self.url(), socket_timeout=5) as client:
                return int(client.info("server")["process_id"])
        except redis.RedisError:
            return 0


@dataclass
class Pooler(Server):
    """pgbouncer in transaction mode before the PostgreSQL at port `upstream`, whose roles' password is `password`.

    `connections`: how many of them all clients together have.
    """

    upstream: int = 0
    connections: int = 1

    def start(self) -> None:
        """NotUp when it does not come up."""
        self._write("users", *(f'"{role}" "{self.password}"' for role in ("dpa_app", "dpa_owner")))
        self._write(
            "pgbouncer.ini",
            f"[databases]\n* = host=127.0.0.1 port={self.upstream}",
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =",
            f"auth_type = scram-sha-256\nauth_file = {self.folder}/users\nstats_users = dpa_owner",
            f"pool_mode = transaction\ndefault_pool_size = {self.connections}\nmax_client_conn = 200",
        )
        self._launch([str(self.program), "pgbouncer.ini"], self._answering_pid)

    create = start

    def _write(self, name: str, *lines: str) -> None:
        path = self.folder / name
        path.write_text("\n".join((*lines, "")))
        own(path)

    def _answering_pid(self) -> int:
        """Ours, when who answers knows the password of that database: no other pool does."""
        at = {"host": "127.0.0.1", "port": self.port, "dbname": "pgbouncer", "connect_timeout": 5}
        try:
            psycopg2.connect(user="dpa_owner", password=self.password, **at).close()
        except psycopg2.Error:
            return 0
        return self.process.pid if self.process else 0
