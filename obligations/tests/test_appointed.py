"""A duty whose due time is a fact (an authority's date, a planned access), with a lead time before it."""

import datetime as dt

import pytest

from conftest import utc
from obligations.actions import open_matter
from obligations.clauses import CLAUSES, NEW, PROCESSOR, Clause, Duty, Field, Rung, Start, Step, TermSpec
from obligations.corrections import correct
from obligations.models import Obligation, Term
from obligations.tests.engine import fresh

AT = utc("2 Mar 09:00")  # a Monday
LEAD = TermSpec(
    "orders.tell.before", "period", {"word": "reasonable", "target": {"business_days": 5}}, "Tell before"
)
ORDER = Clause(
    kind="order",
    title="Order",
    plural="Orders",
    prefix="OR",
    of="agreement",
    steps=(
        Step(
            "open",
            "Open",
            frm=NEW,
            to="come",
            by={"officer"},
            fields=(
                Field("access_at", "instant", "Access", required=False),
                Field("by_day", "date", "Day", required=False),
            ),
        ),
        Step("tell", "Tell", frm="come", to="told", by={"officer"}),
    ),
    duties=tuple(
        Duty(
            name,
            name,
            source="7.1c",
            owed_by=PROCESSOR,
            starts=(Start("open"),),
            met_by=("tell",),
            term=term,
            due_fact=fact,
            ladder=(Rung("before due", 1, "days"),),
        )
        for name, fact, term in (("tell", "access_at", LEAD.key), ("answer", "by_day", LEAD.key))
    ),
    terms=(LEAD,),
)


@pytest.fixture(autouse=True)
def _room(monkeypatch):
    monkeypatch.setitem(CLAUSES, "order", ORDER)


def clock(cast, duty: str, **facts) -> Obligation:
    made = open_matter("order", actor=cast.olga, at=AT, facts=facts, title="Order", agreement=cast.a)
    return Obligation.objects.get(matter=made, duty=duty)


def test_it_is_due_at_the_named_instant_and_the_target_leaves_the_lead_time(cast):
    """Friday 13 March, 10:00: five whole business days lie between if we tell on Thursday 5 March (Berlin)."""
    row = clock(cast, "tell", access_at=utc("13 Mar 10:00"))
    assert (row.due_at, row.target_at) == (utc("13 Mar 10:00"), utc("5 Mar 23:00"))


def test_easter_is_no_business_day_of_the_lead_time(cast):
    """Good Friday 3 and Easter Monday 6 April are free: notice on 31 March leaves 1, 2, 7, 8 and 9 April."""
    row = clock(cast, "tell", access_at=utc("10 Apr 10:00"))
    assert row.target_at == utc("31 Mar 22:00")


def test_a_named_day_lasts_until_its_end_at_the_debtors_place(cast):
    assert clock(cast, "answer", by_day=dt.date(2026, 3, 13)).due_at == utc("13 Mar 23:00")


def test_when_the_lead_time_is_over_already_the_target_is_now(cast):
    row = clock(cast, "tell", access_at=utc("4 Mar 10:00"))
    assert (row.target_at, row.due_at) == (AT, utc("4 Mar 10:00"))


def test_without_the_fact_the_term_counts_forwards(cast):
    row = clock(cast, "tell")
    assert (row.due_at, row.target_at) == (None, utc("9 Mar 23:00"))


def test_a_corrected_fact_moves_the_due_time_and_keeps_the_old_round(cast):
    row = clock(cast, "tell", access_at=utc("13 Mar 10:00"))
    correct(fresh(row.matter), "by_day", dt.date(2026, 3, 20), reason="Typed wrong.", actor=cast.olga, at=AT)
    rounds = Obligation.objects.filter(matter=row.matter, duty="answer").order_by("round")
    assert [(r.state, r.due_at) for r in rounds] == [("lapsed", None), ("open", utc("20 Mar 23:00"))]


def test_a_matter_of_the_house_follows_the_strictest_agreement(cast, monkeypatch):
    """The house has five business days; Bodega negotiated three, and the reckoning names it."""
    from dataclasses import replace

    monkeypatch.setitem(CLAUSES, "order", replace(ORDER, of="house"))
    Term.objects.create(
        agreement=cast.b,
        customer=cast.b.customer,
        key=LEAD.key,
        value={"word": "promptly", "target": {"business_days": 3}},
        effective_from=dt.date(2026, 1, 1),
    )
    made = open_matter("order", actor=cast.olga, at=AT, facts={}, title="Order")
    row = Obligation.objects.get(matter=made, duty="tell")
    assert row.target_at == utc("5 Mar 23:00")
    assert "Bodega" in row.reckoning["origin"]
