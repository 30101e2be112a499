"""A duty's term, counted from its start in the debtor's calendar, with a reckoning that explains the date."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from obligations.clauses import Duty, Start
from obligations.clock import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Period,
    Reckoning,
    Vague,
    Weeks,
    Years,
    earliest,
    reckon,
)
from obligations.models import Matter, Obligation
from obligations.models_agreement import calendar_from
from obligations.periods import describe_period, parse_period
from obligations.terms import Resolved, TermBook

HOLIDAYS_VERSION = version("holidays")
NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)
SHORTEST = {Days: 1, BusinessDays: 1, Weeks: 7, Years: 365}  # days of one unit; a month has 28


@dataclass(frozen=True)
class Reckoned:
    """A term counted from a start: the instants and the reckoning as it is kept."""

    due_at: dt.datetime | None
    target_at: dt.datetime | None
    words: str
    hour_clock: bool
    kept: Mapping[str, Any]


def started(facts: Mapping[str, Any], start: Start, at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The instant at which a clock starts: the fact, where the start names one and it is known, else `at`."""
    value = facts.get(start.fact or "")
    return at if value is None else _instant(value, calendar)


def appointed(facts: Mapping[str, Any], duty: Duty, calendar: Calendar) -> dt.datetime | None:
    """The due instant that a fact names, if it is known: a date lasts until the end of that local day."""
    value = facts.get(duty.due_fact or "")
    if value is None or "T" in value:
        return None if value is None else _instant(value, calendar)
    return _midnight(dt.date.fromisoformat(value) + dt.timedelta(days=1), calendar)


def _instant(value: str, calendar: Calendar) -> dt.datetime:
    if "T" in value:
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    return _midnight(dt.date.fromisoformat(value), calendar)


def _midnight(day: dt.date, calendar: Calendar) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), ZoneInfo(calendar.tz)).astimezone(dt.UTC)


def calendar_for(matter: Matter, party: str, book: TermBook | None = None) -> Calendar:
    """Calendar of the party that owes: the agreement's, or the house's. `book`: one that has read it already."""
    if matter.agreement is not None:
        return matter.agreement.calendar_of(party)
    return house_calendar(book or TermBook(()))


def house_calendar(book: TermBook) -> Calendar:
    """The processor's own place, as its newest profile says."""
    return calendar_from(book.house.settings.get("calendar") if book.house else None)


def count(
    matter: Matter,
    duty: Duty,
    started_at: dt.datetime,
    book: TermBook,
    due_at: dt.datetime | None = None,
) -> Reckoned:
    """The duty's term, as it stood on the day of the start, counted in the debtor's calendar.

    With an appointed `due_at` the term is a lead time: the target lies that long before it. A matter of the
    house follows the strictest term among its own and those of the agreements.
    """
    calendar = calendar_for(matter, duty.owed_by, book)
    day = started_at.astimezone(ZoneInfo(calendar.tz)).date()
    if not duty.term:
        return _counted_back("null", started_at, due_at or started_at, calendar)
    terms = book.candidates(matter.agreement, duty.term, when=day)
    found, term = _strictest(terms, started_at, due_at, calendar)
    kept = {**found.kept, "term": duty.term, "origin": term.origin, "calendar_of": duty.owed_by}
    return Reckoned(found.due_at, found.target_at, found.words, found.hour_clock, kept)


def _strictest(
    terms: Iterable[Resolved], start: dt.datetime, due_at: dt.datetime | None, calendar: Calendar
) -> tuple[Reckoned, Resolved]:
    """The term with the earliest due time; among equal ones that with the earliest target."""
    counted = []
    for term in terms:
        value = json.dumps(term.value, sort_keys=True)
        found = _counted_back(value, start, due_at, calendar) if due_at else _counted(value, start, calendar)
        counted.append((found, term))
    return min(counted, key=lambda pair: (pair[0].due_at or NEVER, pair[0].target_at or NEVER))


def recount(kept: Mapping[str, Any]) -> Reckoned:
    """A stored reckoning counted once more from nothing but what stands in it."""
    start = dt.datetime.fromisoformat(kept["start"])
    place = dict(kept["calendar"])
    if "weekend" in place:
        place["weekend"] = [int(day) for day in place["weekend"]]
    calendar, value = calendar_from(place), json.dumps(kept["value"], sort_keys=True)
    if "appointed" in kept:
        return _counted_back(value, start, dt.datetime.fromisoformat(kept["appointed"]), calendar)
    return _counted(value, start, calendar)


def counted_again(kept: Mapping[str, Any], calendar: Calendar) -> Reckoned:
    """A stored reckoning counted in another calendar, or with newer holidays: start and term stay as they were."""
    found = recount({**kept, "calendar": place_of(calendar)})
    return replace(found, kept={**kept, **found.kept})


@lru_cache(maxsize=4096)  # 5,000 agreements of one breach share a handful of terms and calendars
def _counted(value: str, start: dt.datetime, calendar: Calendar) -> Reckoned:
    data = json.loads(value)
    period, target, minimum = parse_period(data)
    main = (earliest if minimum else reckon)(period, start, calendar)
    aim = main if not main.legal else reckon(target, start, calendar) if target else None
    due_at = main.due_at if main.legal else None
    target_at = min(aim.due_at, main.due_at) if aim else None
    unit = period.target if isinstance(period, Vague) else period
    kept = {
        **_frame(data, start, calendar),
        "due": _kept(main) if main.legal else None,
        "target": _kept(aim) if aim else None,
        "hour_clock": isinstance(unit, Hours),
    }
    return Reckoned(due_at, target_at, describe_period(data), isinstance(unit, Hours), kept)


@lru_cache(maxsize=4096)
def _counted_back(value: str, start: dt.datetime, due_at: dt.datetime, calendar: Calendar) -> Reckoned:
    """Due at an appointed instant; the target is the last one that leaves the lead time, or the start."""
    data = json.loads(value)
    lead = _lead(data) if data else None
    target_at = max(_latest(lead, due_at, calendar), start) if lead else None
    hours = lead is None or isinstance(lead, Hours)
    kept = {
        **_frame(data, start, calendar),
        "appointed": due_at.isoformat(),
        "due": {"at": due_at.isoformat(), "last_day": _last_day(due_at, calendar), "skipped": []},
        "target": target_at
        and {"at": target_at.isoformat(), "last_day": _last_day(target_at, calendar), "skipped": []},
        "hour_clock": hours,
    }
    words = f"by the appointed time; lead time: {describe_period(data)}" if lead else "by the appointed time"
    return Reckoned(due_at, target_at, words, hours, kept)


def _lead(data: Any) -> Period:
    period, target, _ = parse_period(data)
    return period.target if isinstance(period, Vague) else target or period


def _latest(lead: Period, due_at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The last instant from which the whole lead time fits before `due_at`."""
    if isinstance(lead, Hours):
        return due_at - dt.timedelta(hours=lead.n)
    length = lead.n * SHORTEST.get(type(lead), 28)
    day = due_at.astimezone(ZoneInfo(calendar.tz)).date() - dt.timedelta(days=length)
    while earliest(lead, _midnight(day, calendar), calendar).due_at > due_at:
        day -= dt.timedelta(days=1)
    return _midnight(day + dt.timedelta(days=1), calendar)


def _frame(data: Any, start: dt.datetime, calendar: Calendar) -> dict[str, Any]:
    return {
        "start": start.isoformat(),
        "value": data,
        "calendar": place_of(calendar),
        "holidays": HOLIDAYS_VERSION,
    }


def place_of(calendar: Calendar) -> dict[str, Any]:
    """A calendar as a reckoning keeps it."""
    return {key: _plain(found) for key, found in asdict(calendar).items() if found not in (None, ())}


def _plain(value: Any) -> Any:
    return [str(item) for item in sorted(value)] if isinstance(value, (tuple, frozenset, set)) else value


def _last_day(due_at: dt.datetime, calendar: Calendar) -> str:
    return (due_at - dt.timedelta(microseconds=1)).astimezone(ZoneInfo(calendar.tz)).date().isoformat()


def _kept(found: Reckoning) -> dict[str, Any]:
    skips = [{"date": skip.date.isoformat(), "reason": skip.reason} for skip in found.trace]
    return {"at": found.due_at.isoformat(), "last_day": found.last_day.isoformat(), "skipped": skips}


def put_reckoning(row: Obligation, found: Reckoned) -> None:
    """Copy a count onto an obligation (not yet stored)."""
    row.due_at, row.target_at = found.due_at, found.target_at
    row.period, row.reckoning = found.words, dict(found.kept)
