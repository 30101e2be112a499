"""What a step does to obligations: meets, lapses, renews and starts them, with each agreement's own terms."""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib.metadata import version
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from obligations import ladder
from obligations.bulk import set_columns
from obligations.clauses import CLAUSES, PROCESSOR, Duty, Start
from obligations.clock import Calendar, Hours, Reckoning, Vague, earliest, reckon
from obligations.models import Matter, Obligation
from obligations.models_agreement import calendar_from
from obligations.periods import describe_period, parse_period
from obligations.terms import TermBook
from obligations.turn import Refused, Turn

STATE_COLUMNS = ("state", "met_at", "ended_at", "next_alert_at")
HOLIDAYS_VERSION = version("holidays")


@dataclass(frozen=True)
class Reckoned:
    """A term counted from a start: the instants and the reckoning as it is kept."""

    due_at: dt.datetime | None
    target_at: dt.datetime | None
    words: str
    hour_clock: bool
    kept: Mapping[str, Any]


def settle(turn: Turn) -> None:
    """Meet, lapse and start obligations for a step. Three statements, however many matters."""
    touched = [duty for duty in turn.clause.duties if _touches(duty, turn.step.name)]
    if not touched:
        return
    latest = _latest(turn, touched)
    changed: list[Obligation] = []
    to_start: list[tuple[Matter, Duty, Start, int, int]] = []
    for matter in turn.matters:
        for duty in touched:
            row = latest.get((matter.pk, duty.name))
            if row is not None and _closes(row, duty, turn):
                changed.append(row)
            start = next((start for start in duty.starts if start.step == turn.step.name), None)
            if start and (duty.applies is None or duty.applies(matter)):
                place = _place(row, start, turn, changed)
                if place:
                    to_start.append((matter, duty, start, *place))
    write_states(changed)
    if to_start:
        Obligation.objects.bulk_create(_started(turn, to_start))


def write_states(rows: list[Obligation]) -> None:
    """Store a changed state; Refused when another process changed one of the rows first."""
    if rows and set_columns(rows, STATE_COLUMNS, where="t.state = 'open'") != len(rows):
        raise Refused({row.matter_id: "Somebody else changed this at the same moment." for row in rows})


def close(row: Obligation, state: str, at: dt.datetime) -> Obligation:
    """Set an obligation's end (not yet stored)."""
    row.state, row.ended_at, row.next_alert_at = state, at, None
    row.met_at = at if state == Obligation.State.MET else None
    return row


def _touches(duty: Duty, step: str) -> bool:
    return step in duty.met_by or step in duty.ends or any(start.step == step for start in duty.starts)


def _latest(turn: Turn, duties: Iterable[Duty]) -> dict[tuple[int, str], Obligation]:
    if turn.step.from_states == ("",):
        return {}  # a matter that is being opened has none
    rows = Obligation.objects.filter(
        matter__in=[matter.pk for matter in turn.matters], duty__in=[duty.name for duty in duties]
    ).order_by("occurrence", "round")
    return {(row.matter_id, row.duty): row for row in rows}


def _closes(row: Obligation, duty: Duty, turn: Turn) -> bool:
    if not row.is_open:
        return False
    at = turn.entries[row.matter_id].at
    if turn.step.name in duty.met_by:
        close(row, Obligation.State.MET, at)
    elif turn.step.name in duty.ends:
        close(row, Obligation.State.LAPSED, at)
    return not row.is_open


def _place(
    row: Obligation | None, start: Start, turn: Turn, changed: list[Obligation]
) -> tuple[int, int] | None:
    """(occurrence, round) of the obligation to start; None when the running clock stays."""
    if row is None:
        return 1, 1
    if row.is_open:
        if start.provisional or not row.provisional:
            return None
        changed.append(close(row, Obligation.State.LAPSED, turn.entries[row.matter_id].at))
        return row.occurrence, row.round + 1
    if row.state == Obligation.State.LAPSED:
        return row.occurrence, row.round + 1
    return row.occurrence + 1, 1


def _started(turn: Turn, wanted: list[tuple[Matter, Duty, Start, int, int]]) -> list[Obligation]:
    book = TermBook(
        {m.agreement for m, *_ in wanted if m.agreement is not None}, {duty.term for _, duty, *_ in wanted}
    )
    owners = User.objects.in_bulk({owner for m, *_ in wanted if (owner := owner_of(m))})
    rows = []
    for matter, duty, start, occurrence, round_ in wanted:
        entry = turn.entries[matter.pk]
        started_at = started(entry.facts, start, entry.at, calendar_for(matter, duty.owed_by))
        row = Obligation(
            matter=matter,
            customer_id=matter.customer_id,
            duty=duty.name,
            occurrence=occurrence,
            round=round_,
            source=duty.source,
            owed_by=duty.owed_by,
            owner_id=owner_of(matter),
            started_at=started_at,
            start_fact=start.fact or "",
            provisional=start.provisional,
        )
        put_reckoning(row, count(matter, duty, started_at, book))
        row.next_alert_at = ladder.first(
            duty.ladder, clock_of(row, owners.get(row.owner_id), matter), turn.now
        )
        rows.append(row)
    return rows


def owner_of(matter: Matter) -> int | None:
    """Who must act: the matter's owner, else the agreement's."""
    return matter.owner_id or (matter.agreement.owner_id if matter.agreement else None)


def started(facts: Mapping[str, Any], start: Start, at: dt.datetime, calendar: Calendar) -> dt.datetime:
    """The instant at which a clock starts: the fact, where the start names one and it is known, else `at`."""
    value = facts.get(start.fact or "")
    if value is None:
        return at
    if "T" in value:
        return dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    day = dt.date.fromisoformat(value)
    return dt.datetime.combine(day, dt.time(), ZoneInfo(calendar.tz)).astimezone(dt.UTC)


def calendar_for(matter: Matter, party: str) -> Calendar:
    """Calendar of the party that owes: the agreement's, or the house's."""
    if matter.agreement is not None:
        return calendar_from(
            matter.agreement.our_calendar if party == PROCESSOR else matter.agreement.their_calendar
        )
    house = TermBook(()).house
    return calendar_from(house.settings.get("calendar") if house else None)


def count(matter: Matter, duty: Duty, started_at: dt.datetime, book: TermBook) -> Reckoned:
    """The duty's term, as it stood on the day of the start, counted in the debtor's calendar."""
    calendar = calendar_for(matter, duty.owed_by)
    day = started_at.astimezone(ZoneInfo(calendar.tz)).date()
    term = book.read(matter.agreement, duty.term, when=day)
    found = _counted(json.dumps(term.value, sort_keys=True), started_at, calendar)
    kept = {**found.kept, "term": duty.term, "origin": term.origin, "calendar_of": duty.owed_by}
    return Reckoned(found.due_at, found.target_at, found.words, found.hour_clock, kept)


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
        "start": start.isoformat(),
        "value": data,
        "calendar": {
            key: _plain(found) for key, found in asdict(calendar).items() if found not in (None, ())
        },
        "due": _kept(main) if main.legal else None,
        "target": _kept(aim) if aim else None,
        "hour_clock": isinstance(unit, Hours),
        "holidays": HOLIDAYS_VERSION,
    }
    return Reckoned(due_at, target_at, describe_period(data), isinstance(unit, Hours), kept)


def _plain(value: Any) -> Any:
    return [str(item) for item in sorted(value)] if isinstance(value, (tuple, frozenset, set)) else value


def _kept(found: Reckoning) -> dict[str, Any]:
    skips = [{"date": skip.date.isoformat(), "reason": skip.reason} for skip in found.trace]
    return {"at": found.due_at.isoformat(), "last_day": found.last_day.isoformat(), "skipped": skips}


def put_reckoning(row: Obligation, found: Reckoned) -> None:
    """Copy a count onto an obligation (not yet stored)."""
    row.due_at, row.target_at = found.due_at, found.target_at
    row.period, row.reckoning = found.words, dict(found.kept)


def clock_of(row: Obligation, owner: User | None, matter: Matter) -> ladder.Clock:
    """The obligation's instants as its ladder needs them; a day clock rings at its owner's desk."""
    if row.reckoning.get("hour_clock"):
        return ladder.Clock(row.started_at, row.target_at, row.due_at, None)
    calendar = calendar_for(matter, PROCESSOR)
    zone = ZoneInfo(owner.time_zone if owner else calendar.tz)
    hours = (owner.workday_starts, owner.workday_ends) if owner else (dt.time(9), dt.time(17))
    return ladder.Clock(row.started_at, row.target_at, row.due_at, ladder.Desk(calendar, zone, *hours))


def next_alert(row: Obligation, now: dt.datetime) -> dt.datetime | None:
    """When an acknowledged obligation rings again: nearer to its target or due, not to repeat itself."""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    return ladder.ring(
        duty.ladder,
        clock_of(row, row.owner, row.matter),
        now=now,
        rung=row.rung,
        repeat=row.repeat,
        rang_at=row.rang_at,
        acknowledged=True,
        escalates=escalates(row),
    ).next_at


def escalates(row: Obligation) -> bool:
    """Only what the processor owes climbs its own line; a customer's duty is the customer's."""
    return row.owed_by == PROCESSOR
