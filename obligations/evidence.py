"""Evidence files: written to disk under their SHA-256 before the row that points to them."""

import datetime as dt
import hashlib
import os
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from accounts.roles import Actor
from obligations import uploads
from obligations.clauses import Facts
from obligations.models import Evidence, Matter
from obligations.turn import Turn
from obligations.uploads import Unusable

__all__ = ["LIMIT", "TooLarge", "Unusable", "add_file", "add_kept", "attach", "forget", "kept", "path"]

LIMIT = 25 * 1024 * 1024


class TooLarge(Unusable):
    """A file over LIMIT bytes."""


def path(sha256: str) -> Path:
    """Where the file with that digest lies."""
    return Path(settings.MEDIA_ROOT) / sha256[:2] / sha256


def kept(name: str, chunks: Iterable[bytes], *, ours: bool = False) -> dict[str, Any]:
    """Store a file and say so as a fact of type "file": {"name", "sha256", "size"}. Unusable changes nothing.

    `ours`: a document that the program itself has written; what people send is judged by its content.

    It is on disk, with its folder, when this returns.
    """
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with tempfile.NamedTemporaryFile(dir=root, delete=False) as temporary:
        try:
            for chunk in chunks:
                size += len(chunk)
                if size > LIMIT:
                    raise TooLarge(f"The file is larger than {LIMIT // 2**20} MB. Split it, or give a link.")
                digest.update(chunk)
                temporary.write(chunk)
            temporary.flush()
            name = name if ours else uploads.named(name, temporary)
            os.fsync(temporary.fileno())
        except BaseException:
            os.unlink(temporary.name)
            raise
    target = path(digest.hexdigest())
    target.parent.mkdir(exist_ok=True)
    os.replace(temporary.name, target)
    _sync_folder(target.parent)
    return {"name": name, "sha256": digest.hexdigest(), "size": size}


def forget(digests: Iterable[str]) -> None:
    """Delete files that no row points to any more (a lawful erasure). One that is gone already is fine."""
    for sha256 in digests:
        path(sha256).unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def add_file(
    matter: Matter, *, title: str, chunks: Iterable[bytes], actor: Actor, at: dt.datetime
) -> Evidence:
    """Attach a file to a matter. Unusable when it is not taken."""
    return add_kept(matter, kept(title, chunks), actor=actor, at=at)


def add_kept(matter: Matter, file: Mapping[str, Any], *, actor: Actor, at: dt.datetime) -> Evidence:
    """Attach a file that `kept` has stored."""
    made: Evidence = Evidence.objects.create(
        matter=matter,
        customer_id=matter.customer_id,
        title=file["name"],
        sha256=file["sha256"],
        size=file["size"],
        added_by_id=actor.user_id,
        added_at=at,
    )
    return made


def attach(turn: Turn, actor: Actor, facts: Mapping[int, Facts]) -> None:
    """The files among the facts of a step become evidence of its matters. One statement.

    A private file is called by its field: its own name may name a person.
    """
    fields = [field for field in turn.step.fields if field.type == "file"]
    rows = [
        Evidence(
            matter=matter,
            customer_id=matter.customer_id,
            title=str(field.label) if field.private else facts[matter.pk][field.name]["name"][:200],
            sha256=facts[matter.pk][field.name]["sha256"],
            size=facts[matter.pk][field.name]["size"],
            added_by_id=actor.user_id,
            added_at=turn.now,
        )
        for matter in turn.matters
        for field in fields
        if field.name in facts[matter.pk]
    ]
    if rows:
        Evidence.objects.bulk_create(rows)
