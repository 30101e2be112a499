"""When an obligation rings, and for whom: pure arithmetic over a duty's ladder."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from obligations.calendars import is_business_day
from obligations.clauses import LINE_OF_ALERTS, Rung
from obligations.clock import Calendar

HOUR: Final = dt.timedelta(hours=1)
DAY: Final = dt.timedelta(days=1)
# A rung is a reminder, not a deadline: its months have 30 days and its years 365.
UNITS: Final = {
    "minutes": dt.timedelta(minutes=1),
    "hours": HOUR,
    "days": DAY,
    "weeks": 7 * DAY,
    "months": 30 * DAY,
    "years": 365 * DAY,
}
WHOLE_DAYS: Final = frozenset({"days", "weeks", "months", "years"})


@dataclass(frozen=True)
class Desk:
    """Where and when a person works: day clocks ring only then."""

    calendar: Calendar
    zone: dt.tzinfo
    starts: dt.time = dt.time(9)
    ends: dt.time = dt.time(17)

    def works_on(self, day: dt.date) -> bool:
        return is_business_day(self.calendar, day)

    def at(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, self.zone).astimezone(dt.UTC)

    def last_moment_before(self, at: dt.datetime) -> dt.datetime:
        """The end of the last working day that ended before `at`."""
        day = at.astimezone(self.zone).date()
        while not (self.works_on(day) and self.at(day, self.ends) <= at):
            day -= dt.timedelta(days=1)
        return self.at(day, self.ends)

    def next_moment_after(self, at: dt.datetime) -> dt.datetime:
        """`at` itself when it is in working hours, else the start of the next working day."""
        day = at.astimezone(self.zone).date()
        if self.works_on(day) and self.at(day, self.starts) <= at <= self.at(day, self.ends):
            return at
        while not (self.works_on(day) and self.at(day, self.starts) >= at):
            day += dt.timedelta(days=1)
        return self.at(day, self.starts)

    def back(self, at: dt.datetime, business_days: int) -> dt.datetime:
        """Start of work on the day that lies so many business days before the day that `at` ends."""
        day = (at - dt.timedelta(microseconds=1)).astimezone(self.zone).date()
        while business_days:
            day -= dt.timedelta(days=1)
            business_days -= self.works_on(day)
        return self.at(day, self.starts)

    def forward(self, at: dt.datetime, business_days: int) -> dt.datetime:
        """Start of work so many business days after the local day of `at`."""
        day = at.astimezone(self.zone).date()
        while business_days:
            day += dt.timedelta(days=1)
            business_days -= self.works_on(day)
        return self.at(day, self.starts)


@dataclass(frozen=True)
class Clock:
    """The instants of one obligation. `desk` is None for an hour clock, which rings day and night."""

    started_at: dt.datetime
    target_at: dt.datetime | None
    due_at: dt.datetime | None
    desk: Desk | None


@dataclass(frozen=True)
class Moment:
    """One instant at which a rung rings."""

    at: dt.datetime
    rung: Rung


@dataclass(frozen=True)
class Ring:
    """What a sweep raises: the latest crossed rung, whom it tells, what it skipped, and what comes next."""

    at: dt.datetime | None
    words: str
    to: tuple[str, ...]
    skipped: tuple[str, ...]
    rung: int
    repeat: int
    next_rung: int
    next_at: dt.datetime | None
    climbs: bool = False  # somebody has not heard the first: nothing of it waits


def moments(ladder: Sequence[Rung], clock: Clock) -> tuple[Moment, ...]:
    """The one-off moments of the ladder in order of time; rungs without an anchor (no due date) have none."""
    found = [
        Moment(at, rung)
        for rung in ladder
        if rung.when != "after due every"
        for at in _in_working_hours(rung, clock)
    ]
    return tuple(sorted(found, key=lambda moment: moment.at))


def _anchor(rung: Rung, clock: Clock) -> dt.datetime | None:
    if rung.when == "after start":
        return clock.started_at
    return clock.target_at if "target" in rung.when else clock.due_at


def _in_working_hours(rung: Rung, clock: Clock) -> list[dt.datetime]:
    anchor = _anchor(rung, clock)
    if anchor is None:
        return []
    at = _shifted(anchor, rung, clock)
    desk = clock.desk
    if desk is None or desk.next_moment_after(at) == at:
        return [at]
    early, late = desk.last_moment_before(at), desk.next_moment_after(at)
    if rung.when.startswith("before") and late >= anchor:
        return [early]
    free_day = not desk.works_on(at.astimezone(desk.zone).date())
    return [early, late] if free_day else [late]


def _shifted(anchor: dt.datetime, rung: Rung, clock: Clock) -> dt.datetime:
    back = rung.when.startswith("before")
    if rung.unit == "business days":
        desk = clock.desk or Desk(Calendar(), dt.UTC)
        return desk.back(anchor, rung.n) if back else desk.forward(anchor, rung.n)
    distance = rung.n * UNITS[rung.unit or "hours"]
    if rung.unit in WHOLE_DAYS and clock.desk and back:  # whole days: on that morning, not at midnight
        day = (anchor - distance - dt.timedelta(microseconds=1)).astimezone(clock.desk.zone).date()
        return clock.desk.at(day, clock.desk.starts)
    return anchor - distance if back else anchor + distance


def _every(ladder: Sequence[Rung], clock: Clock) -> tuple[Rung, dt.timedelta] | None:
    for rung in ladder:
        if rung.when == "after due every" and clock.due_at is not None:
            unit = "days" if rung.unit == "business days" else rung.unit
            return rung, rung.n * UNITS[unit]
    return None


def first(ladder: Sequence[Rung], clock: Clock, now: dt.datetime) -> dt.datetime | None:
    """`next_alert_at` of an obligation that was just written: its first moment, but not before now."""
    known = [moment.at for moment in moments(ladder, clock)]
    known += _next_turn(_every(ladder, clock), clock, clock.started_at)
    return max(min(known), now) if known else None


def ring(
    ladder: Sequence[Rung],
    clock: Clock,
    *,
    now: dt.datetime,
    rung: int,
    repeat: int,
    rang_at: dt.datetime | None,
    acknowledged: bool,
    escalates: bool,
) -> Ring:
    """What rings at `now` for an obligation whose next rung is `rung` (a place in `moments`).

    After downtime only the latest crossed rung rings and names those it skipped. Without an
    acknowledgment it repeats to the next in line; "after start" rungs are such repeats too, so an
    acknowledgment silences them. What comes nearer to target or due rings anew.
    """
    known = moments(ladder, clock)
    wanted = [m for m in known[rung:] if not (acknowledged and is_escalation(m.rung))]
    crossed = [m for m in wanted if m.at <= now]
    next_rung = rung + sum(m.at <= now for m in known[rung:])
    every = _every(ladder, clock)
    turn = _latest_turn(every, clock, now)
    unheard = escalates and not acknowledged and rang_at is not None
    said = _of_rungs(crossed, turn) or _of_turn(every, turn, crossed, rang_at)
    if said is None and unheard and _escalation(rang_at, clock) <= now:
        said = _of_silence(known[:next_rung], repeat, now)
    ahead = [m.at for m in wanted if m.at > now] + _next_turn(every, clock, now)
    if escalates and (said or unheard):
        ahead.append(_escalation(now if said else rang_at, clock))
    next_at = min((when for when in ahead if when > now), default=None)
    if said is None:
        return Ring(None, "", (), (), rung, repeat, next_rung, next_at)
    again = 0 if said.fresh else repeat + 1
    return Ring(
        said.at,
        said.words,
        said.to,
        said.skipped,
        max(next_rung - 1, 0),
        again,
        next_rung,
        next_at,
        said.climbs,
    )


@dataclass(frozen=True)
class _Said:
    """What rings; `fresh`: a rung for the first time, not a repeat."""

    at: dt.datetime
    words: str
    to: tuple[str, ...]
    skipped: tuple[str, ...] = ()
    fresh: bool = False
    climbs: bool = False


def _of_rungs(crossed: Sequence[Moment], turn: dt.datetime | None) -> _Said | None:
    """The latest crossed rung (all that share its moment), unless a later turn of "after due every" rings."""
    if not crossed or (turn is not None and crossed[-1].at < turn):
        return None
    last = crossed[-1].at
    told = [m.rung for m in crossed if m.at == last]
    skipped = tuple(m.rung.words for m in crossed if m.at < last)
    climbs = any(is_escalation(rung) for rung in told)
    return _Said(last, told[-1].words, _union(told), skipped, fresh=True, climbs=climbs)


def _of_turn(
    every: tuple[Rung, dt.timedelta] | None,
    turn: dt.datetime | None,
    crossed: Sequence[Moment],
    rang_at: dt.datetime | None,
) -> _Said | None:
    if every is None or turn is None or (rang_at is not None and turn <= rang_at):
        return None
    return _Said(turn, every[0].words, every[0].recipients, tuple(m.rung.words for m in crossed))


def _of_silence(rung_so_far: Sequence[Moment], repeat: int, now: dt.datetime) -> _Said:
    told = [m.rung for m in rung_so_far][-1:]
    return _Said(now, "nobody has acknowledged", _next_in_line(told, repeat + 1), climbs=True)


def is_escalation(rung: Rung) -> bool:
    """Whether it only repeats, to others, that nobody has acknowledged."""
    return rung.when == "after start" and rung.n > 0


def _union(rungs: Sequence[Rung]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(to for rung in rungs for to in rung.recipients))


def _latest_turn(
    every: tuple[Rung, dt.timedelta] | None, clock: Clock, now: dt.datetime
) -> dt.datetime | None:
    if every is None or clock.due_at is None or now < clock.due_at:
        return None
    return clock.due_at + (now - clock.due_at) // every[1] * every[1]


def _next_turn(every: tuple[Rung, dt.timedelta] | None, clock: Clock, now: dt.datetime) -> list[dt.datetime]:
    turn = _latest_turn(every, clock, now)
    if every is None or clock.due_at is None:
        return []
    following = clock.due_at if turn is None else turn + every[1]
    return [clock.desk.next_moment_after(following) if clock.desk else following]


def _escalation(rang_at: dt.datetime | None, clock: Clock) -> dt.datetime:
    """An unacknowledged alert repeats after an hour; of a day clock on the next working morning."""
    if rang_at is None:
        raise ValueError("Nothing has rung yet, so nothing can repeat.")
    return clock.desk.forward(rang_at, 1) if clock.desk else rang_at + HOUR


def _next_in_line(told: Sequence[Rung], repeat: int) -> tuple[str, ...]:
    places = [LINE_OF_ALERTS.index(to) for rung in told for to in rung.recipients if to in LINE_OF_ALERTS]
    return (LINE_OF_ALERTS[min(max(places, default=0) + repeat, len(LINE_OF_ALERTS) - 1)],)
