"""Witnesses outside the database: a journal on this machine's disk, and a mail to every customer."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.conf import settings

from obligations.journal import append, lines


def path() -> Path:
    """Signed ends of chains, one a line, only ever added to. Copy it to another machine to be safe from its owner."""
    return Path(settings.DATA_DIR) / "witness.jsonl"


def note(statements: Iterable[dict[str, Any]]) -> None:
    """Add signed statements; they are on disk when this returns."""
    text = "".join(json.dumps(line, sort_keys=True) + "\n" for line in statements)
    if text:
        append(path(), text)


def read(where: Path | None = None) -> Iterator[dict[str, Any]]:
    """What was noted."""
    yield from lines(where or path())
