"""Clause 12.1: specific consent, general authorisation, and the gate customer by customer."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from accounts.tests.people import proved, sign_in
from conftest import utc
from obligations.actions import advance
from obligations.models import Matter, Message
from obligations.tests.engine import fresh, nothing_changes, open_clock, rounds
from obligations.turn import Refused
from subprocessors import gate
from subprocessors.tests.builders import entered, general, proposed, with_contract

AT = utc("2 Mar 09:00")
LATER = utc("3 Mar 09:00")
STARTS_ON = dt.date(2026, 5, 4)
BUSINESS_DAYS_10 = {"business_days": 10, "minimum": True}


def asked(cast, *agreements, starts_on=STARTS_ON) -> list[Matter]:
    """Nimbus, with a contract, proposed on 2 March; each question received on 3 March, 09:00 UTC."""
    row = with_contract(cast, entered(cast, AT), AT)
    questions = proposed(cast, row, AT, list(agreements), starts_on)
    advance(questions, "send", actor=cast.olga, at=AT, facts={"text": "It transcribes calls."})
    from accounts.roles import SYSTEM

    advance([fresh(one) for one in questions], "received", actor=SYSTEM, at=LATER)
    return [fresh(one) for one in questions]


def signs(cast, question: Matter, who, step: str = "grant", **facts) -> None:
    """The signatory's own answer."""
    known = {"typed_name": who.name, **({"list_version": "1"} if step == "grant" else {"reason": "No."})}
    advance([fresh(question)], step, actor=who, at=LATER, facts={**known, **facts})


def verdict(question: Matter, at: dt.datetime) -> str:
    """Where its customer stands on a start at that instant."""
    found = gate.clearances([question.parent], at)[question.parent_id]
    return next(one.state for one in found if one.consent.pk == question.pk)


def start(cast, question: Matter, at: dt.datetime = LATER) -> None:
    advance([fresh(question.parent)], "activate", actor=cast.olga, at=at)


# --- specific consent ------------------------------------------------------------------------------------


def test_silence_is_not_consent_however_long_it_lasts(cast):
    (question,) = asked(cast, cast.a)
    late = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    assert verdict(question, late) == "waiting"
    with pytest.raises(Refused, match=r"Acme has not consented\. Silence is not consent"):
        start(cast, question, late)


def test_a_start_is_refused_with_the_names_of_those_who_are_missing(cast):
    a, b = asked(cast, cast.a, cast.b)
    signs(cast, a, cast.sven)
    with pytest.raises(Refused) as refusal, nothing_changes():
        start(cast, a)
    assert "Bodega has not consented" in str(refusal.value) and "Acme" not in str(refusal.value)
    signs(cast, b, cast.berta)
    start(cast, a)
    assert fresh(a.parent).state == "active"


def test_a_customer_that_objected_is_left_out_and_the_others_go_on(cast):
    a, b = asked(cast, cast.a, cast.b)
    signs(cast, a, cast.sven)
    signs(cast, b, cast.berta, "object")
    with pytest.raises(Refused, match="Bodega has objected"):
        start(cast, a)
    advance([fresh(b)], "leave_out", actor=cast.olga, at=LATER, facts={"reason": "Another service."})
    start(cast, a)
    assert (verdict(a, LATER), verdict(b, LATER)) == ("cleared", "left out")


def test_a_consent_names_who_when_and_to_which_version(cast):
    (question,) = asked(cast, cast.a)
    with pytest.raises(Refused, match="version 1 of the list, not 2"), nothing_changes():
        signs(cast, question, cast.sven, list_version="2")
    signs(cast, question, cast.sven)
    found = question.entries.get(step="grant")
    assert (found.actor_name, found.facts) == ("Sven", {"typed_name": "Sven", "list_version": "1"})


def test_a_contact_who_is_no_signatory_cannot_consent(cast):
    (question,) = asked(cast, cast.a)
    with pytest.raises(Refused):
        signs(cast, question, cast.carl)


def test_a_consent_that_is_withdrawn_stops_the_flow_promptly(cast):
    (question,) = asked(cast, cast.a)
    signs(cast, question, cast.sven)
    start(cast, question)
    signs(cast, question, cast.sven, "withdraw")
    assert open_clock(question, "stop").reckoning["target"]["last_day"] == "2026-03-04"
    assert verdict(question, LATER) == "objected"
    advance([fresh(question)], "stopped", actor=cast.olga, at=LATER, facts={"how": "Routed elsewhere."})
    assert rounds(question, "stop")[0].state == "met"


def test_an_objection_before_the_start_stops_no_flow(cast):
    (question,) = asked(cast, cast.a)
    signs(cast, question, cast.sven, "object")
    assert rounds(question, "stop") == []


def test_a_customer_is_asked_before_the_start_with_time_to_answer(cast):
    (question,) = proposed(cast, entered(cast, AT), AT, [cast.a], STARTS_ON)
    clock = open_clock(question, "ask")
    assert clock.reckoning["due"]["last_day"] == "2026-05-03"
    assert clock.reckoning["target"]["last_day"] == "2026-04-03"


def test_nobody_is_asked_twice(cast):
    (question,) = asked(cast, cast.a)
    facts = {"agreements": [cast.a.pk, cast.b.pk], "starts_on": STARTS_ON}
    with pytest.raises(Refused, match="Asked already: Acme"), nothing_changes():
        advance([fresh(question.parent)], "ask_more", actor=cast.olga, at=LATER, facts=facts)


def test_a_start_that_is_not_ahead_is_refused(cast):
    with pytest.raises(Refused, match="is not ahead"):
        proposed(cast, entered(cast, AT), AT, [cast.a], AT.date())


def test_a_dropped_proposal_voids_its_questions(cast):
    (question,) = asked(cast, cast.a)
    advance([fresh(question.parent)], "drop", actor=cast.olga, at=LATER, facts={"reason": "Too dear."})
    assert fresh(question).state == "void"
    assert rounds(question, "answer")[0].state == "lapsed"


def test_the_question_is_a_notice_to_the_customer(cast):
    (question,) = asked(cast, cast.a)
    letter = Message.objects.get(matter=question, entry__isnull=False)
    assert (letter.recipient, letter.template) == ("carl@acme.example", "subprocessors/consent")


# --- general authorisation -------------------------------------------------------------------------------


def test_silence_counts_after_the_window_where_the_terms_say_so(cast):
    general(cast.a)  # 30 days from Tuesday 3 March: until 2 April, 24:00 in Berlin
    (question,) = asked(cast, cast.a)
    assert verdict(question, utc("2 Apr 21:59")) == "waiting"
    assert verdict(question, utc("2 Apr 22:00")) == "cleared"
    start(cast, question, utc("2 Apr 22:00"))
    assert fresh(question.parent).state == "active"


def test_silence_in_the_window_never_counts_where_it_means_no_consent(cast):
    general(cast.a, silence="no_consent")
    (question,) = asked(cast, cast.a)
    assert verdict(question, utc("1 Dec 09:00")) == "waiting"


def test_silence_is_closed_by_an_officer_only_after_the_window(cast):
    general(cast.a)
    (question,) = asked(cast, cast.a)
    with pytest.raises(Refused, match="silence of Acme counts from 2 April 2026, 22:00 UTC"):
        advance([question], "deem", actor=cast.olga, at=utc("1 Apr 09:00"))
    advance([fresh(question)], "deem", actor=cast.olga, at=utc("3 Apr 09:00"))
    assert rounds(question, "answer")[0].state == "lapsed"


def test_a_start_may_lie_before_the_end_of_the_objection_window(cast):
    """Ten business days of notice and thirty days to object: the window ends after the change takes effect."""
    general(cast.a, notice_before=BUSINESS_DAYS_10, start_after="notice")
    (question,) = asked(cast, cast.a)  # ten business days from 3 March: over with Tuesday 17 March in Berlin
    assert verdict(question, utc("17 Mar 22:59")) == "waiting"
    assert verdict(question, utc("17 Mar 23:00")) == "cleared"
    start(cast, question, utc("18 Mar 09:00"))
    known = {"typed_name": "Sven", "reason": "We object."}
    advance([fresh(question)], "object", actor=cast.sven, at=utc("30 Mar 09:00"), facts=known)
    assert verdict(question, utc("30 Mar 09:00")) == "objected"
    assert open_clock(question, "stop").is_open


def test_the_same_notice_waits_for_the_window_where_the_contract_says_so(cast):
    general(cast.a, notice_before=BUSINESS_DAYS_10)
    (question,) = asked(cast, cast.a)
    assert verdict(question, utc("18 Mar 09:00")) == "waiting"
    assert verdict(question, utc("2 Apr 22:00")) == "cleared"


def test_a_start_earlier_than_the_minimum_notice_is_refused(cast):
    general(cast.a, notice_before=BUSINESS_DAYS_10)
    with pytest.raises(Refused, match="Acme must be told in time: the earliest start is 17 March 2026"):
        proposed(cast, entered(cast, AT), AT, [cast.a], dt.date(2026, 3, 16))
    assert proposed(cast, entered(cast, AT, "Other"), AT, [cast.a], dt.date(2026, 3, 17))


def test_an_unread_question_clears_nobody(cast):
    general(cast.a)
    (question,) = proposed(cast, entered(cast, AT), AT, [cast.a], STARTS_ON)
    assert verdict(question, utc("1 Dec 09:00")) == "waiting"


# --- boards ----------------------------------------------------------------------------------------------


@pytest.fixture
def olga(cast, client):
    client.force_login(
        User.objects.get(pk=cast.olga.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    return client


def test_the_gate_counts_who_is_cleared_who_objected_who_waits(cast, olga):
    a, b = asked(cast, cast.a, cast.b)
    signs(cast, a, cast.sven)
    signs(cast, b, cast.berta, "object")
    page = olga.get(reverse("gate", args=[a.parent.public_reference]), {"on": "2026-05-04"})
    assert dict(page.context["counts"]) == {
        "cleared": 1,
        "objected": 1,
        "waiting": 0,
        "not asked": 1,
        "left out": 0,
    }
    assert "Celtic has not been asked" in page.content.decode()


def test_the_matrix_shows_every_customer_and_sub_processor(cast, olga):
    (question,) = asked(cast, cast.a)
    page = olga.get(reverse("consents")).content.decode()
    for words in ("Nimbus", "Acme", "Bodega", "waiting", "not asked"):
        assert words in page
    assert question.parent.public_reference in page


def test_boards_are_for_the_house(cast, client):
    client.force_login(
        User.objects.get(pk=cast.sven.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    assert client.get(reverse("consents")).status_code == 403


def test_the_gate_costs_the_same_for_three_customers_as_for_one(cast, django_assert_num_queries):
    (question,) = asked(cast, cast.a)
    parent, agreements = question.parent, gate.live_agreements()
    for some in (agreements[:1], agreements):
        with django_assert_num_queries(4):
            gate.clearances([parent], LATER, some)


def test_a_customer_that_withdraws_by_itself_starts_our_clock_though_it_sees_nothing_of_ours(cast):
    """The scope of its request hides the sub-processor, which is the house's own."""
    (question,) = asked(cast, cast.a)
    signs(cast, question, cast.sven)
    start(cast, question)
    row, sven = fresh(question), proved(sign_in("sven"))
    form = {"seen": row.version, "typed_name": "Sven", "intends": "on", "reason": "We changed our mind."}
    answer = sven.post(reverse("step", args=[row.public_reference, "withdraw"]), form)
    assert answer.status_code == 302
    assert open_clock(question, "stop").is_open
