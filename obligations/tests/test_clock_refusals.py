"""What the clock refuses, and in which words; its values as keys."""

import datetime as dt

import pytest

from obligations.clock import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Immediately,
    Months,
    Period,
    Promptly,
    Vague,
    Weeks,
    Years,
    allowance,
    earliest,
    reckon,
)

BERLIN = Calendar("DE", "BE", "Europe/Berlin")
NEW_YORK = Calendar("US", "NY", "America/New_York")


def day(text):
    return dt.date.fromisoformat(text)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


# --- values --------------------------------------------------------------------------------------------------


def test_equal_calendars_are_equal_keys():
    days = [day("2026-01-02"), day("2026-01-05")]
    one = Calendar("DE", weekend={5, 6}, extra_holidays=days)
    assert one == Calendar("DE", weekend=(6, 5), extra_holidays=tuple(reversed(days)))
    assert hash(one) == hash(Calendar("DE", weekend=[5, 6], extra_holidays=tuple(days)))


def test_periods_reckonings_and_allowances_can_be_keys():
    values = {Hours(1), Days(1), BusinessDays(1), Weeks(1), Months(1), Years(1), Immediately()}
    assert len({*values, reckon(Hours(1), utc("2026-01-05T10:00"), BERLIN), allowance(())}) == 9


# --- what is refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"country": "XX"}, "'XX' is not a country code"),
        ({"country": "de"}, "'de' is not a country code"),
        ({"country": "Germany"}, "such as 'DE'"),
        ({"country": "UK"}, "such as 'GB'"),
        ({"country": ""}, "is not a country code"),
        ({"country": 49}, "country 49 is not text"),
        ({"country": "DE", "subdivision": "XX"}, "write one of BB, BE, "),
        ({"country": "DE", "subdivision": "DE-BE"}, "'DE-BE' is not a subdivision"),
        ({"country": "DE", "subdivision": ["BE"]}, "is not text"),
        ({"country": "IE", "subdivision": "L"}, "leave the subdivision out"),
        ({"subdivision": "BE"}, "name the country"),
        ({"tz": "Europe/Atlantis"}, "write an IANA name"),
        ({"tz": ""}, "write an IANA name"),
        ({"tz": "../zone"}, "write an IANA name"),
        ({"tz": "localtime"}, "write an IANA name"),
        ({"tz": "America"}, "write an IANA name"),
        ({"tz": None}, "write an IANA name"),
        ({"weekend": {7}}, "weekday numbers"),
        ({"weekend": {True}}, "weekday numbers"),
        ({"weekend": 6}, "weekday numbers"),
        ({"weekend": "56"}, "weekday numbers"),
        ({"weekend": range(7)}, "weekday numbers"),
        ({"weekend": {0, 1, 2, 3, 4, 5, 6}}, "at least one day to work"),
        ({"extra_holidays": ("2026-01-02",)}, "extra_holidays: '2026-01-02' is not a date"),
        ({"extra_holidays": (dt.datetime(2026, 1, 2, 10, 0),)}, "a day without a time"),
        ({"removed_holidays": dt.date(2026, 1, 2)}, "removed_holidays: .* is no collection of dates"),
        ({"removed_holidays": "2026-01-02"}, "removed_holidays: .* is no collection of dates"),
        (
            {"extra_holidays": (dt.date(2026, 1, 2),), "removed_holidays": (dt.date(2026, 1, 2),)},
            "keep it in one of the two",
        ),
    ],
)
def test_a_calendar_that_cannot_be_used_is_refused_with_what_would_be_right(arguments, words):
    with pytest.raises(ValueError, match=words):
        Calendar(**arguments)


@pytest.mark.parametrize("unit", [Hours, Days, BusinessDays, Weeks, Months, Years])
@pytest.mark.parametrize("n", [0, -1, 1.0, "1", True, None])
def test_a_period_needs_a_whole_number_of_at_least_one(unit, n):
    with pytest.raises(ValueError, match="write a whole number of at least 1"):
        unit(n)


def test_roll_is_true_or_false():
    with pytest.raises(ValueError, match="write True or False"):
        Days(1, roll="yes")


@pytest.mark.parametrize(
    ("word", "target"), [("", Hours(4)), (None, Hours(4)), ("soon", None), ("soon", Promptly())]
)
def test_a_vague_word_needs_a_word_and_a_period(word, target):
    with pytest.raises(ValueError, match=r"write the word|write a period"):
        Vague(word, target)


@pytest.mark.parametrize("count", [reckon, earliest])
@pytest.mark.parametrize(
    ("period", "start", "calendar", "words"),
    [
        (Days(1), dt.datetime(2026, 1, 5), BERLIN, "a datetime with a time zone"),
        (Promptly(), dt.datetime(2026, 1, 5), BERLIN, "a datetime with a time zone"),
        (Days(1), dt.date(2026, 1, 5), BERLIN, "a datetime with a time zone"),
        (Days(1), "2026-01-05", BERLIN, "a datetime with a time zone"),
        (72, utc("2026-01-05"), BERLIN, "write a period"),
        (Period(1), utc("2026-01-05"), BERLIN, "write a period"),
        (Days(1), utc("2026-01-05"), "Europe/Berlin", "write a Calendar"),
        (Hours(10**8), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (Hours(10**40), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (Days(10**7), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (BusinessDays(10**7), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (BusinessDays(1), utc("9999-12-31T10:00"), BERLIN, "years 1 to 9999"),
        (BusinessDays(1), utc("9999-12-30T10:00"), Calendar(weekend={4}), "years 1 to 9999"),  # Thursday
        (Weeks(10**9), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (Months(10**6), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (Years(8000), utc("2026-01-05"), BERLIN, "years 1 to 9999"),
        (Days(1), utc("9999-12-30T10:00"), BERLIN, "years 1 to 9999"),  # its end would be in 10000
        (Days(1), utc("0001-01-01T01:00"), NEW_YORK, "years 1 to 9999"),  # its local date is in year 0
    ],
)
def test_a_reckoning_that_cannot_be_made_is_refused_with_what_would_be_right(
    count, period, start, calendar, words
):
    with pytest.raises(ValueError, match=words):
        count(period, start, calendar)
