"""The clock against its oracle. CLOCK_EXAMPLES sets how many examples each rule gets (default 300)."""

import datetime as dt
import os
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obligations.clock import (
    BusinessDays,
    Calendar,
    Days,
    Hours,
    Months,
    Weeks,
    Years,
    allowance,
    earliest,
    reckon,
)
from obligations.tests.clock_oracle import Place, answer, payment

# The default run is the same every time; a run that asks for more examples looks for new ones.
examples = settings(
    max_examples=int(os.environ.get("CLOCK_EXAMPLES", "300")),
    derandomize="CLOCK_EXAMPLES" not in os.environ,
    database=None,
    deadline=None,
)

UNITS = {
    "hours": (Hours, 3000),
    "days": (Days, 400),
    "business_days": (BusinessDays, 90),
    "weeks": (Weeks, 60),
    "months": (Months, 60),
    "years": (Years, 12),
}
ZONES = sorted(available_timezones() - {"localtime"})
# Clocks that change, or changed, at or across midnight, or that jumped over a day.
ODD_ZONES = (
    "Africa/Cairo", "America/Asuncion", "America/Havana", "America/Santiago", "America/Sao_Paulo",
    "America/Scoresbysund", "America/St_Johns", "Asia/Amman", "Asia/Beirut", "Asia/Damascus", "Asia/Gaza",
    "Asia/Tehran", "Atlantic/Azores", "Pacific/Apia", "Pacific/Fakaofo",
)  # fmt: skip
COUNTRIES = (
    (None, None), ("AE", None), ("AT", None), ("BR", "SP"), ("CA", "ON"), ("CH", "ZH"), ("CN", None),
    ("DE", "BE"), ("DE", "BY"), ("DE", None), ("DZ", None), ("EG", None), ("ES", "MD"), ("FR", None),
    ("GB", "SCT"), ("HK", None), ("HU", None), ("IE", None), ("IL", None), ("IN", "MH"), ("IR", None),
    ("JP", None), ("KW", None), ("LK", None), ("MY", "01"), ("NL", None), ("NZ", "AUK"), ("PL", None),
    ("SA", None), ("TW", None), ("UA", None), ("US", "NY"), ("ZA", None),
)  # fmt: skip

dates = st.dates(dt.date(2000, 1, 1), dt.date(2045, 12, 31))
starts = st.datetimes(
    dt.datetime(2000, 1, 1), dt.datetime(2045, 12, 31), timezones=st.just(dt.UTC), allow_imaginary=False
)
zones = st.sampled_from(ZONES) | st.sampled_from(ODD_ZONES)
some_dates = st.lists(dates, max_size=4).map(tuple)


@st.composite
def periods(draw):
    unit = draw(st.sampled_from(sorted(UNITS)))
    return unit, draw(st.integers(1, UNITS[unit][1])), draw(st.booleans())


@st.composite
def places(draw):
    country, subdivision = draw(st.sampled_from(COUNTRIES))
    weekend = draw(st.none() | st.frozensets(st.integers(0, 6), max_size=6))
    extra, removed = draw(some_dates), draw(some_dates)
    return Place(country, subdivision, draw(zones), weekend, extra, tuple(set(removed) - set(extra)))


def agree(period, start, place):
    """Both clocks say the same of the period as a maximum and as a minimum."""
    unit, n, roll = period
    for count, minimum in ((reckon, False), (earliest, True)):
        found = count(UNITS[unit][0](n, roll), start, Calendar(*place))
        wanted = answer(unit, n, roll, start, place, minimum)
        assert (found.due_at, found.last_day) == (wanted.due_at, wanted.last_day)
        assert [skip.date for skip in found.trace] == wanted.skipped
        assert found.legal
        assert all(skip.reason for skip in found.trace)


@examples
@given(periods(), starts, places())
def test_any_period_from_any_start_in_any_place_ends_where_the_oracle_says(period, start, place):
    agree(period, start, place)


@examples
@given(st.integers(1, 40), st.booleans(), starts, places(), st.data())
def test_business_days_around_extra_and_removed_holidays_end_where_the_oracle_says(
    n, roll, start, place, data
):
    near = st.integers(1, 40).map(lambda days: start.date() + dt.timedelta(days=days))
    extra = data.draw(st.frozensets(near, max_size=5))
    removed = data.draw(st.frozensets(near, max_size=5)) - extra
    place = place._replace(extra=tuple(extra), removed=tuple(removed))
    agree(("business_days", n, roll), start, place)
    agree(("days", n, roll), start, place)


@examples
@given(st.sampled_from(ZONES), starts)
def test_one_day_in_every_zone_ends_where_the_oracle_says(tz, start):
    agree(("days", 1, False), start, Place(tz=tz))


@pytest.mark.parametrize("tz", ODD_ZONES)
def test_every_odd_midnight_since_2000_ends_the_day_where_the_oracle_says(tz):
    check_odd_midnights(tz)


@pytest.mark.long
@pytest.mark.parametrize("tz", ZONES)
def test_every_odd_midnight_of_every_zone_ends_the_day_where_the_oracle_says(tz):
    check_odd_midnights(tz)


def check_odd_midnights(tz):
    for midnight in odd_midnights(ZoneInfo(tz)):
        for hours in (20, 44):
            start = midnight.replace(tzinfo=dt.UTC) - dt.timedelta(hours=hours)
            agree(("days", 1, False), start, Place(tz=tz))
            agree(("business_days", 1, True), start, Place(tz=tz, weekend=frozenset()))


def odd_midnights(zone):
    """Local midnights near a change of clocks: those at which the offset of the day before differs."""
    day = dt.datetime(2000, 1, 2)
    while day.year < 2046:
        before, after = day - dt.timedelta(hours=2), day + dt.timedelta(hours=2)
        if before.replace(tzinfo=zone).utcoffset() != after.replace(tzinfo=zone).utcoffset():
            yield day
        day += dt.timedelta(days=1)


@examples
@given(
    st.lists(st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)), min_size=1, max_size=8).map(sorted),
    st.integers(1, 3),
    st.integers(1, 30),
    st.sampled_from(("rolling", "rolling_any", "calendar_year", "contract_year")),
    st.dates(dt.date(2016, 1, 1), dt.date(2019, 12, 31)),
)
def test_an_allowance_is_used_up_as_the_oracle_says(conducted, free, months, mode, start):
    months = 12 if mode.endswith("_year") else months
    agree_on_payment(conducted, free, months, mode, start)


@examples
@given(
    st.dates(dt.date(2020, 1, 1), dt.date(2024, 12, 31)),
    st.lists(st.sampled_from((0, 1, 364, 365, 366)), max_size=6),
    st.integers(1, 2),
    st.sampled_from(("rolling", "rolling_any", "calendar_year", "contract_year")),
)
def test_an_allowance_near_anniversaries_is_used_up_as_the_oracle_says(first, gaps, free, mode):
    conducted = [first]
    for gap in gaps:
        conducted.append(conducted[-1] + dt.timedelta(days=gap))
    agree_on_payment(conducted, free, 12, mode, first)


def agree_on_payment(conducted, free, months, mode, start):
    found = allowance(conducted, free, Months(months), mode, start)
    wanted = payment(conducted, free, months, mode, start)
    assert list(found.verdicts) == wanted.verdicts
    assert (found.next_free, found.next_undisputed) == (wanted.next_free, wanted.next_undisputed)
