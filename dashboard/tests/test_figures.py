"""Calendar, two years ahead and reports: every number stands where it belongs, at a fixed cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from conftest import add_many, report_breach, utc
from dashboard import calendar, reports
from dashboard.charts import Chart, Series, months
from dashboard.tests.test_today import page, signed_in, statements
from obligations.actions import advance
from obligations.models import Matter, Obligation

REPORTED = utc("27 Mar 17:00")


def test_an_obligation_stands_on_the_local_day_of_what_counts_next(cast):
    report_breach(cast, [cast.a, cast.b], REPORTED)
    read = calendar.days("month", dt.date(2026, 3, 1), "all", cast.olga, REPORTED)
    by_day = {day.date: {line.row.duty for line in day.lines} for day in read["days"] if day.lines}
    assert "notify_customer" in by_day[dt.date(2026, 3, 27)]  # Bodega: target after four hours
    shown = sum(len(day.lines) for day in read["days"])
    assert shown == Obligation.objects.filter(state="open", due_at__lt=utc("6 Apr 00:00")).count() + (
        Obligation.objects.filter(state="open", due_at=None, target_at__lt=utc("6 Apr 00:00")).count()
    )


def test_a_month_is_whole_weeks_and_knows_the_holidays_of_the_house(cast):
    read = calendar.days("month", dt.date(2026, 4, 1), "all", cast.olga, REPORTED)
    assert {len(week) for week in read["weeks"]} == {7}
    assert {day.date.weekday() for day in (read["days"][0],)} == {0}
    free = {day.date for day in read["days"] if day.free}
    assert {dt.date(2026, 4, 3), dt.date(2026, 4, 6)} <= free and dt.date(2026, 4, 7) not in free


def test_two_years_ahead_count_each_obligation_once(cast):
    report_breach(cast, [cast.a], REPORTED)
    chart = calendar.timeline(REPORTED, "all", cast.olga)
    assert len(chart.labels) == 24
    counted = sum(value for series in chart.series for value in series.values)
    assert counted == Obligation.objects.filter(state="open").count()


def test_what_was_met_late_is_not_on_time(cast):
    report_breach(cast, [cast.a, cast.b], REPORTED)
    rows = list(Matter.objects.filter(kind="breach_notice"))
    advance(rows, "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."})
    for row in Matter.objects.filter(kind="breach_notice"):
        advance(
            [row],
            "received",
            actor=cast.carl if row.agreement == cast.a else cast.berta,
            at=utc("29 Mar 18:00"),
        )
    chart = reports.on_time(utc("30 Mar 09:00"))
    on_time, late = (sum(series.values) for series in chart.series)
    assert (on_time, late) == (1, 1)  # Acme negotiated 24 hours; Bodega's "immediately" has no legal end
    assert "50.0 %" in chart.words


@pytest.mark.parametrize("most", [0, 1, 4, 7, 23, 999, 100_000])
def test_bars_stay_inside_their_drawing(most):
    chart = Chart("x", "X", "x", ["a", "b"], [Series("s", "c", [most, 1]), Series("t", "d", [1, 0])], "A")
    assert chart.top >= most + 1
    assert all(bar.y >= 0 and bar.y + bar.height <= chart.height and bar.height > 0 for bar in chart.bars)


def test_months_go_over_the_turn_of_the_year():
    assert months(dt.date(2026, 11, 25), 3) == [
        dt.date(2026, 11, 1),
        dt.date(2026, 12, 1),
        dt.date(2027, 1, 1),
    ]


@pytest.mark.parametrize("number", [2, 400])
@pytest.mark.parametrize(
    "address", ["calendar", "calendar?view=week", "calendar?view=agenda", "calendar?view=timeline", "reports"]
)
def test_the_cost_and_the_weight_of_a_page_do_not_grow(cast, number, address):
    name, _sep, query = address.partition("?")
    report_breach(cast, add_many(cast, number), REPORTED)
    client = signed_in(cast.olga)
    with CaptureQueriesContext(connection) as captured:
        text = page(client, f"{reverse(name)}?{query}&on=2026-03-27")
    assert len(statements(captured)) <= 8
    assert len(text) < 150_000
