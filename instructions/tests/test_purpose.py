"""Clauses 2 and 16: each use of Customer Content names the customer's purpose; training of our own is outside."""

import datetime as dt

import pytest

from agreements import records
from conftest import utc
from instructions.tests.builders import instruction_of, purpose_of
from obligations.actions import advance
from obligations.facts import InvalidFacts
from obligations.models import Matter, Obligation
from obligations.tests.engine import fresh
from obligations.turn import Refused

AT = utc("2 Mar 09:00")


def allow_training(cast) -> None:
    day = dt.date(2026, 1, 1)
    key = "instructions.own_model_training"
    records.set_term(cast.a, key, "allowed", effective_from=day, actor=cast.olga, at=AT)


def test_each_use_names_the_purpose_of_the_customer(cast):
    with pytest.raises(InvalidFacts, match="purpose: This is needed"):
        purpose_of(cast, AT, purpose="")


@pytest.mark.parametrize("use", ["own_training", "cross_customer"])
def test_training_that_is_not_for_the_customer_alone_is_outside_the_agreement(cast, use):
    with pytest.raises(Refused, match=r"outside the agreement \(16.2\).*amendment must allow.*\(5.2\)"):
        purpose_of(cast, AT, use=use)
    allow_training(cast)
    assert purpose_of(cast, AT, use=use).state == "in_use"


def test_a_new_purpose_needs_an_instruction_that_was_found_to_be_permitted(cast):
    with pytest.raises(Refused, match="There is no instruction"):
        purpose_of(cast, AT, basis="instruction", reference="IN-99999999")
    row = instruction_of(cast, AT)
    with pytest.raises(Refused, match="is given; it does not permit this use"):
        purpose_of(cast, AT, basis="instruction", reference=row.reference)
    advance([row], "acknowledge", actor=cast.olga, at=AT)
    advance([fresh(row)], "in_scope", actor=cast.olga, at=AT, facts={"clause": "Appendix 1"})
    assert purpose_of(cast, AT, basis="instruction", reference=row.public_reference.lower())


def test_the_instruction_of_another_customer_permits_nothing(cast):
    row = instruction_of(cast, AT, agreement=cast.b)
    Matter.objects.filter(pk=row.pk).update(state="executed")
    with pytest.raises(Refused, match="There is no instruction"):
        purpose_of(cast, AT, basis="instruction", reference=row.reference)


def test_a_use_that_the_terms_no_longer_allow_is_ended_not_reviewed(cast):
    allow_training(cast)
    row = purpose_of(cast, AT, use="own_training")
    day, key = dt.date(2026, 3, 3), "instructions.own_model_training"
    records.set_term(cast.a, key, "out_of_scope", effective_from=day, actor=cast.olga, at=AT)
    with pytest.raises(Refused, match="End this use"):
        advance([row], "review", actor=cast.olga, at=utc("4 Mar 09:00"), facts={"outcome": "Needed."})


def test_a_purpose_is_reviewed_every_year(cast):
    row = purpose_of(cast, AT)
    advance([row], "review", actor=cast.olga, at=utc("1 Apr 09:00"), facts={"outcome": "Needed."})
    clocks = Obligation.objects.filter(matter=row).order_by("occurrence")
    assert [(c.state, c.reckoning["target"]["last_day"]) for c in clocks] == [
        ("met", "2027-03-02"),
        ("open", "2027-04-01"),
    ]
