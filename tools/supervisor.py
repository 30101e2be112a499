"""Starts child processes, passes their lines on, restarts those that die, stops all of them."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tools.say import put, say

LONGEST_PAUSE = 30  # seconds between two starts of a child that keeps dying
CALM = 60  # a child that has lived for so many seconds starts afresh in the count of its deaths
PATIENCE = 15  # seconds a child has to end by itself


def leash(number: str) -> list[str]:
    """Words before a command: the kernel then ends it when its parent is killed, so nothing stays behind."""
    setpriv = shutil.which("setpriv")
    return [setpriv, "--pdeathsig", number] if setpriv else []


@dataclass
class Child:
    """One process that must run as long as the supervisor does."""

    name: str
    command: list[str]
    folder: Path
    environment: dict[str, str]
    pass_fds: tuple[int, ...] = ()
    process: subprocess.Popen[str] | None = None
    deaths: int = 0
    started_at: float = 0.0
    start_at: float = field(default_factory=time.monotonic)

    def start(self) -> None:
        """In a process group of its own: Ctrl-C reaches the supervisor only, which then stops in order."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(
            [*leash("TERM"), *self.command],
            cwd=self.folder,
            env=self.environment,
            pass_fds=self.pass_fds,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
        assert self.process.stdout is not None
        threading.Thread(target=_pass_on, args=(self.name, self.process.stdout), daemon=True).start()

    @property
    def alive(self) -> bool:
        """Looks without taking the exit code: as long as that waits, no other process can get the pid."""
        if self.process is None:
            return False
        return os.waitid(os.P_PID, self.process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None

    def look_after(self, now: float) -> None:
        """Start the child when its time has come; note a death and set the time of the next start."""
        if self.alive:
            return
        if self.process is not None:
            self._note_death(now)
        if now >= self.start_at:
            self.start()

    def _note_death(self, now: float) -> None:
        code = self.bury()
        self.deaths = 1 if now - self.started_at > CALM else self.deaths + 1
        pause = min(2 ** (self.deaths - 1), LONGEST_PAUSE)
        say(f"{self.name} ended with {_words(code)}; starting it again in {pause} s")
        self.start_at = now + pause

    def bury(self) -> int:
        """Kill what is left of the child's group (a beat whose worker has died) and take its exit code."""
        assert self.process is not None
        os.killpg(self.process.pid, signal.SIGKILL)
        code = self.process.wait()
        self.process = None
        return code


def stop_all(children: Iterable[Child]) -> None:
    """Ask every child to end what it is doing; kill only one that does not within its time."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # a second Ctrl-C must not leave half of them running
    running = [child for child in children if child.process is not None]
    for child in running:
        assert child.process is not None
        os.kill(child.process.pid, signal.SIGTERM)  # it tells those that it started
    deadline = time.monotonic() + PATIENCE
    for child in running:
        while child.alive and time.monotonic() < deadline:
            time.sleep(0.05)
        if child.alive:
            say(f"{child.name} did not end within {PATIENCE} s and is killed")
        child.bury()


def _pass_on(name: str, lines: IO[str]) -> None:
    for line in lines:
        put(f"{name:<7}| {line.rstrip()}")


def _words(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"
