"""What an answer to a question must fit, and what follows from it (12.1)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from accounts.scope import ALL, scope
from obligations.clauses import Turns
from obligations.models import Matter, Obligation
from obligations.terms import TermBook
from subprocessors import gate
from subprocessors.models import Consent


def version_fits(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A consent is given to the list that was sent, not to another one."""
    asked = Consent.objects.in_bulk([row.pk for row, _facts in pairs])
    return [
        ""
        if facts["list_version"] == asked[row.pk].list_version
        else f"The question is about version {asked[row.pk].list_version} of the list, "
        f"not {facts['list_version']}. Name that version."
        for row, facts in pairs
    ]


def silence_counts(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Silence becomes consent only where the terms say so, and only after the window."""
    windows = {
        row.matter_id: row
        for row in Obligation.objects.filter(matter__in=[row.pk for row in rows], duty="answer").order_by(
            "pk"
        )
    }
    book = TermBook([row.agreement for row in rows if row.agreement], gate.KEYS)
    reasons = {}
    for row in rows:
        window = windows.get(row.pk)
        end = gate.silence_counts_from(row.agreement, window, book) if window and row.agreement else None
        if end is None:
            reasons[row.pk] = f"{row.customer} has not consented, and silence is not consent."
        elif now < end:
            reasons[row.pk] = f"The silence of {row.customer} counts from {end:%-d %B %Y, %H:%M} UTC."
    return reasons


def in_use(rows: Sequence[Matter]) -> Sequence[int]:
    """Those whose sub-processor is at work already: content flows without consent.

    The customer who objects does not see the sub-processor, which is the house's own.
    """
    parents = [row.parent_id for row in rows if row.parent_id]
    with scope(ALL, reason="whether a sub-processor is in use"):
        active = set(Matter.objects.filter(pk__in=parents, state="active").values_list("pk", flat=True))
    return [row.pk for row in rows if row.parent_id in active]


def questions_below(rows: Sequence[Matter]) -> Sequence[int]:
    """The questions about a proposal that was dropped."""
    below = Matter.objects.filter(parent__in=[row.pk for row in rows], kind="consent", closed_at=None)
    return list(below.values_list("pk", flat=True))
