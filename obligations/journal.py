"""What a server took, noted outside the database: after a restore nothing of it is sent again (proof/replaying.py).

One file for each process and day in SENT_JOURNAL, only ever added to. A line names nobody.
"""

import datetime as dt
import fcntl
import hashlib
import json
import logging
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from obligations.models import Message

log = logging.getLogger(__name__)
FAILED = "failed"  # given up for good: the next contact was tried


def folder() -> Path:
    """Where the journal lies: best on another disk than the database."""
    return Path(settings.SENT_JOURNAL or Path(settings.DATA_DIR) / "sent")


def note(row: Message, how: str, at: dt.datetime) -> None:
    """A server took the message (`how`: delivered, relayed), or it failed for good; on disk when this returns.

    A disk that is full must not make us send it again: that is only said, loudly.
    """
    line = {"id": str(row.pk), "key": key(row), "queued_at": row.queued_at.isoformat()}
    text = json.dumps({**line, "how": how, "at": at.isoformat()}, sort_keys=True)
    try:
        append(folder() / f"{at:%Y-%m-%d}-{socket.gethostname()}-{os.getpid()}.jsonl", text + "\n")
    except OSError:
        log.exception("the journal of what was sent cannot be written; a restore would send it again")


def key(row: Message) -> str:
    """The same for the same message, also when a restored database raises it once more under another id."""
    said = row.context
    about = [said.get("public_reference") or said.get("reference"), said.get("started_at") or said.get("at")]
    whole = [
        row.template,
        row.recipient,
        row.channel,
        row.round,
        row.rung,
        row.repeat,
        *about,
        said.get("duty"),
    ]
    return hashlib.sha256(json.dumps(whole).encode()).hexdigest()


def append(where: Path, text: str) -> None:
    """Add whole lines to a file, fsynced; several processes may do so at once. A missing folder is made."""
    how = (os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        descriptor = os.open(where, *how)
    except FileNotFoundError:
        where.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(where, *how)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        fresh = os.fstat(descriptor).st_size == 0
        os.write(descriptor, text.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if fresh:
        sync(where.parent)


def sync(where: Path) -> None:
    """Put a folder's list of files on disk."""
    descriptor = os.open(where, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def lines(where: Path) -> Iterator[dict[str, Any]]:
    """The lines of a file of this kind. One that a crash cut in two is left out."""
    if where.exists():
        with where.open(encoding="utf-8") as opened:
            for text in opened:
                try:
                    found = json.loads(text)
                except ValueError:
                    log.warning("%s has a line that nobody can read", where)
                    continue
                yield found
