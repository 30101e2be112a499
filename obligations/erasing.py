"""The verb that takes the words of staff out of the ledger when the data of a person must go.

Only words that staff wrote freely beside a matter: what a step says was looked through when it was typed. Who wrote
when stays, and an entry of its own says whose words went, why, and what the rest of each was, so that it stays bound.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

from django.db import transaction

from accounts.roles import Actor
from obligations import append_only
from obligations.models import Entry, Matter
from obligations.taking import entry

STEP: Final = "erase"
WORDY: Final = ("note", "correct", "decline")
ERASED: Final[dict[str, Any]] = {"erased": True}
# Who proves the ledger keeps what the proof needs before the words go, and gives a digest of what stays by entry.
KEEPERS: list[Callable[[Sequence[Entry]], Mapping[int, str]]] = []


def erase_words(matters: Iterable[Matter], *, actor: Actor, at: dt.datetime, why: str) -> int:
    """Erase the words that staff wrote beside these matters; returns how many entries lost theirs."""
    known = {matter.pk: matter for matter in matters}
    with transaction.atomic():
        rows = list(
            Entry.objects.filter(matter__in=known, step__in=WORDY)
            .exclude(facts=ERASED)
            .select_related("matter")
            .order_by("pk")
        )
        if not rows:
            return 0
        stays: dict[int, str] = {}
        for keeper in KEEPERS:
            stays |= keeper(rows)
        with append_only.lifted():
            Entry.objects.filter(pk__in=[row.pk for row in rows]).update(facts=ERASED)
        erased: dict[int, dict[str, str]] = {}
        for row in rows:
            erased.setdefault(row.matter_id, {})[str(row.pk)] = stays.get(row.pk, "")
        Entry.objects.bulk_create(
            entry(known[pk], STEP, actor, at, at, facts={"why": why, "entries": found})
            for pk, found in erased.items()
        )
        return len(rows)
