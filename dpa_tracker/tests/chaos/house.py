"""The whole program as real processes on the test database, with mail to a sink, for tests that kill them.

The rules: only our own children are signalled, by the handle that started them; the web process and the
sink inherit their listening sockets, so nobody else can answer in their place.
"""

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings

from obligations.tests.test_sweep import database_url
from tools.supervisor import leash

SINK = "sink"


def door() -> socket.socket:
    """A listening socket on a port that the system chooses; children inherit it."""
    found = socket.create_server(("127.0.0.1", 0), backlog=512)
    found.set_inheritable(True)
    return found


@dataclass
class Process:
    """One child. `command` starts it anew after each death."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    fds: tuple[int, ...]
    log: Path
    running: "subprocess.Popen[bytes] | None" = None
    peak: int = 0  # kB, of all that has run under this name

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(
                [*leash("KILL"), *self.command], env=dict(self.environment), cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=self.fds, start_new_session=True,
            )  # fmt: skip

    @property
    def ended(self) -> bool:
        """Looks without taking the exit code: as long as that waits, no other process can get the pid."""
        flags = os.WEXITED | os.WNOHANG | os.WNOWAIT
        return self.running is not None and os.waitid(os.P_PID, self.running.pid, flags) is not None

    def kill(self) -> None:
        """SIGKILL to it and to those that it started."""
        if self.running is None:
            return
        self.measure()
        os.killpg(self.running.pid, signal.SIGKILL)
        self.running.wait()
        self.running = None

    def measure(self) -> None:
        """Note the highest memory that the process has used so far (with gunicorn: its first process)."""
        try:
            lines = Path(f"/proc/{self.running.pid}/status").read_text().splitlines() if self.running else []
        except OSError:
            return
        found = [int(line.split()[1]) for line in lines if line.startswith("VmHWM:")]
        self.peak = max([self.peak, *found])


@dataclass
class House:
    """`redis_url` empty: embedded, as `make run` is. `more` are variables that all but the sink get."""

    folder: Path
    redis_url: str = ""
    alertds: int = 2
    tickers: int = 0  # instead of everything but the sink
    web_alone: bool = False  # and the sink
    more: Mapping[str, str] = field(default_factory=dict)
    processes: dict[str, Process] = field(default_factory=dict)
    kills: int = 0
    deaths: int = 0  # of those whom we did not kill

    def __enter__(self) -> "House":
        self.web_door, self.sink_door = door(), door()
        (self.folder / "static").symlink_to(settings.STATIC_ROOT)
        self.inbox = self.folder / "inbox.jsonl"
        command = ("-m", "dpa_tracker.tests.chaos.sink", str(self.sink_door.fileno()), str(self.inbox))
        self._add(SINK, *command, fds=(self.sink_door.fileno(),), more={})
        for number in range(self.tickers):
            self._add(f"ticker-{number}", "-m", "dpa_tracker.tests.chaos.ticker")
        if not self.tickers:
            self._add_program()
        for process in self.processes.values():
            process.start()
        return self

    def _add_program(self) -> None:
        self._add("web", *self._web(), fds=(self.web_door.fileno(),))
        if self.web_alone:
            return
        worker = ("-m", "celery", "--quiet", "-A", "dpa_tracker", "worker", "--loglevel", "WARNING")
        schedule = str(self.folder / "schedule")
        if self.redis_url:
            self._add("worker", *worker, "-c", "1", "--without-gossip", "--without-mingle")
            self._add(
                "beat", "-m", "celery", "--quiet", "-A", "dpa_tracker", "beat", "--pidfile=", "-s", schedule
            )
        else:
            self._add("worker", *worker, "-B", "-P", "threads", "-c", "2", "-s", schedule)
        for number in range(self.alertds):
            self._add(f"alertd-{number}", "manage.py", "alertd")

    def __exit__(self, *error: object) -> None:
        for process in self.processes.values():
            process.kill()
        self.web_door.close()
        self.sink_door.close()

    def _web(self) -> tuple[str, ...]:
        words = ("--workers", "1", "--threads", "4", "--worker-class", "gthread", "--no-control-socket")
        bind = f"fd://{self.web_door.fileno()}"
        return ("-m", "gunicorn", "--bind", bind, *words, "--log-level", "warning", "dpa_tracker.wsgi")

    def _add(self, name: str, *command: str, fds: tuple[int, ...] = (), more: Any = None) -> None:
        environment = self._environment() | dict(self.more if more is None else more)
        log = self.folder / f"{name}.log"
        self.processes[name] = Process(name, (sys.executable, *command), environment, fds, log)

    def _environment(self) -> dict[str, str]:
        host, port = self.sink_door.getsockname()
        kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
        found = kept | {
            "DATABASE_URL": database_url("dpa_app"),  # as in production: it owns nothing
            "DATA_DIR": str(self.folder),
            "SMTP_HOST": host,
            "SMTP_PORT": str(port),
            "SMTP_TLS": "0",
            "STAFF_SECOND_FACTOR": "0",
            "LOG_LEVEL": "WARNING",
        }
        return found | ({"REDIS_URL": self.redis_url} if self.redis_url else {})

    @property
    def address(self) -> str:
        host, port = self.web_door.getsockname()
        return f"http://{host}:{port}"

    def kill_one(self, chance: random.Random, names: Sequence[str] = ()) -> str:
        """SIGKILL a random child (one of `names`) and start it again at once."""
        process = self.processes[chance.choice(sorted(names or self.processes))]
        process.kill()
        process.start()
        self.kills += 1
        return process.name

    def look_after(self) -> None:
        """Start again what ended by itself, as a supervisor does."""
        for process in self.processes.values():
            if process.ended:
                self.deaths += 1
                process.kill()
                process.start()

    def wait(self, until: float) -> None:
        """Sleep until that moment of the monotonic clock; children that end meanwhile are started again."""
        while (left := until - time.monotonic()) > 0:
            self.look_after()
            time.sleep(min(left, 0.2))

    def taken(self) -> list[dict[str, Any]]:
        """What the sink has accepted, in order. A line that was cut off by its death promised nothing."""
        lines = self.inbox.read_bytes().split(b"\n")[:-1] if self.inbox.exists() else []
        mails = [json.loads(line) for line in lines]
        return [mail for mail in mails if not mail["id"].startswith("<checkpoint-")]  # no row of the outbox

    def die(self) -> None:
        """The whole machine is gone, its door too."""
        for process in self.processes.values():
            process.kill()
        self.web_door.close()

    def command(self, *words: str, more: Mapping[str, str]) -> None:
        """A command of the program on this machine, to its end. CalledProcessError when it fails."""
        environment = self._environment() | dict(self.more) | dict(more)
        subprocess.run(
            [sys.executable, "manage.py", *words], env=environment, cwd=settings.BASE_DIR, check=True
        )

    def restart(self, name: str, more: Mapping[str, str]) -> None:
        """Tell it to stop, wait until it has, and start it with these variables, as a service manager does."""
        process = self.processes[name]
        assert process.running
        process.running.terminate()
        process.running.wait()
        process.environment = {**process.environment, **more}
        process.start()

    def last_words(self) -> str:
        """The end of every child's log, for a test that fails."""
        return "\n".join(
            f"--- {name}\n{process.log.read_text(errors='replace')[-1500:]}"
            for name, process in self.processes.items()
            if process.log.exists()
        )
