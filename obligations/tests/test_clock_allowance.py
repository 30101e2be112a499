"""Which audits are free and which are billable, mode by mode."""

import datetime as dt

import pytest

from obligations.clock import (
    Allowance,
    BusinessDays,
    Days,
    Hours,
    Months,
    Weeks,
    Years,
    allowance,
)


def day(text):
    return dt.date.fromisoformat(text)


def utc(text):
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC)


def pays(*conducted, **arguments):
    return allowance([day(text) for text in conducted], **arguments)


def made(verdicts, next_free, next_undisputed):
    return Allowance(tuple(verdicts.split()), day(next_free), day(next_undisputed))


def test_before_the_first_audit_any_day_is_free():
    assert allowance(()) == Allowance((), None, None)


def test_rolling_a_second_audit_within_twelve_months_is_billable():
    # The billable one of 1 September uses nothing: the anniversary of the free one counts.
    assert pays("2026-03-01", "2026-09-01") == made("free billable", "2027-03-01", "2027-03-02")


def test_rolling_the_anniversary_is_free_and_the_day_before_is_not():
    assert pays("2026-03-01", "2027-02-28").verdicts == ("free", "billable")
    assert pays("2026-03-01", "2027-03-01") == made("free free", "2028-03-01", "2028-03-02")


def test_rolling_the_anniversary_of_29_february_is_28_february():
    assert pays("2028-02-29") == made("free", "2029-02-28", "2029-03-01")


def test_rolling_two_audits_on_one_day_are_two():
    assert pays("2026-03-01", "2026-03-01").verdicts == ("free", "billable")


def test_rolling_any_counts_the_paid_audits_too():
    dates = ("2026-03-01", "2026-09-01", "2027-03-01")
    assert pays(*dates).verdicts == ("free", "billable", "free")
    # The audit of 1 September 2026 lies within 12 months of 1 March 2027, and that one of the next.
    assert pays(*dates, mode="rolling_any") == made("free billable billable", "2028-03-01", "2028-03-02")


def test_calendar_year_starts_anew_on_1_january_without_dispute():
    dates = ("2026-11-30", "2026-12-31", "2027-01-01")
    assert pays(*dates, mode="calendar_year") == made("free billable free", "2028-01-01", "2028-01-01")


def test_contract_year_starts_anew_on_the_anniversary_of_the_contract_without_dispute():
    found = pays("2026-05-31", "2026-06-01", "2027-05-31", mode="contract_year", start=day("2024-06-01"))
    assert found == made("free free billable", "2027-06-01", "2027-06-01")


def test_contract_year_of_a_contract_of_29_february_starts_on_28_february_in_common_years():
    found = pays("2025-02-27", "2025-02-28", mode="contract_year", start=day("2024-02-29"))
    assert found == made("free free", "2026-02-28", "2026-02-28")


def test_an_allowance_that_is_not_used_up_leaves_the_same_day_free():
    assert pays("2026-03-01", free=2) == made("free", "2026-03-01", "2026-03-01")


def test_two_free_audits_use_two_places():
    found = pays("2026-03-01", "2026-06-01", "2026-09-01", free=2)
    assert found == made("free free billable", "2027-03-01", "2027-03-02")


def test_a_window_of_days_weeks_or_years_counts_like_the_period():
    assert pays("2026-03-01", window=Days(30)).next_free == day("2026-03-31")
    assert pays("2026-03-01", window=Weeks(2)).next_free == day("2026-03-15")
    assert pays("2026-03-01", window=Years(2)).next_free == day("2028-03-01")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"conducted": [dt.date(2026, 3, 1), dt.date(2026, 2, 1)]}, "write the oldest first"),
        ({"conducted": [utc("2026-03-01")]}, "a day without a time"),
        ({"conducted": ["2026-03-01"]}, "conducted: '2026-03-01' is not a date"),
        ({"conducted": dt.date(2026, 3, 1)}, "is no collection of dates"),
        ({"free": 0}, "whole number of at least 1"),
        ({"free": True}, "whole number of at least 1"),
        ({"mode": "yearly"}, "write one of rolling, rolling_any, calendar_year, contract_year"),
        ({"window": 12}, "write days, weeks, months or years"),
        ({"window": Hours(72)}, "write days, weeks, months or years"),
        ({"window": BusinessDays(200)}, "write days, weeks, months or years"),
        ({"window": Months(12, roll=True)}, "that do not roll"),
        ({"window": Months(6), "mode": "calendar_year"}, "leave the window out"),
        ({"window": Years(9000)}, "beyond the year 9999"),
        ({"mode": "contract_year"}, "needs a start"),
        ({"mode": "contract_year", "start": utc("2026-01-01")}, "a day without a time"),
        ({"mode": "contract_year", "start": dt.date(2026, 3, 2)}, "is before the start"),
    ],
)
def test_an_allowance_that_cannot_be_counted_is_refused_with_what_would_be_right(arguments, words):
    with pytest.raises(ValueError, match=words):
        allowance(**{"conducted": [dt.date(2026, 3, 1)], **arguments})
