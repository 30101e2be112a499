"""Minimum periods, vague words, and midnights that do not exist or come twice, counted by hand."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from obligations.clock import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Immediately,
    Promptly,
    Skip,
    Timely,
    Vague,
    earliest,
    reckon,
)

BERLIN = Calendar("DE", "BE", "Europe/Berlin")


def day(text):
    return dt.date.fromisoformat(text)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def at(text, calendar=BERLIN):
    """An instant on the wall clock of the calendar's place."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.tz))


# --- minimum periods -----------------------------------------------------------------------------------------


def test_thirty_days_at_least_are_over_when_the_thirtieth_full_day_is():
    # Notice on 2 March; the first full day is the 3rd, the thirtieth 1 April; 2 April 00:00 CEST.
    found = earliest(Days(30), at("2026-03-02T15:00"), BERLIN)
    assert (found.due_at, found.last_day) == (utc("2026-04-01T22:00"), day("2026-04-01"))


def test_a_minimum_period_never_rolls():
    start = at("2026-03-20T10:00")
    assert earliest(Days(14, roll=True), start, BERLIN).last_day == day("2026-04-03")


def test_business_days_at_least_are_full_ones():
    # Notice on Thu 26 March; five: 27, 30, 31 March, 1, 2 April. Good Friday 00:00 is the first instant.
    found = earliest(BusinessDays(5), at("2026-03-26T08:00"), BERLIN)
    assert (found.due_at, found.last_day) == (at("2026-04-03T00:00"), day("2026-04-02"))
    assert [skip.reason for skip in found.trace] == ["Saturday", "Sunday"]


def test_hours_at_least_are_elapsed_hours():
    assert earliest(Hours(48), utc("2026-03-02T15:00"), BERLIN).due_at == utc("2026-03-04T15:00")


# --- midnights that do not exist, or come twice --------------------------------------------------------------


@pytest.mark.parametrize(
    ("tz", "date", "end"),
    [
        # The clock jumps from 24:00 to 01:00: the day ends at the jump.
        ("Africa/Cairo", "2026-04-23", "2026-04-23T22:00"),  # UTC+2 until the jump
        ("America/Havana", "2026-03-07", "2026-03-08T05:00"),  # UTC-5
        ("America/Santiago", "2026-09-05", "2026-09-06T04:00"),  # UTC-4
        ("Asia/Beirut", "2026-03-28", "2026-03-28T22:00"),  # UTC+2
        # The jump begins before midnight, from 23:30 to 00:30: still the instant of the jump.
        ("America/Toronto", "1919-03-30", "1919-03-31T04:30"),  # UTC-5
        # From 24:00 back to 23:00: the day goes on for one hour.
        ("America/Santiago", "2026-04-04", "2026-04-05T04:00"),  # UTC-4 after the change
        # From 01:00 back to 00:00: the new day began at the first midnight and went on.
        ("America/Havana", "2026-10-31", "2026-11-01T04:00"),  # UTC-4
    ],
)
def test_a_day_ends_with_the_first_instant_of_the_next(tz, date, end):
    start = dt.datetime.combine(day(date), dt.time(10), ZoneInfo(tz)) - dt.timedelta(days=1)
    for count in (reckon, earliest):
        found = count(Days(1), start, Calendar(tz=tz))
        assert (found.due_at, found.last_day) == (utc(end), day(date))


def test_where_midnight_comes_twice_a_maximum_ends_at_the_first_and_a_minimum_at_the_second():
    # St. John's, 7 November 2010: 00:01 (UTC-2:30) went back to 23:01 (UTC-3:30).
    start, newfoundland = utc("2010-11-05T15:00"), Calendar(tz="America/St_Johns")
    assert reckon(Days(1), start, newfoundland).due_at == utc("2010-11-07T02:30")
    assert earliest(Days(1), start, newfoundland).due_at == utc("2010-11-07T03:30")


def test_a_date_that_samoa_jumped_over_counts_in_a_maximum_and_not_in_a_minimum():
    # After 29 December 2011 (UTC-10) came the 31st (UTC+14): 30 December 10:00 UTC.
    samoa = Calendar(tz="Pacific/Apia")
    start = at("2011-12-29T12:00", samoa)
    most = reckon(Days(1), start, samoa)
    assert (most.due_at, most.last_day, most.trace) == (utc("2011-12-30T10:00"), day("2011-12-29"), ())
    jumped = (Skip(day("2011-12-30"), "no such day in Pacific/Apia"),)
    least = earliest(Days(1), start, samoa)
    assert (least.due_at, least.last_day, least.trace) == (utc("2011-12-31T10:00"), day("2011-12-31"), jumped)
    # Fri 30 December would have been a business day; Sat 31 and Sun 1 are free.
    assert earliest(BusinessDays(1), start, samoa).last_day == day("2012-01-02")
    # Where Friday is free anyway, the jump costs no business day.
    found = earliest(BusinessDays(1), start, Calendar(tz="Pacific/Apia", weekend={4}))
    assert (found.last_day, found.trace) == (day("2011-12-31"), (Skip(day("2011-12-30"), "Friday"),))


def test_the_day_before_a_date_that_kwajalein_jumped_over_ends_with_the_jump():
    # After 20 August 1993 (UTC-12) came the 22nd (UTC+12): 21 August 12:00 UTC.
    kwajalein = Calendar(tz="Pacific/Kwajalein")
    found = reckon(Days(1), at("1993-08-19T12:00", kwajalein), kwajalein)
    assert (found.due_at, found.last_day) == (utc("1993-08-21T12:00"), day("1993-08-20"))


# --- vague words ---------------------------------------------------------------------------------------------


def test_a_vague_word_has_a_target_and_no_legal_deadline():
    assert Immediately() == Vague("immediately", Hours(4))
    assert Promptly() == Vague("promptly", BusinessDays(1))
    assert Timely(BusinessDays(5)) == Vague("timely", BusinessDays(5))
    for count in (reckon, earliest):
        found = count(Promptly(), at("2026-04-02T10:00"), BERLIN)
        assert (found.last_day, found.legal) == (day("2026-04-07"), False)
        assert len(found.trace) == 4
