"""correct, extend and waive: old and new are kept, late stays late, and a debtor cannot forgive itself."""

import pytest

from conftest import utc
from obligations.actions import advance
from obligations.corrections import correct, extend, waive
from obligations.facts import InvalidFacts
from obligations.models import Entry
from obligations.reading import clock
from obligations.tests.engine import (
    REPORTED,
    actor,
    fresh,
    nothing_changes,
    open_clock,
    proof,
    reported,
    rounds,
)
from obligations.turn import Refused

AT = utc("27 Mar 19:00")
DUE_A = utc("28 Mar 17:00")  # Acme's negotiated 24 hours
WHY = {"reason": "The customer asked for it."}


@pytest.fixture
def case(cast):
    return reported(cast)


def corrected(cast, case, value=None, at=AT) -> Entry:
    value = value or utc("27 Mar 15:00")
    return correct(
        fresh(case.breach), "suspected_at", value, reason="The log shows it.", actor=cast.olga, at=at
    )


def verdict(row, at) -> str:
    return clock(row, at).verdict


# --- correct ---------------------------------------------------------------------------------------------


def test_a_correction_before_the_notice_counts_open_clocks_anew_and_keeps_the_old_round(cast, case):
    corrected(cast, case)
    old, new = rounds(case.a, "notify_customer")
    assert (old.state, old.round, old.started_at, old.due_at) == ("lapsed", 1, REPORTED, DUE_A)
    assert (new.state, new.round, new.occurrence) == ("open", 2, 1)
    assert (new.started_at, new.target_at, new.due_at) == (
        utc("27 Mar 15:00"),
        utc("27 Mar 19:00"),
        utc("28 Mar 15:00"),
    )
    assert new.reckoning["start"] == "2026-03-27T15:00:00+00:00"
    assert new.next_alert_at == AT


def test_a_correction_reaches_every_notice_and_each_has_its_entry(cast, case):
    corrected(cast, case)
    for notice in case.all:
        assert [row.state for row in rounds(notice, "first_report")] == ["lapsed", "open"]
    made = Entry.objects.filter(step="correct")
    assert {e.matter_id for e in made} == {m.pk for m in (case.breach, *case.all)}
    assert {(e.facts["old"], e.facts["new"]) for e in made} == {
        ("2026-03-27T17:00:00+00:00", "2026-03-27T15:00:00+00:00")
    }


def test_the_detail_keeps_both_values(cast, case):
    corrected(cast, case)
    breach = fresh(case.breach).breach
    assert breach.suspected_at == utc("27 Mar 15:00")
    assert {h.suspected_at for h in breach.history.all()} == {REPORTED, utc("27 Mar 15:00")}


def test_met_clocks_are_frozen(cast, case):
    advance([case.a], "send", actor=cast.olga, at=utc("27 Mar 18:00"), facts={"text": "We suspect."})
    advance([fresh(case.a)], "received", actor=cast.carl, at=utc("27 Mar 18:30"))
    corrected(cast, case)
    (row,) = rounds(case.a, "notify_customer")
    assert (row.state, row.started_at, row.met_at) == ("met", REPORTED, utc("27 Mar 18:30"))


def test_a_correction_to_a_later_start_never_makes_late_on_time(cast, case):
    at = utc("28 Mar 18:00")
    assert verdict(open_clock(case.a, "notify_customer"), at) == "late"
    corrected(cast, case, value=utc("28 Mar 10:00"), at=at)
    row = open_clock(case.a, "notify_customer")
    assert row.due_at <= DUE_A
    assert verdict(row, at) == "late"


def test_a_correction_to_an_earlier_start_may_make_it_late_at_once(cast, case):
    corrected(cast, case, value=utc("26 Mar 12:00"))
    assert verdict(open_clock(case.a, "notify_customer"), AT) == "late"


def test_a_notice_keeps_the_corrected_value_as_old_when_it_is_corrected_again(cast, case):
    for value in ("27 Mar 15:00", "27 Mar 14:00"):
        made = correct(
            fresh(case.a), "suspected_at", utc(value), reason="Looked again.", actor=cast.olga, at=AT
        )
    assert made.facts["old"] == "2026-03-27T15:00:00+00:00"


@pytest.mark.parametrize(
    ("fact", "value", "reason", "name"),
    [
        ("colour", "red", "Why.", "colour"),
        ("suspected_at", "yesterday", "Why.", "suspected_at"),
        ("suspected_at", utc("27 Mar 15:00"), "", "reason"),
        ("suspected_at", utc("27 Mar 23:00"), "Why.", "suspected_at"),  # in the future
        ("suspected_at", None, "Why.", "suspected_at"),
    ],
)
def test_a_correction_that_cannot_be_is_refused_in_words(cast, case, fact, value, reason, name):
    with nothing_changes(), pytest.raises(InvalidFacts) as found:
        correct(case.breach, fact, value, reason=reason, actor=cast.olga, at=AT)
    assert list(found.value.problems) == [name]


def test_an_impossible_correction_is_refused_in_words(cast, case):
    with nothing_changes(), pytest.raises((InvalidFacts, Refused)):
        correct(
            case.breach, "happened_at", utc("27 Mar 18:00"), reason="Later.", actor=cast.olga, at=AT
        )  # after it was suspected


def test_an_optional_fact_can_be_emptied_or_says_why_not(cast, case):
    correct(case.breach, "sub_processor", "MongoDB", reason="Named.", actor=cast.olga, at=AT)
    try:
        correct(fresh(case.breach), "sub_processor", "", reason="Not they.", actor=cast.olga, at=AT)
    except (InvalidFacts, Refused):
        assert fresh(case.breach).breach.sub_processor == "MongoDB"
    else:
        assert fresh(case.breach).breach.sub_processor == ""


@pytest.mark.parametrize("role", ["admin", "approver", "auditor", "contact", "signatory", "machine"])
def test_only_officers_correct(case, role):
    with nothing_changes(), pytest.raises(Refused, match="it is for officers"):
        correct(
            case.a,
            "suspected_at",
            utc("27 Mar 15:00"),
            reason="Why.",
            actor=actor(role, case.a.customer_id),
            at=AT,
        )


def test_a_correction_of_what_has_changed_since_is_refused(cast, case):
    stale = fresh(case.breach)
    corrected(cast, case)
    with nothing_changes(), pytest.raises(Refused, match="Somebody changed this"):
        correct(stale, "suspected_at", utc("27 Mar 14:00"), reason="Why.", actor=cast.olga, at=AT)


# --- extend and waive ------------------------------------------------------------------------------------


def with_proof(cast, case, **facts: object) -> dict[str, object]:
    return {**WHY, **facts, "evidence": proof(case.a, cast).pk}


def test_a_waiver_by_two_people_with_the_customers_letter_ends_the_obligation(cast, case):
    row = open_clock(case.a, "notify_customer")
    assert waive(row, actor=cast.olga, at=AT, facts=with_proof(cast, case)).proposed
    assert open_clock(case.a, "notify_customer").pk == row.pk
    made = waive(row, actor=cast.anna, at=utc("27 Mar 20:00"))
    row.refresh_from_db()
    assert (row.state, row.met_at, row.ended_at, row.next_alert_at) == (
        "waived",
        None,
        utc("27 Mar 20:00"),
        None,
    )
    assert (made.two_people, made.actor_name, made.proposer_name) == (True, "Anna", "Olga")


def test_an_extension_is_a_new_round_with_the_old_one_visible(cast, case):
    row = open_clock(case.a, "notify_customer")
    facts = with_proof(cast, case, due_at=utc("29 Mar 12:00"))
    extend(row, actor=cast.olga, at=AT, facts=facts)
    extend(row, actor=cast.anna, at=AT)
    old, new = rounds(case.a, "notify_customer")
    assert (old.state, old.due_at) == ("lapsed", DUE_A)
    assert (new.state, new.round, new.due_at, new.started_at) == ("open", 2, utc("29 Mar 12:00"), REPORTED)
    assert "extended" in new.period and new.reckoning["extended"]["evidence"] == facts["evidence"]


def test_the_customers_signatory_may_propose_without_a_letter(cast, case):
    row = open_clock(case.a, "notify_customer")
    waive(row, actor=cast.sven, at=AT, facts=WHY)
    waive(row, actor=cast.anna, at=AT)
    row.refresh_from_db()
    assert row.state == "waived"


@pytest.mark.parametrize("verb", [extend, waive])
def test_a_debtor_cannot_forgive_itself(cast, case, verb):
    facts = {**WHY, "due_at": utc("29 Mar 12:00")} if verb is extend else WHY
    with nothing_changes(), pytest.raises(InvalidFacts, match="written agreement"):
        verb(open_clock(case.a, "notify_customer"), actor=cast.olga, at=AT, facts=facts)


def test_a_letter_on_another_matter_proves_nothing_here(cast, case):
    facts = {**WHY, "evidence": proof(case.b, cast).pk}
    with nothing_changes(), pytest.raises(InvalidFacts, match="written agreement"):
        waive(open_clock(case.a, "notify_customer"), actor=cast.olga, at=AT, facts=facts)


@pytest.mark.parametrize("who", ["olga", "dora", "adam", "aude", "sven"])
def test_only_a_second_person_an_approver_can_approve(cast, case, who):
    row = open_clock(case.a, "notify_customer")
    waive(row, actor=cast.olga, at=AT, facts=with_proof(cast, case))
    with nothing_changes(), pytest.raises(Refused, match="A second person, an approver"):
        waive(row, actor=getattr(cast, who), at=AT)


@pytest.mark.parametrize("role", ["admin", "approver", "auditor", "contact", "machine"])
def test_only_an_officer_or_the_customers_signatory_can_propose(cast, case, role):
    facts = with_proof(cast, case)
    with nothing_changes(), pytest.raises(Refused, match="must propose this first"):
        waive(
            open_clock(case.a, "notify_customer"), actor=actor(role, case.a.customer_id), at=AT, facts=facts
        )


def test_a_signatory_of_another_customer_cannot_propose(cast, case):
    with nothing_changes(), pytest.raises(Refused):
        waive(open_clock(case.a, "notify_customer"), actor=cast.berta, at=AT, facts=WHY)


def test_an_approval_is_for_the_obligation_that_was_proposed(cast, case):
    waive(open_clock(case.a, "notify_customer"), actor=cast.olga, at=AT, facts=with_proof(cast, case))
    with nothing_changes(), pytest.raises(Refused, match="Another proposal waits"):
        waive(open_clock(case.a, "first_report"), actor=cast.anna, at=AT)


def test_an_extension_must_be_later(cast, case):
    facts = with_proof(cast, case, due_at=DUE_A)
    with nothing_changes(), pytest.raises(InvalidFacts, match="not later than the due time"):
        extend(open_clock(case.a, "notify_customer"), actor=cast.olga, at=AT, facts=facts)


def test_what_has_ended_cannot_change(cast, case):
    row = open_clock(case.a, "notify_customer")
    waive(row, actor=cast.sven, at=AT, facts=WHY)
    waive(row, actor=cast.anna, at=AT)
    with nothing_changes(), pytest.raises(Refused, match="is waived already"):
        waive(row, actor=cast.sven, at=AT, facts=WHY)


def test_an_extension_never_makes_late_on_time(cast, case):
    late = utc("28 Mar 18:00")
    row = open_clock(case.a, "notify_customer")
    try:
        extend(row, actor=cast.sven, at=late, facts={**WHY, "due_at": utc("30 Mar 12:00")})
        extend(row, actor=cast.anna, at=late)
    except (InvalidFacts, Refused):
        pass
    assert verdict(open_clock(case.a, "notify_customer"), late) == "late"
