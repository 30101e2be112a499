"""Obligations against their reckonings, alerts against their ladders: part of `verify`."""

import datetime as dt
from collections.abc import Iterator

from obligations import counting, duties, ladder
from obligations.clauses import CLAUSES
from obligations.models import Obligation

LATE_SWEEP = dt.timedelta(minutes=5)
Found = list[tuple[str, str]]  # where, in words


def look(now: dt.datetime) -> Iterator[tuple[str, int, Found]]:
    """For obligations and for alerts: how many were looked at, and what is wrong."""
    rows = Obligation.objects.filter(state=Obligation.State.OPEN).select_related(
        "matter__agreement", "matter__customer", "owner"
    )
    number, wrong, silent = 0, [], []
    for row in rows.order_by("pk").iterator(1000):
        number += 1
        where = f"obligation {row.pk} ({row.matter.reference}, {row.duty})"
        if words := _miscounted(row):
            wrong.append((where, words))
        if words := _silent(row, now):
            silent.append((where, words))
    yield "obligations", number, wrong
    yield "alerts", number, silent


def _miscounted(row: Obligation) -> str:
    """A due time that its own reckoning does not give. One that was extended by agreement names that instead."""
    kept = row.reckoning
    if not kept:
        return "It has no reckoning."
    if "extended" in kept:
        agreed = dt.datetime.fromisoformat(kept["extended"]["due_at"])
        return "" if row.due_at == agreed else f"Its due time is {row.due_at}, agreed was {agreed}."
    found = counting.recount(kept)
    moved_late = (
        row.round > 1 and row.due_at and found.due_at and row.due_at < found.due_at
    )  # late stays late
    if found.due_at != row.due_at and not moved_late:
        return f"Its due time is {row.due_at}, but its reckoning gives {found.due_at}."
    return ""


def _silent(row: Obligation, now: dt.datetime) -> str:
    """An obligation that will not ring although its ladder says so, or that should have rung."""
    if row.fault:
        return f"Its alerts cannot be computed: {row.fault}"
    if row.next_alert_at is not None:
        late = row.next_alert_at < now - LATE_SWEEP
        return f"It should have rung at {row.next_alert_at}. Does alertd run?" if late else ""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    left = ladder.moments(duty.ladder, duties.clock_of(row, row.owner, row.matter))[row.rung :]
    ahead = [moment.at for moment in left if moment.at > now]
    return f"It will not ring, but its ladder has a rung at {ahead[0]}." if ahead else ""
