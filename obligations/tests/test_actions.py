"""advance and acknowledge: what they write, and that a refusal writes nothing."""

import datetime as dt

import pytest

from conftest import add_agreement, report_breach, utc
from obligations.actions import acknowledge, advance
from obligations.facts import InvalidFacts
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.engine import REPORTED, actor, fresh, nothing_changes, open_clock, reported
from obligations.turn import Refused

SENT = utc("27 Mar 17:30")
TEXT = {"text": "We suspect a breach."}


@pytest.fixture
def case(cast):
    return reported(cast)


def refused(code: str, *args, **kwargs) -> Refused:
    """The refusal of an `advance` that changes nothing."""
    with nothing_changes(), pytest.raises(Refused) as found:
        advance(*args, **kwargs)
    assert found.value.code == code
    return found.value


@pytest.mark.parametrize("letters", ["a", "abc"])
def test_one_is_a_batch_of_one(cast, case, letters):
    rows = [getattr(case, letter) for letter in letters]
    outcome = advance(rows, "send", actor=cast.olga, at=SENT, facts=TEXT)
    assert outcome.done == tuple(row.pk for row in rows) and not outcome.refused
    for row in rows:
        assert (fresh(row).state, fresh(row).version) == ("sent", row.version + 1)
        made = Entry.objects.get(matter=row, step="send")
        assert (made.from_state, made.to_state, made.at, made.recorded_at) == ("owed", "sent", SENT, SENT)
        assert (made.actor_id, made.actor_name, made.facts) == (cast.olga.user_id, "Olga", TEXT)
        assert Message.objects.filter(entry=made).count() == 1


def test_an_empty_batch_does_nothing(cast):
    with nothing_changes():
        assert advance([], "send", actor=cast.olga, at=SENT, facts=TEXT).done == ()


def test_each_matter_may_have_its_own_instant(cast, case):
    at = {case.a.pk: SENT, case.b.pk: utc("27 Mar 17:20")}
    advance([case.a, case.b], "send", actor=cast.olga, at=at, facts=TEXT)
    assert {e.matter_id: e.at for e in Entry.objects.filter(step="send")} == at
    assert {e.recorded_at for e in Entry.objects.filter(step="send")} == {SENT}


def test_two_kinds_in_one_batch_are_refused(cast, case):
    with nothing_changes(), pytest.raises(ValueError, match="One batch, one kind"):
        advance([case.breach, case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)


def test_a_step_from_a_wrong_state_says_what_is_and_what_is_needed(cast, case):
    words = str(refused("wrong-state", [case.a], "authority_informed", actor=cast.olga, at=SENT,
                        facts={"informed_at": SENT}))  # fmt: skip
    assert f"{case.a.reference} is owed since 27 Mar 17:00 UTC (Olga)" in words
    assert "needs it to be received" in words and "Nothing was changed" in words


def test_a_double_click_says_who_did_it_already(cast, case):
    advance([case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)
    for version in (case.a.version, case.a.version + 1):
        case.a.version = version
        words = str(refused("wrong-state", [case.a], "send", actor=cast.dora, at=SENT, facts=TEXT))
        assert f"{case.a.reference} was already sent on 27 Mar 17:30 UTC by Olga" in words


def test_a_lost_update_is_refused_by_version(cast, case):
    stale = fresh(case.a)
    advance([case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)
    advance([fresh(case.a)], "received", actor=cast.carl, at=utc("27 Mar 18:00"))
    words = str(
        refused("wrong-state", [stale], "supplement", actor=cast.olga, at=utc("27 Mar 18:01"), facts=TEXT)
    )
    assert "Carl changed" in words and "look at it again" in words


def test_a_role_that_may_not_take_the_step_is_told_who_may(cast, case):
    words = str(refused("forbidden", [case.a], "send", actor=cast.aude, at=SENT, facts=TEXT))
    assert words == "Aude may not take “Send the notice”: it is for compliance officer."


def test_a_person_of_another_customer_is_refused(cast, case):
    advance(case.all, "send", actor=cast.olga, at=SENT, facts=TEXT)
    refused("forbidden", [fresh(case.a)], "received", actor=cast.cora, at=utc("27 Mar 18:00"))


def test_an_instant_in_the_future_is_refused(cast, case):
    words = str(
        refused("impossible-time", [case.a], "send", actor=cast.olga, at=SENT, now=REPORTED, facts=TEXT)
    )
    assert "27 March 2026, 17:30 UTC lies in the future; it is now" in words


def test_an_instant_before_the_opening_is_refused(cast, case):
    at = utc("27 Mar 16:59")
    words = str(refused("impossible-time", [case.a], "send", actor=cast.olga, at=at, now=SENT, facts=TEXT))
    assert f"is before {case.a.reference} began" in words


@pytest.mark.parametrize("now", [None, SENT])
def test_a_naive_instant_is_refused(cast, case, now):
    with nothing_changes(), pytest.raises(ValueError, match="no time zone"):
        advance([case.a], "send", actor=cast.olga, at=dt.datetime(2026, 3, 27, 17, 30), now=now, facts=TEXT)


@pytest.mark.parametrize(
    ("facts", "name"),
    [({}, "text"), ({"text": ""}, "text"), ({"text": 5}, "text"), ({**TEXT, "colour": "red"}, "colour")],
)
def test_wrong_facts_of_a_step_change_nothing(cast, case, facts, name):
    with nothing_changes(), pytest.raises(InvalidFacts) as found:
        advance(case.all, "send", actor=cast.olga, at=SENT, facts=facts)
    assert list(found.value.problems) == [name]


def test_an_agreement_without_a_notice_contact_cannot_be_told(cast):
    lonely = add_agreement(cast, "Lonely")
    breach = report_breach(cast, [lonely], REPORTED)
    notice = Matter.objects.get(parent=breach)
    words = str(refused("no-contact", [notice], "send", actor=cast.olga, at=SENT, facts=TEXT))
    assert "has no notice contact. Add one" in words


def test_one_refusal_refuses_the_whole_batch(cast, case):
    advance([case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)
    found = refused(
        "wrong-state", [fresh(case.a), case.b, case.c], "send", actor=cast.olga, at=SENT, facts=TEXT
    )
    assert set(found.reasons) == {case.a.pk}


def test_a_partial_batch_does_what_it_can_and_lists_the_rest(cast, case):
    advance([case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)
    outcome = advance(
        [fresh(case.a), case.b, case.c], "send", actor=cast.olga, at=SENT, facts=TEXT, partial=True
    )
    assert outcome.done == (case.b.pk, case.c.pk)
    assert list(outcome.refused) == [case.a.pk]
    assert fresh(case.a).version == 2 and Entry.objects.filter(step="send").count() == 3


def test_a_partial_batch_of_refusals_changes_nothing(cast, case):
    with nothing_changes():
        outcome = advance(case.all, "received", actor=cast.carl, at=SENT, partial=True)
    assert outcome.done == () and set(outcome.refused) == {m.pk for m in case.all}


def two_kinds_of_trouble(cast, case) -> dict[str, object]:
    """A was sent already; B's instant lies before its opening; C is in order."""
    advance([case.a], "send", actor=cast.olga, at=SENT, facts=TEXT)
    at = {case.a.pk: SENT, case.b.pk: utc("27 Mar 16:00"), case.c.pk: SENT}
    rows = [fresh(case.a), case.b, case.c]
    return {"matters": rows, "step": "send", "actor": cast.olga, "at": at, "now": SENT, "facts": TEXT}


def test_a_partial_batch_checks_every_rule_on_every_matter(cast, case):
    outcome = advance(**two_kinds_of_trouble(cast, case), partial=True)
    assert outcome.done == (case.c.pk,)
    assert set(outcome.refused) == {case.a.pk, case.b.pk}


def test_a_refusal_lists_every_reason(cast, case):
    batch = two_kinds_of_trouble(cast, case)
    with nothing_changes(), pytest.raises(Refused) as found:
        advance(**batch)
    assert set(found.value.reasons) == {case.a.pk, case.b.pk}


def test_acknowledging_stops_the_escalation_once_and_writes_one_entry(cast, case):
    row = open_clock(case.a, "notify_customer")
    assert acknowledge([row], actor=cast.olga, at=SENT) == 1
    with nothing_changes():
        assert acknowledge([row], actor=cast.dora, at=utc("27 Mar 17:31")) == 0
    row.refresh_from_db()
    assert (row.state, row.acknowledged_at, row.acknowledged_by_id) == ("open", SENT, cast.olga.user_id)
    assert Entry.objects.get(step="acknowledge").facts["duty"] == "notify_customer"


@pytest.mark.parametrize("role", ["auditor", "contact", "signatory"])
def test_who_is_not_alerted_cannot_acknowledge(case, role):
    rows = Obligation.objects.filter(matter__in=case.all)
    with nothing_changes(), pytest.raises(Refused, match="may not acknowledge"):
        acknowledge(rows, actor=actor(role, case.a.customer_id), at=SENT)
