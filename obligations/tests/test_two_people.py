"""Steps that need two people: one proposes, another approves, and the database refuses one person as both."""

import pytest
from django.db import IntegrityError, transaction

from accounts.roles import Actor
from conftest import utc
from obligations.actions import advance
from obligations.facts import InvalidFacts
from obligations.models import Entry
from obligations.tests.engine import fresh, nothing_changes, open_clock, reported, rounds
from obligations.turn import Refused

AT = utc("27 Mar 18:00")
LATER = utc("27 Mar 19:00")
WHY = {"reason": "It was our own test."}


@pytest.fixture
def case(cast):
    return reported(cast)


@pytest.fixture
def both(cast) -> Actor:
    """Olga, when she is officer and approver at the same time."""
    return Actor("Olga", cast.olga.user_id, house=frozenset({"officer", "approver"}))


def proposed(cast, rows) -> None:
    outcome = advance(rows, "retract", actor=cast.olga, at=AT, facts=WHY)
    assert (outcome.proposed, outcome.done) == (tuple(row.pk for row in rows), ())


def test_a_proposal_writes_an_entry_and_moves_nothing(cast, case):
    proposed(cast, [case.a])
    row, made = fresh(case.a), Entry.objects.get(matter=case.a, step="retract")
    assert (row.state, row.proposal_id, row.version) == ("owed", made.pk, case.a.version + 1)
    assert (made.proposed, made.from_state, made.to_state, made.two_people) == (True, "owed", "owed", False)
    assert open_clock(case.a, "notify_customer")


def test_an_approval_names_both_and_keeps_the_proposed_facts(cast, case):
    proposed(cast, [case.a])
    advance([fresh(case.a)], "retract", actor=cast.anna, at=LATER)
    row, made = fresh(case.a), Entry.objects.get(matter=case.a, step="retract", proposed=False)
    assert (row.state, row.proposal_id, row.closed_at) == ("retracted", None, LATER)
    assert (made.actor_name, made.proposer_name, made.two_people, made.facts) == ("Anna", "Olga", True, WHY)
    assert made.proposal.proposed
    assert {o.state for o in rounds(case.a, "notify_customer")} == {"lapsed"}


def test_who_proposed_cannot_approve(cast, case, both):
    proposed(cast, [case.a])
    with nothing_changes(), pytest.raises(Refused, match="You proposed this yourself") as found:
        advance([fresh(case.a)], "retract", actor=both, at=LATER)
    assert found.value.code == "two-people"


def test_an_approver_needs_a_proposal(cast, case):
    with nothing_changes(), pytest.raises(Refused, match="officer must propose it first") as found:
        advance([case.a], "retract", actor=cast.anna, at=AT, facts=WHY)
    assert found.value.code == "two-people"


def test_a_second_officer_is_told_that_it_waits_for_an_approver(cast, case):
    proposed(cast, [case.a])
    with nothing_changes(), pytest.raises(Refused, match="Olga has proposed this already; it waits for app"):
        advance([fresh(case.a)], "retract", actor=cast.dora, at=LATER, facts=WHY)


def test_a_proposal_needs_its_facts(cast, case):
    with nothing_changes(), pytest.raises(InvalidFacts, match="reason"):
        advance([case.a], "retract", actor=cast.olga, at=AT, facts={})


def test_an_approval_sent_twice_is_refused(cast, case):
    proposed(cast, [case.a])
    page = fresh(case.a)
    advance([page], "retract", actor=cast.anna, at=LATER)
    with nothing_changes(), pytest.raises(Refused, match="was already retracted"):
        advance([page], "retract", actor=cast.anna, at=LATER)


def test_an_approval_of_what_has_changed_since_is_refused(cast, case):
    proposed(cast, [case.a])
    stale = fresh(case.a)
    advance([fresh(case.a)], "send", actor=cast.olga, at=AT, facts={"text": "We suspect a breach."})
    with nothing_changes(), pytest.raises(Refused):
        advance([stale], "retract", actor=cast.anna, at=LATER)


def test_one_person_cannot_slip_an_unproposed_matter_into_an_approved_batch(cast, case):
    """Dora is officer and approver: she approves A, and may only propose B."""
    proposed(cast, [case.a])
    dora = Actor("Dora", cast.dora.user_id, house=frozenset({"officer", "approver"}))
    try:
        advance([fresh(case.a), case.b], "retract", actor=dora, at=LATER, facts=WHY, partial=True)
    except Refused:
        assert fresh(case.a).state == "owed"
    assert fresh(case.b).state == "owed"


def test_each_matter_of_an_approved_batch_keeps_its_own_proposed_facts(cast, case):
    advance([case.a], "retract", actor=cast.olga, at=AT, facts={"reason": "First."})
    advance([case.b], "retract", actor=cast.olga, at=AT, facts={"reason": "Second."})
    advance([fresh(case.a), fresh(case.b)], "retract", actor=cast.anna, at=LATER)
    approvals = Entry.objects.filter(step="retract", proposed=False)
    assert {e.matter_id: e.facts["reason"] for e in approvals} == {
        case.a.pk: "First.",
        case.b.pk: "Second.",
    }


@pytest.mark.parametrize("proposer", ["olga", None])
def test_the_database_refuses_one_person_as_two(cast, case, proposer):
    row = Entry(
        matter=case.a,
        customer_id=case.a.customer_id,
        step="retract",
        from_state="owed",
        to_state="retracted",
        at=AT,
        recorded_at=AT,
        actor_id=cast.olga.user_id,
        actor_name="Olga",
        two_people=True,
        proposer_id=cast.olga.user_id if proposer else None,
    )
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.bulk_create([row])


def alone(case, cast, **changes: object) -> Entry:
    values = {
        "step": "retract",
        "from_state": "owed",
        "to_state": "retracted",
        "actor_name": "Olga",
        **changes,
    }
    return Entry(
        matter=case.a,
        customer_id=case.a.customer_id,
        at=AT,
        recorded_at=AT,
        actor_id=cast.olga.user_id,
        **values,
    )


@pytest.mark.parametrize("step", ["retract", "extend", "waive"])
def test_the_database_refuses_a_step_of_two_people_that_names_only_one(cast, case, step):
    with nothing_changes(), pytest.raises(IntegrityError, match="two people"), transaction.atomic():
        Entry.objects.bulk_create([alone(case, cast, step=step)])


def test_the_database_refuses_an_approval_of_what_nobody_else_proposed(cast, case):
    mine = alone(case, cast, proposed=True)
    Entry.objects.bulk_create([mine])
    for proposal, proposer in ((mine, cast.anna), (Entry.objects.filter(matter=case.a).first(), cast.anna)):
        wrong = alone(case, cast, two_people=True, proposal=proposal, proposer_id=proposer.user_id)
        with pytest.raises(IntegrityError), transaction.atomic():
            Entry.objects.bulk_create([wrong])
