"""A second clock, written another way, that `test_clock_oracle.py` compares with the first.

It shares no code with obligations.clock: it walks day by day through a calendar and minute by minute through
UTC, and looks at the local date. Slow and plain on purpose. Good for starts since 2000, when every change of
clocks fell on a whole minute.
"""

import datetime as dt
from functools import cache, lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import holidays

MINUTE = dt.timedelta(minutes=1)
STEP = dt.timedelta(hours=6)  # shorter than any local day


class Place(NamedTuple):
    """The arguments of a Calendar, in its order."""

    country: str | None = None
    subdivision: str | None = None
    tz: str = "UTC"
    weekend: frozenset[int] | None = None
    extra: tuple[dt.date, ...] = ()
    removed: tuple[dt.date, ...] = ()


class Answer(NamedTuple):
    due_at: dt.datetime
    last_day: dt.date
    skipped: list[dt.date]


def answer(unit: str, n: int, roll: bool, start: dt.datetime, place: Place, minimum: bool) -> Answer:
    """What reckon (or earliest, for a minimum) should say to so many `unit` after `start`."""
    zone = ZoneInfo(place.tz)
    if unit == "hours":
        due_at = dt.datetime.fromtimestamp(start.timestamp() // 1 + 3600 * n, dt.UTC)
        due_at = due_at.replace(microsecond=start.astimezone(dt.UTC).microsecond)
        return Answer(due_at, local_date(due_at - dt.timedelta(microseconds=1), zone), [])
    walk = (minimum_end if minimum else maximum_end)(unit, n, roll, start, place)
    due_at = (last_minute if minimum else first_minute)(walk.last_day, zone)
    return Answer(due_at, local_date(due_at - dt.timedelta(microseconds=1), zone), walk.skipped)


class Walk(NamedTuple):
    last_day: dt.date
    skipped: list[dt.date]


def maximum_end(unit: str, n: int, roll: bool, start: dt.datetime, place: Place) -> Walk:
    day, skipped = local_date(start, ZoneInfo(place.tz)), []
    if unit == "business_days":
        while n:
            day = tomorrow(day)
            if works(place, day):
                n -= 1
            else:
                skipped.append(day)
        return Walk(day, skipped)
    day = same_date_later(day, unit, n)
    while roll and not works(place, day):
        skipped.append(day)
        day = tomorrow(day)
    return Walk(day, skipped)


def minimum_end(unit: str, n: int, roll: bool, start: dt.datetime, place: Place) -> Walk:
    """Counts only the days that somebody lived through, in the case of days and business days."""
    day, skipped = local_date(start, ZoneInfo(place.tz)), []
    if unit not in ("days", "business_days"):
        return Walk(same_date_later(day, unit, n), skipped)
    instant = start
    while n:
        instant += STEP
        reached = local_date(instant, ZoneInfo(place.tz))
        while tomorrow(day) < reached:  # a date that the zone jumped over
            day = tomorrow(day)
            skipped.append(day)
        if reached == tomorrow(day):
            day = reached
            if unit == "days" or works(place, day):
                n -= 1
            else:
                skipped.append(day)
    return Walk(day, skipped)


@lru_cache(maxsize=65536)
def same_date_later(day: dt.date, unit: str, n: int) -> dt.date:
    if unit in ("days", "weeks"):
        return dt.date.fromordinal(day.toordinal() + n * (7 if unit == "weeks" else 1))
    year, month = day.year, day.month
    for _ in range(n if unit == "months" else 12 * n):
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    number = day.day
    while True:
        try:
            return dt.date(year, month, number)
        except ValueError:
            number -= 1


def works(place: Place, day: dt.date) -> bool:
    if day in place.extra:
        return False
    country = known_country(place.country, place.subdivision) if place.country else None
    if place.weekend is not None:
        holiday = country is not None and day in country and day not in place.removed
        return day.weekday() not in place.weekend and not holiday
    if country is None:
        return day.isoweekday() <= 5
    return country.is_working_day(day) or (day in place.removed and not country.is_weekend(day))


@cache
def known_country(country: str, subdivision: str | None) -> holidays.HolidayBase:
    return holidays.country_holidays(country, subdiv=subdivision)


def first_minute(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The first minute in UTC whose local date is later than `day`."""
    minute, end = around_midnight_after(day)
    while local_date(minute, zone) <= day:
        minute += MINUTE
        assert minute < end
    return minute


def last_minute(day: dt.date, zone: ZoneInfo) -> dt.datetime:
    """The minute after the last one in UTC whose local date is not later than `day`."""
    begin, minute = around_midnight_after(day)
    while local_date(minute, zone) > day:
        minute -= MINUTE
        assert minute > begin
    return minute + MINUTE


def around_midnight_after(day: dt.date) -> tuple[dt.datetime, dt.datetime]:
    """Offsets lie between -12 and +14 hours."""
    midnight = dt.datetime.combine(tomorrow(day), dt.time(), dt.UTC)
    return midnight - dt.timedelta(hours=15), midnight + dt.timedelta(hours=15)


def local_date(instant: dt.datetime, zone: ZoneInfo) -> dt.date:
    return instant.astimezone(zone).date()


def tomorrow(day: dt.date) -> dt.date:
    return dt.date.fromordinal(day.toordinal() + 1)


class Payment(NamedTuple):
    verdicts: list[str]
    next_free: dt.date
    next_undisputed: dt.date


def payment(dates: list[dt.date], free: int, months: int, mode: str, start: dt.date) -> Payment:
    """What `allowance` should say: every event and every later day is asked one by one."""
    verdicts: list[str] = []
    for place, day in enumerate(dates):
        used = places_used(dates[:place], verdicts, day, months, mode, start, strict=False)
        verdicts.append("free" if used < free else "billable")
    found = []
    for strict in (False, True):
        day = dates[-1]
        while places_used(dates, verdicts, day, months, mode, start, strict) >= free:
            day = tomorrow(day)
        found.append(day)
    return Payment(verdicts, *found)


def places_used(
    dates: list[dt.date],
    verdicts: list[str],
    day: dt.date,
    months: int,
    mode: str,
    start: dt.date,
    strict: bool,
) -> int:
    used = 0
    for event, verdict in zip(dates, verdicts, strict=True):
        if mode == "calendar_year":
            used += event.year == day.year
        elif mode == "contract_year":
            used += contract_year(event, start) == contract_year(day, start)
        elif mode == "rolling_any" or verdict == "free":
            anniversary = same_date_later(event, "months", months)
            used += day <= anniversary if strict else day < anniversary
    return used


@lru_cache(maxsize=65536)
def contract_year(day: dt.date, start: dt.date) -> int:
    year = 0
    while same_date_later(start, "years", year + 1) <= day:
        year += 1
    return year
