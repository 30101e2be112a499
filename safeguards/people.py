"""What a person must have before access to Customer Content (6, A2.3)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

from obligations.clauses import PROCESSOR, Turns
from obligations.counting import calendar_for
from obligations.models import Entry, Matter

NEEDED = {"undertake": "has not signed the undertaking", "train": "has not been trained"}


def is_bound_and_trained(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """No access before both; the reason names the person and what is missing."""
    taken = set(
        Entry.objects.filter(matter__in=[row.pk for row in rows], step__in=NEEDED).values_list(
            "matter_id", "step"
        )
    )
    reasons = {}
    for row in rows:
        missing = [words for step, words in NEEDED.items() if (row.pk, step) not in taken]
        if missing:
            reasons[row.pk] = f"{row.title} {' and '.join(missing)}. Record that first."
    return reasons


def trained_already(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A training that is planned is none."""
    return [
        f"{facts['trained_on']:%-d %B %Y} lies ahead. Record the training once it was held."
        if facts["trained_on"] > now.astimezone(ZoneInfo(calendar_for(matter, PROCESSOR).tz)).date()
        else ""
        for matter, facts in pairs
    ]
