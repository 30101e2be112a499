"""Witnesses outside the database: a journal on this machine's disk, and a mail to every customer."""

import fcntl
import json
import logging
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

log = logging.getLogger(__name__)


def path() -> Path:
    """Signed ends of chains, one a line, only ever added to. Copy it to another machine to be safe from its owner."""
    return Path(settings.DATA_DIR) / "witness.jsonl"


def note(lines: Iterable[dict[str, Any]]) -> None:
    """Add signed statements; they are on disk when this returns."""
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in lines)
    if text:
        append(path(), text)


def append(where: Path, text: str) -> None:
    """Add whole lines to a file, fsynced; several processes may do so at once."""
    fresh = not where.exists()
    descriptor = os.open(where, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        folder = os.open(where.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read(where: Path | None = None) -> Iterator[dict[str, Any]]:
    """What was noted. A line that a crash cut in two is left out."""
    where = where or path()
    if where.exists():
        with where.open(encoding="utf-8") as lines:
            for text in lines:
                try:
                    found = json.loads(text)
                except ValueError:
                    log.warning("%s has a line that nobody can read", where)
                    continue
                yield found
