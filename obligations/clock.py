"""How long a period lasts: the one place where deadlines are counted. Pure Python, no Django.

Regulation (EEC, Euratom) 1182/71 is the yardstick, although it does not bind contracts. Where readings
differ, a maximum period (`reckon`) never ends later than a strict reading allows, and a minimum period
(`earliest`) never earlier. Dates are local dates in the zone of the calendar; instants are UTC.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from obligations.calendars import (
    DAY,
    SMALLEST,
    Calendar,
    Skip,
    check_date,
    check_dates,
    end_of_day,
    is_business_day,
    lost_dates,
    nth_business_day,
    safe_end_of_day,
    skips,
    zone_of,
)
from obligations.units import (
    BusinessDays,
    Days,
    Hours,
    Immediately,
    Months,
    Period,
    Promptly,
    Timely,
    Vague,
    Weeks,
    Years,
    months_later,
)

__all__ = [
    "Allowance",
    "BusinessDays",
    "Calendar",
    "Days",
    "Hours",
    "Immediately",
    "Months",
    "Period",
    "Promptly",
    "Reckoning",
    "Skip",
    "Timely",
    "Vague",
    "Weeks",
    "Years",
    "allowance",
    "earliest",
    "reckon",
]

MODES: Final = ("rolling", "rolling_any", "calendar_year", "contract_year")


@dataclass(frozen=True, slots=True)
class Reckoning:
    """What was counted.

    due_at    UTC. Of a maximum the exclusive end (on time is `act < due_at`); of a minimum the first
              permitted instant
    last_day  local date of the last instant before due_at
    legal     False for a vague word: due_at is then that of the target
    trace     the days that did not count, in order
    """

    due_at: dt.datetime
    last_day: dt.date
    legal: bool
    trace: tuple[Skip, ...]


def reckon(period: Period | Vague, start: dt.datetime, calendar: Calendar) -> Reckoning:
    """When a maximum period ends: "within n ...".

    `start` is the instant of the event, with a time zone. Hours end n elapsed hours later. All others do not
    count the local date of the event and end with the whole of their last day. A date that the zone jumped
    over counts (the strict reading), and where midnight comes twice the first one ends the day.
    Raises ValueError for arguments it cannot use and for an end outside the years 1 to 9999.
    """
    return _checked(period, start, calendar, minimum=False)


def earliest(period: Period | Vague, start: dt.datetime, calendar: Calendar) -> Reckoning:
    """The first instant after a minimum period: "at least n ... before".

    `start` is the instant of the notice. Hours are n elapsed hours. All others are full days: the day of the
    notice does not count and the last day must be over, so 30 days from 2 March allow 2 April 00:00, and
    business days are over when the n-th has ended, even if the next day is free. Never rolled (Art. 3(4),
    last sentence). Days and business days do not count a date that the zone jumped over; where midnight
    comes twice only the second one ends the day. Raises ValueError like `reckon`.
    """
    return _checked(period, start, calendar, minimum=True)


def _checked(period: Period | Vague, start: dt.datetime, calendar: Calendar, minimum: bool) -> Reckoning:
    if isinstance(period, Vague):
        return replace(_checked(period.target, start, calendar, minimum), legal=False)
    if not isinstance(period, Period) or type(period) is Period:
        raise ValueError(f"period {period!r}: write a period, such as Hours(72) or BusinessDays(10).")
    if not isinstance(calendar, Calendar):
        raise ValueError(f"calendar {calendar!r}: write a Calendar, such as Calendar('DE', 'BE').")
    if not isinstance(start, dt.datetime) or start.utcoffset() is None:
        raise ValueError(f"start {start!r}: write an instant, a datetime with a time zone (tzinfo).")
    try:
        if isinstance(period, Hours):
            return _hours(period, start, calendar)
        return _days(period, start, calendar, minimum)
    except OverflowError:
        raise ValueError(
            f"{period} from {start} ends outside the years 1 to 9999: write a shorter one."
        ) from None


def _hours(period: Hours, start: dt.datetime, calendar: Calendar) -> Reckoning:
    due_at = start.astimezone(dt.UTC) + dt.timedelta(hours=period.n)
    return Reckoning(due_at, _date_before(due_at, calendar.tz), True, ())


def _days(period: Period, start: dt.datetime, calendar: Calendar, minimum: bool) -> Reckoning:
    day = start.astimezone(zone_of(calendar.tz)).date()
    last, trace = (_full if minimum else _rolled)(period, day, calendar)
    return Reckoning(*_end(calendar.tz, last, minimum), True, trace)


@lru_cache(maxsize=16384)
def _end(tz: str, last: dt.date, minimum: bool) -> tuple[dt.datetime, dt.date]:
    due_at = (safe_end_of_day if minimum else end_of_day)(tz, last)
    return due_at, _date_before(due_at, tz)


def _date_before(due_at: dt.datetime, tz: str) -> dt.date:
    return (due_at - SMALLEST).astimezone(zone_of(tz)).date()


def _rolled(period: Period, day: dt.date, calendar: Calendar) -> tuple[dt.date, tuple[Skip, ...]]:
    last = period.last_day(day, calendar)
    if isinstance(period, BusinessDays):
        return last, skips(calendar, day + DAY, last)
    if not period.roll:
        return last, ()
    rolled = nth_business_day(calendar, last - DAY, 1)
    return rolled, skips(calendar, last, rolled)


def _full(period: Period, day: dt.date, calendar: Calendar) -> tuple[dt.date, tuple[Skip, ...]]:
    last = period.last_day(day, calendar)
    business = isinstance(period, BusinessDays)
    if not business and not isinstance(period, Days):
        return last, ()
    lost = lost_dates(calendar.tz, day + DAY, last)
    if business:
        lost = [date for date in lost if is_business_day(calendar, date)]
    if lost:
        last = replace(period, n=period.n + len(lost)).last_day(day, calendar)
    trace = [Skip(date, f"no such day in {calendar.tz}") for date in lost]
    if business:
        trace += skips(calendar, day + DAY, last)
    return last, tuple(sorted(trace, key=lambda skip: skip.date))


@dataclass(frozen=True, slots=True)
class Allowance:
    """Who pays for recurring events such as audits.

    verdicts         "free" or "billable" for each event, in order
    next_free        first date, not before the last event, on which one more would be free; None before
                     the first event: any day
    next_undisputed  the same without an anniversary on which lawyers differ
    """

    verdicts: tuple[str, ...]
    next_free: dt.date | None
    next_undisputed: dt.date | None


def allowance(
    conducted: Iterable[dt.date],
    free: int = 1,
    window: Period = Months(12),  # noqa: B008
    mode: str = "rolling",
    start: dt.date | None = None,
) -> Allowance:
    """Which events are free when `free` of them in a `window` are ("more than once every 12 months").

    `conducted` are the local dates of the events that count, oldest first; two may share a day.

    rolling        a free event uses one place until its anniversary (29 February: 28 February). A billable
                   one uses none, since the customer has paid for it. On the anniversary the next is free:
                   that is arguable, since the window may be read to include the day, so next_undisputed is
                   the day after
    rolling_any    the same, but every event uses a place, paid or not: "conducted" read literally
    calendar_year  places are per year from 1 January. No date lies in two years, so nothing is disputed
    contract_year  the same with years that begin on `start` and on its anniversaries; a date before `start`
                   belongs to no year and is refused. Only this mode reads `start`

    Raises ValueError for arguments it cannot use. The two year modes know no window but 12 months.
    """
    dates = check_dates("conducted", conducted)
    _check_allowance(dates, free, window, mode, start)
    try:
        return _allowance(dates, free, window, mode, start)
    except OverflowError:
        raise ValueError(f"window {window!r} ends beyond the year 9999: write a shorter one.") from None


def _allowance(
    dates: list[dt.date], free: int, window: Period, mode: str, start: dt.date | None
) -> Allowance:
    verdicts: list[str] = []
    ends: list[dt.date] = []  # when the places in use come back, in order
    for day in dates:
        is_free = len(ends) < free or ends[-free] <= day
        verdicts.append("free" if is_free else "billable")
        if is_free or mode == "rolling_any":
            ends.append(_place_back(day, window, mode, start))
    if not dates:
        return Allowance((), None, None)
    back = ends[-free] if len(ends) >= free else dates[-1]
    disputed = DAY if mode.startswith("rolling") and len(ends) >= free else 0 * DAY
    return Allowance(tuple(verdicts), max(dates[-1], back), max(dates[-1], back + disputed))


def _place_back(day: dt.date, window: Period, mode: str, start: dt.date | None) -> dt.date:
    """The first date on which the place that an event on `day` uses is free again."""
    if mode == "calendar_year":
        return months_later(day.replace(month=1, day=1), 12)
    if mode != "contract_year" or start is None:
        return window.last_day(day, Calendar())
    years = day.year - start.year
    if months_later(start, 12 * years) <= day:
        years += 1
    return months_later(start, 12 * years)


def _check_allowance(
    dates: list[dt.date], free: int, window: Period, mode: str, start: dt.date | None
) -> None:
    if dates != sorted(dates):
        raise ValueError("conducted: the dates are not in order: write the oldest first.")
    if type(free) is not int or free < 1:
        raise ValueError(f"free={free!r}: write a whole number of at least 1.")
    if mode not in MODES:
        raise ValueError(f"mode {mode!r}: write one of {', '.join(MODES)}.")
    if not isinstance(window, (Days, Weeks, Months, Years)) or window.roll:
        raise ValueError(f"window {window!r}: write days, weeks, months or years that do not roll.")
    if mode.endswith("_year") and window not in (Months(12), Years(1)):
        raise ValueError(f"window {window!r}: mode {mode} counts whole years: leave the window out.")
    if start is not None:
        check_date("start", start)
    elif mode == "contract_year":
        raise ValueError("mode contract_year needs a start: write the first day of the first contract year.")
    if mode == "contract_year" and dates and start is not None and dates[0] < start:
        raise ValueError(
            f"conducted: {dates[0]} is before the start {start}: leave it out or correct the start."
        )
