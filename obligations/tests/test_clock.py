"""Deadlines counted by hand. The reasoning stands beside each date; 2026: Easter Sunday is 5 April."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from zoneinfo import ZoneInfo

import pytest

from obligations.calendars import is_business_day, nth_business_day
from obligations.clock import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Months,
    Skip,
    Weeks,
    Years,
    reckon,
)

BERLIN = Calendar("DE", "BE", "Europe/Berlin")
MUNICH = Calendar("DE", "BY", "Europe/Berlin")
MADRID = Calendar("ES", "MD", "Europe/Madrid")
DUBLIN = Calendar("IE", None, "Europe/Dublin")
NEW_YORK = Calendar("US", "NY", "America/New_York")
DUBAI = Calendar("AE", None, "Asia/Dubai")
ISRAEL = Calendar("IL", None, "Asia/Jerusalem")


def day(text):
    return dt.date.fromisoformat(text)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def at(text, calendar=BERLIN):
    """An instant on the wall clock of the calendar's place."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(calendar.tz))


def last(period, start, calendar=BERLIN):
    return reckon(period, at(start, calendar), calendar).last_day


# --- business days -------------------------------------------------------------------------------------------


def test_ten_business_days_across_easter_in_berlin_skip_good_friday_and_easter_monday():
    # Fri 27 March does not count. 30, 31 March, 1, 2 April = 4; 3-6 April are free; 7-10 April = 8;
    # 13, 14 April = 10. The 14th ends at 24:00 CEST (UTC+2) = 22:00 UTC.
    found = reckon(BusinessDays(10), at("2026-03-27T10:00"), BERLIN)
    assert (found.due_at, found.last_day, found.legal) == (utc("2026-04-14T22:00"), day("2026-04-14"), True)
    assert found.trace == (
        Skip(day("2026-03-28"), "Saturday"),
        Skip(day("2026-03-29"), "Sunday"),
        Skip(day("2026-04-03"), "Good Friday"),
        Skip(day("2026-04-04"), "Saturday"),
        Skip(day("2026-04-05"), "Sunday"),
        Skip(day("2026-04-06"), "Easter Monday"),
        Skip(day("2026-04-11"), "Saturday"),
        Skip(day("2026-04-12"), "Sunday"),
    )


def test_ten_business_days_across_the_new_year_in_munich_count_both_eves():
    # 21-24 December = 4 (24 and 31 December are half days, so they count); 25-27 free; 28-31 = 8;
    # 1-3 January free; 4, 5 January = 10, the eve of Epiphany.
    assert last(BusinessDays(10), "2026-12-18T09:00", MUNICH) == day("2027-01-05")


def test_epiphany_is_free_in_munich_and_not_in_berlin():
    assert last(BusinessDays(11), "2026-12-18T09:00", MUNICH) == day("2027-01-07")
    assert last(BusinessDays(11), "2026-12-18T09:00", BERLIN) == day("2027-01-06")


def test_ten_business_days_in_madrid_skip_the_moved_constitution_day():
    # From Mon 30 November: 1-4 December = 4; 5, 6 weekend; Mon 7 is free for Sun 6, Tue 8 Immaculate
    # Conception; 9-11 = 7; 14-16 = 10. CET is UTC+1.
    found = reckon(BusinessDays(10), at("2026-11-30T10:00", MADRID), MADRID)
    assert (found.due_at, found.last_day) == (utc("2026-12-16T23:00"), day("2026-12-16"))


def test_ten_business_days_in_dublin_skip_the_may_bank_holiday():
    # From Thu 30 April: 1 May = 1; 2-4 free; 5-8 = 5; 11-15 = 10. Irish summer time is UTC+1.
    found = reckon(BusinessDays(10), at("2026-04-30T10:00", DUBLIN), DUBLIN)
    assert (found.due_at, found.last_day) == (utc("2026-05-15T23:00"), day("2026-05-15"))


def test_good_friday_is_a_business_day_in_ireland():
    assert last(BusinessDays(1), "2026-04-02T10:00", DUBLIN) == day("2026-04-03")


def test_ten_business_days_in_new_york_skip_independence_day_on_the_friday_before():
    # 4 July 2026 is a Saturday, observed on Fri 3 July. 30 June, 1, 2 July = 3; 6-10 = 8; 13, 14 = 10.
    found = reckon(BusinessDays(10), at("2026-06-29T10:00", NEW_YORK), NEW_YORK)
    assert (found.due_at, found.last_day) == (utc("2026-07-15T04:00"), day("2026-07-14"))
    assert Skip(day("2026-07-03"), "Independence Day (observed)") in found.trace


def test_without_a_country_only_saturday_and_sunday_are_free():
    # Christmas Day 2026 is a Friday.
    assert last(BusinessDays(1), "2026-12-24T10:00", Calendar(tz="Europe/Berlin")) == day("2026-12-25")


def test_without_a_subdivision_only_national_holidays_are_free():
    # Corpus Christi, Thu 4 June 2026, is free in Bavaria only.
    assert last(BusinessDays(1), "2026-06-03T10:00", Calendar("DE", tz="Europe/Berlin")) == day("2026-06-04")
    assert last(BusinessDays(1), "2026-06-03T10:00", MUNICH) == day("2026-06-05")


def test_the_weekend_of_the_emirates_is_the_one_of_the_date():
    # Until 2021 Friday and Saturday, from 2022 Saturday and Sunday. After Thu 30 December 2021: Fri 31 (old
    # weekend), Sat 1 and Sun 2 January (new weekend) are free, Mon 3 is day 1, Fri 7 is day 5.
    found = reckon(BusinessDays(5), at("2021-12-30T10:00", DUBAI), DUBAI)
    assert found.last_day == day("2022-01-07")
    assert [skip.reason for skip in found.trace] == ["Friday", "Saturday", "Sunday"]


def test_people_in_israel_work_on_sunday():
    assert last(BusinessDays(1), "2026-03-05T10:00", ISRAEL) == day("2026-03-08")


def test_a_saturday_on_which_the_state_makes_people_work_is_a_business_day():
    # China: Sat 14 February 2026 makes up for the spring festival.
    assert is_business_day(Calendar("CN"), day("2026-02-14"))
    assert not is_business_day(Calendar("CN", weekend=frozenset({5, 6})), day("2026-02-14"))


def test_a_weekend_of_our_own_replaces_that_of_the_country():
    fridays_off = Calendar("DE", "BE", "Europe/Berlin", weekend=frozenset({4, 5}))
    assert last(BusinessDays(2), "2026-03-12T10:00", fridays_off) == day("2026-03-16")  # Sun 15, Mon 16
    never_off = Calendar(weekend=frozenset())
    assert last(BusinessDays(7), "2026-03-12T10:00", never_off) == day("2026-03-19")


def test_extra_holidays_are_free_and_removed_ones_are_not():
    # Assumption (Fri 15 August 2025) is a matter of the municipality in Bavaria.
    augsburg = Calendar("DE", "BY", "Europe/Berlin", extra_holidays=(day("2025-08-15"),))
    found = reckon(BusinessDays(1), at("2025-08-14T10:00"), augsburg)
    assert found.last_day == day("2025-08-18")
    assert found.trace[0] == Skip(day("2025-08-15"), "extra holiday")
    open_on_epiphany = Calendar("DE", "BY", "Europe/Berlin", removed_holidays=(day("2027-01-06"),))
    assert last(BusinessDays(11), "2026-12-18T09:00", open_on_epiphany) == day("2027-01-06")


def test_a_removed_holiday_on_a_weekend_stays_free():
    assert not is_business_day(Calendar("DE", removed_holidays=(day("2026-10-03"),)), day("2026-10-03"))


def test_a_holiday_without_an_english_name_has_its_own():
    found = reckon(BusinessDays(1), utc("2026-12-24T10:00"), Calendar("ZA"))
    assert found.trace[0] == Skip(day("2026-12-25"), "Christmas Day")


def test_in_years_that_the_package_does_not_know_only_weekends_are_free():
    # Christmas Day 2102 is a Monday; the German calendar ends with 2100.
    assert is_business_day(Calendar("DE"), day("2102-12-25"))
    assert not is_business_day(Calendar("DE"), day("2102-12-24"))


def test_threads_that_meet_an_unknown_year_at_once_agree():
    calendar = Calendar("DE", "SN", extra_holidays=(day("2031-03-03"),))
    with ThreadPoolExecutor(8) as pool:
        found = set(pool.map(lambda _: nth_business_day(calendar, day("2031-01-01"), 300), range(32)))
    assert len(found) == 1


# --- hours, days, weeks, months, years -----------------------------------------------------------------------


def test_seventy_two_hours_are_elapsed_hours_across_both_changes_of_clocks():
    # Spring: the night to 29 March has one hour less, so the clock shows one hour more.
    spring = reckon(Hours(72), at("2026-03-27T12:17", MADRID), MADRID)
    assert spring.due_at == utc("2026-03-30T11:17") == at("2026-03-30T13:17", MADRID)
    # Autumn: the night to 25 October has one hour more, so the clock shows one hour less.
    autumn = reckon(Hours(72), at("2026-10-23T12:17", MADRID), MADRID)
    assert autumn.due_at == utc("2026-10-26T10:17") == at("2026-10-26T11:17", MADRID)


def test_hours_do_not_roll():
    # Thu 2 April + 72 h is Easter Sunday.
    start = at("2026-04-02T10:00")
    assert reckon(Hours(72, roll=True), start, BERLIN) == reckon(Hours(72), start, BERLIN)


def test_the_last_day_of_hours_that_end_at_midnight_is_the_day_before():
    found = reckon(Hours(24), at("2026-01-05T00:00"), BERLIN)
    assert (found.due_at, found.last_day) == (utc("2026-01-05T23:00"), day("2026-01-05"))


def test_the_date_of_the_event_is_that_of_the_calendars_place():
    # 23:30 UTC on 31 December is 00:30 on 1 January in Berlin.
    assert reckon(Days(1), utc("2025-12-31T23:30"), BERLIN).last_day == day("2026-01-02")
    assert reckon(Days(1), utc("2025-12-31T23:30"), Calendar()).last_day == day("2026-01-01")


def test_an_event_at_midnight_belongs_to_the_day_that_begins():
    assert last(Days(1), "2026-01-05T00:00") == day("2026-01-06")
    assert last(Days(1), "2026-01-04T23:59:59.999999") == day("2026-01-05")


@pytest.mark.parametrize(
    ("period", "start", "end"),
    [
        (Days(30), "2026-01-30", "2026-03-01"),
        (Weeks(1), "2026-03-25", "2026-04-01"),  # Wednesday to Wednesday
        (Months(1), "2026-01-31", "2026-02-28"),  # clamped
        (Months(1), "2028-01-31", "2028-02-29"),  # clamped in a leap year
        (Months(1), "2026-02-28", "2026-03-28"),  # no stickiness to the end of the month
        (Months(1), "2026-04-30", "2026-05-30"),
        (Months(2), "2026-12-31", "2027-02-28"),  # all at once, not by way of 31 January
        (Months(12), "2026-12-01", "2027-12-01"),
        (Years(1), "2028-02-29", "2029-02-28"),
        (Years(4), "2028-02-29", "2032-02-29"),
        (Years(2), "2026-06-30", "2028-06-30"),
    ],
)
def test_a_period_ends_on_the_date_counted_from_the_day_of_the_event(period, start, end):
    assert last(period, f"{start}T10:00") == day(end)


def test_the_end_of_a_day_is_exclusive_and_falls_on_local_midnight():
    found = reckon(Years(2), at("2026-06-30T10:00"), BERLIN)
    assert found.due_at == at("2028-07-01T00:00")
    assert found.due_at.tzinfo is dt.UTC


def test_a_period_that_ends_on_a_free_day_stays_there_unless_it_rolls():
    # 20 March + 14 days is Good Friday; the next working day is Tue 7 April.
    start = at("2026-03-20T10:00")
    assert reckon(Days(14), start, BERLIN).last_day == day("2026-04-03")
    assert reckon(Days(14), start, BERLIN).trace == ()
    rolled = reckon(Days(14, roll=True), start, BERLIN)
    assert rolled.last_day == day("2026-04-07")
    assert [skip.reason for skip in rolled.trace] == ["Good Friday", "Saturday", "Sunday", "Easter Monday"]


def test_a_rolling_period_that_ends_on_a_business_day_stays_there():
    assert last(Months(1, roll=True), "2026-03-10T10:00") == day("2026-04-10")
