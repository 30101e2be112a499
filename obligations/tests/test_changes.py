"""A lost update is refused, and the refusal says what the other person did."""

import datetime as dt

import pytest

from conftest import utc
from obligations import corrections
from obligations.actions import advance
from obligations.tests.engine import fresh, nothing_changes, open_clock, proof, reported
from obligations.turn import Refused

AT = utc("27 Mar 18:00")
LATER = AT + dt.timedelta(hours=1)


@pytest.fixture
def case(cast):
    return reported(cast)


def test_a_stale_step_is_told_who_did_what_with_which_facts(cast, case):
    stale = fresh(case.breach)
    corrections.correct(
        fresh(case.breach), "description", "Found in two logs.", reason="More.", actor=cast.dora, at=AT
    )
    told = "description was Found in a log., is Found in two logs"
    with nothing_changes(), pytest.raises(Refused, match=told) as found:
        corrections.correct(stale, "description", "Mine.", reason="x", actor=cast.olga, at=LATER)
    assert "Dora" in str(found.value)


def test_a_stale_send_names_the_text_that_was_sent_meanwhile(cast, case):
    stale = fresh(case.a)
    advance([fresh(case.a)], "send", actor=cast.dora, at=AT, facts={"text": "The first words."})
    with nothing_changes(), pytest.raises(Refused, match=r"Dora, “Send the notice”.*The first words"):
        advance([stale], "send", actor=cast.olga, at=LATER, facts={"text": "Mine."})


def test_a_customer_is_not_told_of_proposals_and_corrections(cast, case):
    row = fresh(case.a)
    advance([fresh(case.a)], "send", actor=cast.olga, at=AT, facts={"text": "We suspect."})
    row.version = fresh(case.a).version
    advance([fresh(case.a)], "retract", actor=cast.olga, at=AT, facts={"reason": "A secret thought."})
    with nothing_changes(), pytest.raises(Refused) as found:
        advance([row], "received", actor=cast.sven, at=LATER)
    assert "secret" not in str(found.value)


def test_nobody_approves_another_extension_than_the_one_that_was_read(cast, case):
    clock = open_clock(case.a, "notify_customer")
    facts = {"due_at": utc("2 Apr 12:00"), "reason": "Agreed.", "evidence": proof(case.a, cast).pk}
    corrections.extend(clock, actor=cast.olga, at=AT, facts=facts)
    read = fresh(case.a).version
    corrections.decline(fresh(case.a), reason="Too short.", actor=cast.olga, at=AT)
    corrections.extend(clock, actor=cast.olga, at=AT, facts={**facts, "due_at": utc("2 May 12:00")})
    with nothing_changes(), pytest.raises(Refused, match="Too short"):
        corrections.extend(clock, actor=cast.anna, at=LATER, seen=read)


def test_nobody_declines_another_proposal_than_the_one_that_was_read(cast, case):
    advance([fresh(case.a)], "retract", actor=cast.olga, at=AT, facts={"reason": "One."})
    read = fresh(case.a).version
    corrections.decline(fresh(case.a), reason="No.", actor=cast.olga, at=AT)
    advance([fresh(case.a)], "retract", actor=cast.dora, at=AT, facts={"reason": "Two."})
    with nothing_changes(), pytest.raises(Refused, match="Two"):
        corrections.decline(fresh(case.a), reason="No.", actor=cast.anna, at=LATER, seen=read)
