"""Rounds of an obligation: the same duty once more, counted anew, with the old one kept."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from obligations import counting, duties, ladder
from obligations.facts import as_json
from obligations.models import Matter, Obligation
from obligations.terms import TermBook


def copied(row: Obligation, matter: Matter, fact: str, old: Any, book: TermBook) -> bool:
    """Whether a child's clock began with its parent's fact; one with a time of its own keeps it."""
    if old is None or fact != row.start_fact:
        return True
    duty = matter.clause.duty(row.duty)
    start = next(start for start in duty.starts if start.fact == fact)
    calendar = counting.calendar_for(matter, duty.owed_by, book)
    return counting.started({fact: old}, start, row.started_at, calendar) == row.started_at


def moved(
    row: Obligation, matter: Matter, fact: str, value: Any, at: dt.datetime, book: TermBook
) -> Obligation:
    """Its next round, counted anew from a fact that was corrected at `at` (not yet stored)."""
    duty, fresh = matter.clause.duty(row.duty), next_round(row)
    calendar, known = counting.calendar_for(matter, duty.owed_by, book), as_json({fact: value})
    due_at = counting.appointed({duty.due_fact: row.reckoning.get("appointed")}, duty, calendar)
    if fact == duty.due_fact:
        due_at = counting.appointed(known, duty, calendar)
    if fact == row.start_fact:
        start = next(start for start in duty.starts if start.fact == fact)
        fresh.started_at = counting.started(known, start, at, calendar)
    counting.put_reckoning(fresh, counting.count(matter, duty, fresh.started_at, book, due_at))
    if row.due_at and row.due_at <= at and fresh.due_at:
        fresh.due_at = min(fresh.due_at, row.due_at)  # what was late stays late
    return fresh


def next_round(row: Obligation) -> Obligation:
    """The same obligation once more, in its next round (not yet stored)."""
    values = {
        f.attname: getattr(row, f.attname) for f in Obligation._meta.concrete_fields if not f.primary_key
    }
    return Obligation(**{**values, "round": row.round + 1})


def save_rounds(
    pairs: Iterable[tuple[Obligation, Matter]], at: dt.datetime, book: TermBook | None = None
) -> None:
    """Store rounds that begin to ring from `at` on. One statement."""
    rows = []
    for row, matter in pairs:
        row.rung = row.repeat = 0
        row.rang_at = row.acknowledged_at = row.acknowledged_by = None
        clock = duties.clock_of(row, row.owner, matter, book)
        row.next_alert_at = ladder.first(matter.clause.duty(row.duty).ladder, clock, at)
        rows.append(row)
    Obligation.objects.bulk_create(rows)
