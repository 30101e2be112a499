"""Tells the person at the terminal what is being done, and stops with a reason."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn


def say(text: str) -> None:
    """One line about what is being done."""
    put(f"-- {text}")


def put(text: str) -> None:
    """At once, also into a pipe, and in one piece, also while other threads write."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def stop(text: str) -> NoReturn:
    """End with exit code 1. `text` says what is wrong and what would be right."""
    sys.stdout.flush()
    print(f"\nStopped: {text}", file=sys.stderr, flush=True)
    raise SystemExit(1)


@contextmanager
def step(title: str) -> Iterator[None]:
    """Announce a step before it starts and its seconds when it has succeeded."""
    say(f"{title} ...")
    started = time.monotonic()
    yield
    say(f"{title}: done in {time.monotonic() - started:.1f} s")
