"""Clause 5: in scope, out of scope only with both approvals and an amendment in force, unlawful with reasons."""

import datetime as dt
from typing import Any

import pytest

from agreements import records
from conftest import utc
from instructions.tests.builders import REASONS, instruction_of
from obligations import evidence
from obligations.actions import advance
from obligations.models import Matter, Message, Obligation
from obligations.tests.engine import open_clock
from obligations.turn import Refused

GIVEN = utc("2 Apr 09:00")  # Thursday before Easter
NEXT = utc("7 Apr 09:00")
LATER = utc("8 Apr 09:00")


def take(row: Matter, step: str, actor: Any, at: dt.datetime, **facts: Any) -> Matter:
    row = Matter.objects.get(pk=row.pk)
    advance([row], step, actor=actor, at=at, facts=facts)
    return Matter.objects.get(pk=row.pk)


def done(row: Matter, cast, at: dt.datetime) -> Matter:
    proof = evidence.kept("proof.txt", [b"Done."])
    return take(row, "execute", cast.olga, at, executed_at=at, what="Retention set.", proof=proof)


def approved(row: Matter, cast, at: dt.datetime) -> None:
    take(row, "approve_for_us", cast.anna, at, typed_name="Anna")
    take(row, "approve_for_customer", cast.sven, at, typed_name="Sven")


def amended(row: Matter, cast, at: dt.datetime, **agreed: Any) -> Matter:
    """The amendment that names the instruction, signed by both."""
    take(row, "propose_amendment", cast.olga, at, subject="Retention", why="Asked for.")
    change = Matter.objects.get(kind="amendment", parent=row)
    take(change, "agree", cast.olga, at, text=evidence.kept("text.txt", [b"Text."]), **agreed)
    take(change, "sign_for_us", cast.anna, at, signed_by_us_on=at.date(), typed_name="Anna")
    return take(
        change, "sign_for_customer", cast.sven, at, signed_by_customer_on=at.date(), typed_name="Sven"
    )


@pytest.fixture
def acknowledged(cast) -> Matter:
    return take(instruction_of(cast, GIVEN, cast.carl), "acknowledge", cast.olga, GIVEN)


@pytest.fixture
def outside(cast, acknowledged) -> Matter:
    return take(acknowledged, "out_of_scope", cast.olga, GIVEN, why="A new purpose: it needs an amendment.")


@pytest.fixture
def held(cast, acknowledged) -> Matter:
    facts = {"believed_at": utc("2 Apr 10:00"), "law": "Art. 9(1) GDPR"}
    return take(acknowledged, "hold", cast.olga, utc("2 Apr 12:00"), **facts)


def test_an_instruction_is_acknowledged_when_the_customer_has_received_it(cast, acknowledged):
    assert open_clock(acknowledged, "acknowledge").reckoning["target"]["last_day"] == "2026-04-07"
    row = take(acknowledged, "acknowledgment_received", cast.carl, NEXT)
    assert Obligation.objects.get(matter=row, duty="acknowledge").met_at == NEXT


def test_within_the_agreement_it_is_executed_with_proof(cast, acknowledged):
    row = take(acknowledged, "in_scope", cast.olga, NEXT, clause="Appendix 1")
    assert done(row, cast, LATER).state == "executed"
    assert row.evidence.count() == 1


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("everything", "365 AITECH has not approved it, Acme has not approved it, no amendment in force"),
        ("customer", "Acme has not approved it"),
        ("amendment", "no amendment in force names it"),
    ],
)
def test_out_of_scope_is_not_executed_before_both_approvals_and_an_amendment(cast, outside, missing, words):
    if missing == "customer":
        take(outside, "approve_for_us", cast.anna, NEXT, typed_name="Anna")
        amended(outside, cast, NEXT)
    if missing == "amendment":
        approved(outside, cast, NEXT)
    with pytest.raises(Refused, match=words):
        done(outside, cast, LATER)


def test_with_both_approvals_and_the_amendment_in_force_it_is_executed(cast, outside):
    approved(outside, cast, NEXT)
    assert amended(outside, cast, NEXT).state == "in_force"
    assert done(outside, cast, LATER).state == "executed"


def test_an_amendment_that_was_signed_but_is_not_in_force_yet_permits_nothing(cast, outside):
    approved(outside, cast, NEXT)
    amended(outside, cast, NEXT, effective_from=dt.date(2026, 5, 1))
    with pytest.raises(Refused, match="no amendment in force names it"):
        done(outside, cast, LATER)
    assert done(outside, cast, utc("1 May 09:00")).state == "executed"


def test_what_was_done_before_the_signatures_is_not_recorded_as_permitted(cast, outside):
    approved(outside, cast, NEXT)
    amended(outside, cast, NEXT)
    proof = evidence.kept("proof.txt", [b"Done."])
    facts = {"executed_at": utc("3 Apr 09:00"), "what": "Set.", "proof": proof}
    with pytest.raises(Refused, match="It was permitted from Tue 7 April 2026, 09:00 UTC on, not before"):
        take(outside, "execute", cast.olga, LATER, **facts)


def test_another_contract_asks_only_for_a_written_agreement(cast, outside):
    day = dt.date(2026, 1, 1)
    key = "instructions.out_of_scope"
    records.set_term(cast.a, key, "written_agreement", effective_from=day, actor=cast.olga, at=GIVEN)
    approved(outside, cast, NEXT)
    assert done(outside, cast, LATER).state == "executed"


def test_a_changed_instruction_is_approved_anew(cast, outside):
    approved(outside, cast, NEXT)
    amended(outside, cast, NEXT)
    row = take(outside, "change", cast.carl, NEXT, text="For two years.")
    row = take(row, "acknowledge", cast.olga, NEXT)
    row = take(row, "out_of_scope", cast.olga, NEXT, why="Two years are not in the agreement.")
    with pytest.raises(Refused, match="365 AITECH has not approved it"):
        done(row, cast, LATER)


def test_an_amendment_of_another_customer_permits_nothing(cast, outside):
    approved(outside, cast, NEXT)
    change = amended(outside, cast, NEXT)
    Matter.objects.filter(pk=change.pk).update(agreement=cast.b, customer=cast.b.customer, parent=None)
    with pytest.raises(Refused, match="no amendment in force names it"):
        done(outside, cast, LATER)


def test_believed_unlawful_stops_execution_and_starts_the_clock_at_the_belief(cast, held):
    clock = open_clock(held, "inform")
    assert (clock.started_at, clock.due_at) == (utc("2 Apr 10:00"), None)
    assert clock.reckoning["target"]["last_day"] == "2026-04-07"
    with pytest.raises(Refused, match="on hold"):
        done(held, cast, LATER)


def test_an_objection_without_detailed_reasons_is_refused(cast, held):
    with pytest.raises(Refused, match="not detailed"):
        take(held, "object", cast.olga, NEXT, reasons="It is unlawful.")
    assert take(held, "object", cast.olga, NEXT, reasons=REASONS).state == "objected"


def test_the_objection_counts_on_proven_receipt(cast, held):
    row = take(held, "object", cast.olga, NEXT, reasons=REASONS)
    assert open_clock(row, "inform").is_open
    assert Message.objects.get(matter=row, template="instructions/objection").recipient == "carl@acme.example"
    row = take(row, "objection_received", cast.carl, LATER)
    assert Obligation.objects.get(matter=row, duty="inform").met_at == LATER


def test_it_goes_on_when_two_people_find_it_lawful_or_the_customer_changes_it(cast, held):
    take(held, "confirm_lawful", cast.olga, NEXT, reason="The callers were asked.")
    row = take(held, "confirm_lawful", cast.anna, NEXT)
    assert row.state == "acknowledged"
    assert not Obligation.objects.filter(matter=row, duty="inform", state="open").exists()
    assert take(row, "withdraw", cast.carl, LATER, reason="Not needed.").closed_at == LATER
