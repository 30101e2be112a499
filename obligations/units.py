"""The units of a period, and the words of a contract that name none."""

import datetime as dt
from calendar import monthrange
from dataclasses import dataclass
from typing import Final

from obligations.calendars import DAY, Calendar, nth_business_day

MONTHS_OF_A_YEAR: Final = 12


@dataclass(frozen=True)
class Period:
    """A length of time: use one of the units below.

    n     how many, at least 1
    roll  a maximum that ends on a free day ends with the following business day (Art. 3(4)). It has no
          effect on hours (Art. 3(4) excludes them), on business days and on minimum periods
    """

    n: int
    roll: bool = False

    def __post_init__(self) -> None:
        if type(self.n) is not int or self.n < 1:
            raise ValueError(f"{type(self).__name__}({self.n!r}): write a whole number of at least 1.")
        if not isinstance(self.roll, bool):
            raise ValueError(f"roll={self.roll!r}: write True or False.")

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        """The last day of the period after an event on `day`, before any roll."""
        raise NotImplementedError(f"{type(self).__name__} does not end with a day.")


@dataclass(frozen=True)
class Hours(Period):
    """Elapsed hours from the exact instant, day and night, whatever the clocks do."""


@dataclass(frozen=True)
class Days(Period):
    """Calendar days. The day of the event does not count (Art. 3(1))."""

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        return day + self.n * DAY


@dataclass(frozen=True)
class BusinessDays(Period):
    """Business days. Day 1 is the first one after the local date of the event."""

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        return nth_business_day(calendar, day, self.n)


@dataclass(frozen=True)
class Weeks(Period):
    """Until the same weekday as the event (Art. 3(2)(c); CJEU C-171/03)."""

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        return day + 7 * self.n * DAY


@dataclass(frozen=True)
class Months(Period):
    """Until the same date, or the last day of a shorter month: 31 January + 1 = 28 February."""

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        return months_later(day, self.n)


@dataclass(frozen=True)
class Years(Period):
    """Until the same date; 29 February + 1 = 28 February."""

    def last_day(self, day: dt.date, calendar: Calendar) -> dt.date:
        return months_later(day, MONTHS_OF_A_YEAR * self.n)


@dataclass(frozen=True)
class Vague:
    """A word of the contract that sets no legal deadline, with the working target that we set ourselves."""

    word: str
    target: Period

    def __post_init__(self) -> None:
        if not isinstance(self.word, str) or not self.word.strip():
            raise ValueError(f"word {self.word!r}: write the word of the contract, such as 'promptly'.")
        if not isinstance(self.target, Period):
            raise ValueError(f"target {self.target!r}: write a period, such as BusinessDays(1).")


def Immediately(target: Period = Hours(4)) -> Vague:
    """ "immediately", with a target of four hours."""
    return Vague("immediately", target)


def Promptly(target: Period = BusinessDays(1)) -> Vague:
    """ "promptly", with a target of one business day."""
    return Vague("promptly", target)


def Timely(target: Period = BusinessDays(10)) -> Vague:
    """ "timely", with a target of ten business days."""
    return Vague("timely", target)


def months_later(day: dt.date, months: int) -> dt.date:
    years, month = divmod(day.month - 1 + months, MONTHS_OF_A_YEAR)
    year = day.year + years
    if year > dt.MAXYEAR:
        raise OverflowError("the year 10000 and later cannot be shown")
    return dt.date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
