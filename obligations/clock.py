import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Calendar:
    country: str | None = None
    subdivision: str | None = None
    tz: str = "UTC"
    weekend: frozenset | None = None
    extra_holidays: tuple = ()
    removed_holidays: tuple = ()


@dataclass(frozen=True)
class Skip:
    date: dt.date
    reason: str


@dataclass(frozen=True)
class Reckoning:
    due_at: dt.datetime
    last_day: dt.date
    legal: bool
    trace: tuple


@dataclass(frozen=True)
class _P:
    n: int
    roll: bool = False


class Hours(_P):
    pass


class Days(_P):
    pass


class BusinessDays(_P):
    pass


class Weeks(_P):
    pass


class Months(_P):
    pass


class Years(_P):
    pass


@dataclass(frozen=True)
class Vague:
    word: str
    target: _P


def reckon(p, start, cal):
    if isinstance(p, Vague):
        r = reckon(p.target, start, cal)
        return Reckoning(r.due_at, r.last_day, False, r.trace)
    if isinstance(p, Hours):
        due = start + dt.timedelta(hours=p.n)
    else:
        due = start + dt.timedelta(days=p.n)
    return Reckoning(due, (due - dt.timedelta(microseconds=1)).astimezone(ZoneInfo(cal.tz)).date(), True, ())


earliest = reckon
