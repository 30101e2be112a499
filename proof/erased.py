"""What the proof keeps of an entry whose words were erased: its digest, which nobody can try words against any more."""

from collections.abc import Sequence

from django.db import connection

from obligations import append_only, erasing
from obligations.bulk import set_columns
from obligations.models import Entry
from proof import sealing
from proof.canonical import content, digest
from proof.models import Seal


def keep(rows: Sequence[Entry]) -> dict[int, str]:
    """Before the words go: their seals take the digest and lose the salt. What stays of each entry, by its key."""
    _wait_for_the_sealer()
    known = {row.pk: row for row in rows}
    seals = list(Seal.objects.filter(entry__in=known, content_digest=""))
    for seal in seals:
        row = known[seal.entry]
        seal.content_digest = digest(content(row, seal.salt, seal.evidence, row.matter.public_reference))
        seal.salt = ""
    with append_only.lifted():
        set_columns(seals, ("content_digest", "salt"))
    return {pk: rest(row) for pk, row in known.items()}


def rest(row: Entry) -> str:
    """Everything of an entry but its words."""
    said = content(row, "", [], row.matter.public_reference)
    return digest({name: value for name, value in said.items() if name != "facts"})


def lawful(entries: Sequence[Entry]) -> set[int]:
    """Those whose words an entry says were erased, and of which nothing else was changed since."""
    rows = [row for row in entries if row.step in erasing.WORDY and row.facts == erasing.ERASED]
    said: dict[tuple[int, str], str] = {}
    if rows:
        made = Entry.objects.filter(matter__in={row.matter_id for row in rows}, step=erasing.STEP)
        for matter, facts in made.values_list("matter", "facts"):
            said |= {(matter, pk): kept for pk, kept in facts["entries"].items()}
    return {row.pk for row in rows if said.get((row.matter_id, str(row.pk))) == rest(row)}


def _wait_for_the_sealer() -> None:
    """One that has read the words must not seal them after they are gone. SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [sealing.LOCK])
