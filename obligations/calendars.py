"""The days of one place: which are free and why, and at which instant each of them ends.

Holidays and weekends come from the package `holidays` (its category "public": the statutory days with their
statutory substitutes; half days and days of single trades are business days). For a year that the package
does not know (most countries: after 2100; Sri Lanka: after 2026) only weekends and extra holidays are free.
That is the strict reading of a maximum period; a minimum that ends in such a year wants a look by a person.
Where it knows only some holidays of a year (moon-dependent ones of India after 2035) it gives a UserWarning.
"""

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from holidays import HolidayBase, country_holidays

DAY: Final = dt.timedelta(days=1)
SECOND: Final = dt.timedelta(seconds=1)
SMALLEST: Final = dt.timedelta.resolution
# Longer than any change of clocks, shorter than a day that a zone jumped over.
NEARLY_A_DAY: Final = dt.timedelta(hours=20)
WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
WEEKEND_WITHOUT_COUNTRY: Final = frozenset({5, 6})
# Files beside the IANA zones: one follows the machine, the others are the rules of other programs.
NOT_ZONES: Final = ("localtime", "posixrules", "posix/", "right/")


@dataclass(frozen=True)
class Calendar:
    """Free days and clock of a place. Without a country: Monday to Friday, no holidays.

    country           ISO 3166-1 alpha-2, such as "DE"
    subdivision       ISO 3166-2 without the country, such as "BE"; None: national holidays only
    tz                IANA time zone; an instant is converted to it before its date is taken
    weekend           weekday numbers (Monday = 0) that are free on every date; None: the country's own on
                      that date, with working days that the state moved to a weekend. An empty set: none
    extra_holidays    dates that are free as well (municipality, bridging days)
    removed_holidays  holidays that are business days here; a weekend stays free

    Collections are kept as frozenset and sorted tuples, so equal calendars are equal keys.
    Raises ValueError, which says what would be right, for anything it cannot use.
    """

    country: str | None = None
    subdivision: str | None = None
    tz: str = "UTC"
    weekend: frozenset[int] | None = None
    extra_holidays: tuple[dt.date, ...] = ()
    removed_holidays: tuple[dt.date, ...] = ()

    def __post_init__(self) -> None:
        for name in ("country", "subdivision"):
            _check_code(name, getattr(self, name))
        _check_place(self.country, self.subdivision)
        zone_of(self.tz)
        if self.weekend is not None:
            object.__setattr__(self, "weekend", _weekend(self.weekend))
        for name in ("extra_holidays", "removed_holidays"):
            object.__setattr__(self, name, tuple(sorted(set(check_dates(name, getattr(self, name))))))
        both = set(self.extra_holidays) & set(self.removed_holidays)
        if both:
            raise ValueError(f"{min(both)} is an extra and a removed holiday: keep it in one of the two.")


@dataclass(frozen=True, slots=True)
class Skip:
    """A day that did not count, and why: "Saturday", "Good Friday"."""

    date: dt.date
    reason: str


@dataclass(frozen=True, slots=True)
class _Year:
    """The days of one year in order; `skips` belongs to `free`, place by place."""

    business: tuple[dt.date, ...]
    free: tuple[dt.date, ...]
    skips: tuple[Skip, ...]


def is_business_day(calendar: Calendar, day: dt.date) -> bool:
    """Whether people work on that local date."""
    business = _year(calendar, day.year).business
    place = bisect_left(business, day)
    return place < len(business) and business[place] == day


def nth_business_day(calendar: Calendar, day: dt.date, n: int) -> dt.date:
    """The n-th business day after `day`, which does not count itself. OverflowError beyond year 9999."""
    _ = day + n * DAY  # fails at once where n cannot fit, before thousands of years are built
    year = day.year
    place = bisect_right(_year(calendar, year).business, day) + n - 1
    while place >= len(business := _year(calendar, year).business):
        place -= len(business)
        year += 1
        if year > dt.MAXYEAR:
            raise OverflowError("no business day is left before the year 10000")
    return business[place]


def skips(calendar: Calendar, first: dt.date, last: dt.date) -> tuple[Skip, ...]:
    """The free days from `first` to `last`, both included."""
    found: tuple[Skip, ...] = ()
    for year in range(first.year, last.year + 1):
        known = _year(calendar, year)
        found += known.skips[bisect_left(known.free, first) : bisect_right(known.free, last)]
    return found


@lru_cache(maxsize=16384)
def end_of_day(tz: str, day: dt.date) -> dt.datetime:
    """Exclusive end of a local date in UTC: the first instant with a later local date.

    Where midnight does not exist (Cairo, Havana, Santiago) the next day starts at its first existing
    instant; where a whole day does not (Samoa, 30 Dec 2011) the next day is the next that exists.
    """
    return _first_midnight(ZoneInfo(tz), day + DAY)


def safe_end_of_day(tz: str, day: dt.date) -> dt.datetime:
    """The instant in UTC from which the local date is later than `day` for good.

    It differs from `end_of_day` only where clocks go back across midnight, such as from 00:01 to 23:01 in
    St. John's until 2011: the later one is the safe end of a minimum period.
    """
    zone = ZoneInfo(tz)
    second = _utc(zone, day + DAY, fold=1)
    returns = (second - SMALLEST).astimezone(zone).date() <= day
    return max(second, end_of_day(tz, day)) if returns else end_of_day(tz, day)


def lost_dates(tz: str, first: dt.date, last: dt.date) -> list[dt.date]:
    """Dates from `first` to `last` that the zone jumped over, so that nobody lived them."""
    elapsed = end_of_day(tz, last) - end_of_day(tz, first - DAY)
    days = (last - first).days + 1
    if days * DAY - elapsed < NEARLY_A_DAY:
        return []
    dates = (first + place * DAY for place in range(days))
    return [day for day in dates if end_of_day(tz, day) == end_of_day(tz, day - DAY)]


def zone_of(tz: str) -> ZoneInfo:
    """The time zone of that IANA name; ValueError for any other."""
    try:
        if not tz.startswith(NOT_ZONES):
            return ZoneInfo(tz)
    except (AttributeError, KeyError, OSError, ValueError):
        pass
    raise ValueError(f"{tz!r} is not a time zone: write an IANA name such as 'Europe/Berlin' or 'UTC'.")


def check_date(what: str, value: object) -> dt.date:
    """The value, when it is a date without a time; else ValueError."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    raise ValueError(f"{what}: {value!r} is not a date: write a datetime.date, a day without a time.")


def check_dates(what: str, values: object) -> list[dt.date]:
    """The values in their order, when each is a date without a time; else ValueError."""
    if isinstance(values, str) or not isinstance(values, Iterable):
        raise ValueError(f"{what}: {values!r} is no collection of dates: write [datetime.date(2026, 1, 2)].")
    return [check_date(what, value) for value in values]


def _first_midnight(zone: ZoneInfo, day: dt.date) -> dt.datetime:
    before, after = _utc(zone, day, fold=0), _utc(zone, day, fold=1)
    if before <= after:
        return before
    # Midnight lies in a gap. Python reads it with the offset before the gap (too late, or just right) and
    # after it (too early): the change of clocks lies between, on a whole second.
    early, late = after, before
    while late - early > SECOND:
        middle = early + (late - early) // SECOND // 2 * SECOND
        if middle.astimezone(zone).date() < day:
            early = middle
        else:
            late = middle
    return late


def _utc(zone: ZoneInfo, day: dt.date, fold: int) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=zone, fold=fold).astimezone(dt.UTC)


@lru_cache(maxsize=1024)
def _year(calendar: Calendar, year: int) -> _Year:
    first, last = dt.date(year, 1, 1).toordinal(), dt.date(year, 12, 31).toordinal()
    days = [dt.date.fromordinal(ordinal) for ordinal in range(first, last + 1)]
    free = _free_days(calendar, year, days)
    return _Year(
        business=tuple(day for day in days if day not in free),
        free=tuple(free),
        skips=tuple(Skip(day, reason) for day, reason in free.items()),
    )


def _free_days(calendar: Calendar, year: int, days: list[dt.date]) -> dict[dt.date, str]:
    extra, removed = set(calendar.extra_holidays), set(calendar.removed_holidays)
    known = _entity(calendar.country, calendar.subdivision, year) if calendar.country else None
    free = {}
    for day in days:
        if _in_weekend(calendar, known, day):
            free[day] = WEEKDAYS[day.weekday()]
        elif known and day in known and day not in removed and not _is_moved_workday(calendar, known, day):
            free[day] = known[day]
        elif day in extra:
            free[day] = "extra holiday"
    return free


def _in_weekend(calendar: Calendar, known: HolidayBase | None, day: dt.date) -> bool:
    if calendar.weekend is not None:
        return day.weekday() in calendar.weekend
    if known is None:
        return day.weekday() in WEEKEND_WITHOUT_COUNTRY
    return known.is_weekend(day) and day not in known.weekend_workdays


def _is_moved_workday(calendar: Calendar, known: HolidayBase, day: dt.date) -> bool:
    """A Saturday or Sunday on which the state made people work, although a holiday falls on it."""
    return calendar.weekend is None and known.is_weekend(day) and day in known.weekend_workdays


def _entity(country: str, subdivision: str | None, year: int) -> HolidayBase:
    """The country's public holidays of a year, in English where the package has them."""
    plain = country_holidays(country, subdivision, expand=False)
    # Never None where languages exist: the package would then ask the machine's locale.
    language = "en_US" if "en_US" in plain.supported_languages else plain.default_language
    return country_holidays(country, subdivision, years=year, expand=False, language=language)


def _check_code(name: str, value: object) -> None:
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{name} {value!r} is not text: write an ISO 3166 code, such as 'DE' or 'BE'.")


@lru_cache(maxsize=1024)
def _check_place(country: str | None, subdivision: str | None) -> None:
    if country is None and subdivision is not None:
        raise ValueError(f"Subdivision {subdivision!r} has no country: name the country as well.")
    if country is None:
        return
    known = _subdivisions(country)
    if subdivision is None or subdivision in known:
        return
    right = f"write one of {', '.join(known)}" if known else "leave the subdivision out"
    raise ValueError(f"{subdivision!r} is not a subdivision known for {country}: {right}.")


def _subdivisions(country: str) -> tuple[str, ...]:
    try:
        found = country_holidays(country, expand=False)
    except (AttributeError, NotImplementedError, TypeError):
        found = None
    code = found.country if found is not None else "DE"
    if found is None or code != country:
        raise ValueError(f"{country!r} is not a country code: write ISO 3166 alpha-2, such as {code!r}.")
    return found.subdivisions


def _weekend(value: Any) -> frozenset[int]:
    days = frozenset(value) if isinstance(value, (set, frozenset, tuple, list)) else None
    if days is None or not all(type(day) is int and 0 <= day <= 6 for day in days):
        raise ValueError(f"weekend {value!r}: write a set of weekday numbers, 0 (Monday) to 6 (Sunday).")
    if len(days) == 7:
        raise ValueError("weekend: all seven days are free; leave at least one day to work.")
    return days
