"""The traps of clause 11, each in its own words."""

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from agreements import records
from agreements.management.commands.load_profile import load
from breaches.clause import BREACH
from breaches.tests.cases import AT, TEXT, breach, clocks, mail, notice, running, step
from conftest import START, utc
from obligations import delivery
from obligations.corrections import correct
from obligations.facts import InvalidFacts
from obligations.mailing import DELIVERED
from obligations.models import Entry, Matter, Message, Obligation
from obligations.reading import clock
from obligations.turn import Refused

HOURS_72 = dt.timedelta(hours=72)


def test_a_suspicion_is_enough_and_confirmation_starts_no_later_clock(cast):
    found = breach(cast, [cast.b])
    assert found.state == "suspected"
    step(found, "confirm", cast.olga, utc("28 Mar 09:00"), confirmed_at=utc("28 Mar 08:00"))
    (clock_of_notice,) = clocks(notice(found, cast.b), "notify_customer")
    assert (clock_of_notice.started_at, clock_of_notice.state) == (AT, "open")


def counts_from_confirmation(cast, agreement) -> None:
    day = dt.date(2025, 1, 1)
    records.set_term(
        agreement, "breaches.suspected_counts", False, effective_from=day, actor=cast.olga, at=START
    )


def test_where_a_suspicion_is_not_enough_the_clocks_start_with_the_confirmation(cast):
    counts_from_confirmation(cast, cast.a)
    found = breach(cast, [cast.a, cast.b])
    duties = ("notify_customer", "first_report", "guide_customer")
    assert [clocks(notice(found, cast.a), duty) for duty in duties] == [[], [], []]
    confirmed = utc("29 Mar 08:00")
    step(found, "confirm", cast.olga, utc("29 Mar 09:00"), confirmed_at=confirmed)
    assert [running(notice(found, cast.a), duty).started_at for duty in duties] == [confirmed] * 3
    assert running(notice(found, cast.a), "notify_customer").due_at == utc("30 Mar 08:00")  # 24 h, negotiated
    assert running(notice(found, cast.b), "notify_customer").started_at == AT


def test_who_was_told_of_a_suspicion_that_did_not_count_needs_no_notice_of_its_confirmation(cast):
    counts_from_confirmation(cast, cast.a)
    found = breach(cast, [cast.a])
    step(notice(found, cast.a), "send", cast.olga, utc("27 Mar 17:10"), **TEXT)
    mail(utc("27 Mar 17:11"), carl=DELIVERED)
    step(found, "confirm", cast.olga, utc("28 Mar 09:00"), confirmed_at=utc("28 Mar 08:00"))
    told = notice(found, cast.a)
    assert (told.state, clocks(told, "notify_customer")) == ("received", [])
    assert running(told, "first_report").started_at == utc("28 Mar 08:00")


def test_a_breach_that_is_certain_when_reported_counts_from_its_confirmation(cast):
    counts_from_confirmation(cast, cast.a)
    certain = utc("27 Mar 17:30")
    found = breach(cast, [cast.a], utc("27 Mar 18:00"), suspected_at=AT, confirmed_at=certain)
    assert running(notice(found, cast.a), "notify_customer").started_at == certain
    learned, told = utc("28 Mar 10:00"), {"agreements": [cast.b.pk], "reason": "A log."}
    counts_from_confirmation(cast, cast.b)
    step(found, "add_affected", cast.olga, utc("28 Mar 11:00"), known_at=learned, **told)
    assert running(notice(found, cast.b), "notify_customer").started_at == learned


def test_a_breach_that_is_certain_is_actual_at_once_and_keeps_both_times(cast):
    found = breach(cast, [cast.b], utc("27 Mar 18:00"), suspected_at=AT, confirmed_at=utc("27 Mar 17:30"))
    found.refresh_from_db()
    assert found.state == "actual"
    assert (found.breach.suspected_at, found.breach.confirmed_at) == (AT, utc("27 Mar 17:30"))
    assert running(notice(found, cast.b), "notify_customer").started_at == AT


def test_at_a_sub_processor_the_clock_starts_when_we_learn_of_it(cast):
    earlier = {"happened_at": utc("20 Mar 03:00"), "known_there_at": utc("22 Mar 09:00")}
    found = breach(cast, [cast.b], where="sub-processor", sub_processor="MongoDB", **earlier)
    assert running(notice(found, cast.b), "notify_customer").started_at == AT
    kept = found.breach
    assert (kept.happened_at, kept.known_there_at, kept.suspected_at) == (*earlier.values(), AT)


def test_a_sub_processor_has_a_name(cast):
    with pytest.raises(Refused, match="Name the sub-processor"):
        breach(cast, [cast.b], where="sub-processor")


def test_the_wider_definition_of_the_law_stands_on_the_form():
    words = str(BREACH.step("open").help)
    assert "destruction, loss, alteration, disclosure or access" in words and "by accident" in words


@pytest.mark.parametrize("name", ["not_a_breach", "authority_not_needed", "subjects_not_needed"])
def test_a_decision_to_tell_nobody_needs_a_second_person_and_a_reason(cast, name):
    found = breach(cast, [cast.b], categories="both")
    with pytest.raises(InvalidFacts, match="reason"):
        step(found, name, cast.olga, AT)
    step(found, name, cast.olga, AT, reason="It was our own test.")
    with pytest.raises(Refused):
        step(found, name, cast.olga, AT)
    step(found, name, cast.anna, AT)
    made = Entry.objects.get(matter=found, step=name, proposed=False)
    assert (made.actor_name, made.proposer_name) == ("Anna", "Olga")


# --- the data decide the role ------------------------------------------------------------------------------


def duties_of(found: Matter) -> set[str]:
    rows = Obligation.objects.filter(matter=found, state="open")
    return set(rows.values_list("duty", flat=True)) & {"own_authority", "assess_risk"}


def test_customer_content_makes_us_a_processor_with_no_authority_of_our_own(cast):
    assert duties_of(breach(cast, [cast.b])) == set()


@pytest.mark.parametrize("data", ["subscription_data", "usage_data"])
def test_our_own_data_make_us_the_controller_with_72_hours_of_our_own_and_no_notice(cast, data):
    found = breach(cast, [], categories=data)
    assert duties_of(found) == {"own_authority", "assess_risk"}
    assert running(found, "own_authority").due_at == AT + HOURS_72
    assert not Matter.objects.filter(parent=found).exists()


def test_both_kinds_of_data_make_us_both_at_once(cast):
    found = breach(cast, [cast.b], categories="both")
    assert duties_of(found) == {"own_authority", "assess_risk"}
    assert running(notice(found, cast.b), "notify_customer")


def test_a_high_risk_must_be_told_to_the_data_subjects_and_a_lower_one_not(cast):
    for risk, expected in (("unlikely", 0), ("risk", 0), ("high", 1)):
        found = breach(cast, [], categories="usage_data")
        step(found, "assess", cast.olga, AT, risk=risk, risk_reasons="Addresses only.")
        assert len(clocks(found, "inform_subjects")) == expected


# --- receipt starts the 72 hours ---------------------------------------------------------------------------


def sent_to(cast, agreement, **answers: str) -> Matter:
    found = notice(breach(cast, [agreement]), agreement)
    step(found, "send", cast.olga, utc("27 Mar 17:10"), **TEXT)
    mail(utc("27 Mar 17:30"), **answers)
    return found


def test_the_72_hours_start_with_receipt_not_with_sending_nor_with_the_breach(cast):
    found = sent_to(cast, cast.b, berta=DELIVERED)
    theirs = running(found, "inform_authority")
    assert (theirs.started_at, theirs.due_at) == (utc("27 Mar 17:30"), utc("27 Mar 17:30") + HOURS_72)
    assert (theirs.owed_by, theirs.provisional) == ("controller", False)


@pytest.mark.parametrize(
    ("sent", "due", "wall"),
    [
        ("27 Mar 12:00", "30 Mar 12:00", dt.timedelta(hours=73)),
        ("23 Oct 12:00", "26 Oct 12:00", dt.timedelta(hours=71)),
    ],
)
def test_72_hours_are_exactly_72_over_both_changes_of_the_clock(cast, sent, due, wall):
    found = notice(breach(cast, [cast.b], utc(sent)), cast.b)
    step(found, "send", cast.olga, utc(sent), **TEXT)
    mail(utc(sent), berta=DELIVERED)
    theirs = running(found, "inform_authority")
    assert theirs.due_at == utc(due)
    local = [
        at.astimezone(ZoneInfo("Europe/Madrid")).replace(tzinfo=None)
        for at in (theirs.started_at, theirs.due_at)
    ]
    assert local[1] - local[0] == wall


def test_a_customer_that_is_a_processor_has_no_72_hours_of_its_own(cast):
    found = sent_to(cast, cast.c, cora=DELIVERED)
    found.refresh_from_db()
    assert found.state == "received"
    assert clocks(found, "inform_authority") == []
    assert clocks(found, "notify_customer")[0].state == "met"


def test_a_customer_that_knew_it_before_us_is_bound_by_the_earlier_of_two_clocks(cast):
    found = sent_to(cast, cast.b, berta=DELIVERED)
    step(found, "aware_earlier", cast.berta, utc("27 Mar 18:00"), known_at=utc("27 Mar 17:05"))
    assert running(found, "inform_authority_by_law").due_at == utc("30 Mar 17:05")
    assert running(found, "inform_authority").due_at == utc("30 Mar 17:30")


def test_a_bounce_after_the_deadline_opens_the_duty_again_and_it_is_late(cast):
    """Acme's 24 hours: its server took the mail in time, and sent it back a day later."""
    found = sent_to(cast, cast.a, carl=DELIVERED)
    (met,) = clocks(found, "notify_customer")
    assert met.state == "met"
    at = utc("29 Mar 08:00")
    row = Message.objects.get(entry__step="send")
    assert delivery.report(row.pk, received=False, at=at, now=at, words="5.2.2 mailbox full")
    first, second = clocks(found, "notify_customer")
    assert (first.state, second.state, second.round) == ("lapsed", "open", 2)
    assert (second.started_at, second.due_at) == (first.started_at, first.due_at)
    assert clock(second, at).verdict == "late"
    assert not Obligation.objects.filter(matter=found, duty="inform_authority", state="open").exists()


def test_lateness_never_un_lates_when_a_time_is_corrected(cast):
    late = utc("28 Mar 18:00")  # Acme's 24 hours are over
    found = breach(cast, [cast.a])
    row = notice(found, cast.a)
    step(row, "send", cast.olga, late, **TEXT)
    mail(late, carl=DELIVERED)
    before = clock(clocks(row, "notify_customer")[-1], late).verdict
    fresh, later = Matter.objects.get(pk=found.pk), utc("28 Mar 16:00")
    correct(fresh, "suspected_at", later, reason="Misread.", actor=cast.olga, at=utc("28 Mar 19:00"))
    rows = clocks(row, "notify_customer")
    assert before.startswith("met late")
    assert {clock(old, utc("28 Mar 19:00")).verdict for old in rows} == {before}


def test_a_change_of_law_is_one_line_in_the_profile_of_the_house(cast, tmp_path):
    """The proposal of November 2025: 96 hours. The contract's own 72 hours stay."""
    text = (Path(settings.BASE_DIR) / "agreements/profiles/house.yaml").read_text()
    now = "    - {from: 2018-05-25, value: {hours: 72}, source: GDPR Art. 33(1)}\n"
    line = "    - {from: 2026-06-01, value: {hours: 96}, source: Digital Omnibus}\n"
    assert now in text
    (tmp_path / "house.yaml").write_text(text.replace(now, now + line))
    load(str(tmp_path / "house.yaml"), at=AT)
    for day, hours in (("27 Mar 17:00", 72), ("2 Jun 17:00", 96)):
        found = breach(cast, [cast.b], utc(day), categories="both")
        assert running(found, "own_authority").due_at == utc(day) + dt.timedelta(hours=hours)
        row = notice(found, cast.b)
        step(row, "send", cast.olga, utc(day), **TEXT)
        mail(utc(day), berta=DELIVERED)
        assert running(row, "inform_authority").due_at == utc(day) + HOURS_72


def test_not_a_breach_tells_everybody_who_was_told_and_nobody_else(cast):
    """Celtic's first contact bounced and its second was told; Acme was not told yet."""
    found = breach(cast, [cast.a, cast.b, cast.c])
    for agreement in (cast.b, cast.c):
        step(notice(found, agreement), "send", cast.olga, AT, **TEXT)
    mail(AT, berta=DELIVERED, cora="550 no such mailbox", conor=DELIVERED)
    step(found, "not_a_breach", cast.olga, utc("27 Mar 19:00"), reason="Our own test.")
    assert not Message.objects.filter(template="breaches/retraction").exists()
    step(found, "not_a_breach", cast.anna, utc("27 Mar 20:00"))
    told = Message.objects.filter(template="breaches/retraction").values_list("recipient", flat=True)
    assert sorted(told) == ["berta@bodega.example", "conor@second.example"]
    assert {row.state for row in Matter.objects.filter(parent=found)} == {"retracted"}
    assert not Obligation.objects.filter(matter__parent=found, state="open").exists()


def test_no_notice_needed_takes_one_agreement_out_with_two_people_and_tells_it(cast):
    found = breach(cast, [cast.a, cast.b])
    row = notice(found, cast.b)
    step(row, "send", cast.olga, AT, **TEXT)
    mail(AT, berta=DELIVERED)
    step(row, "not_needed", cast.olga, utc("27 Mar 19:00"), reason="Bodega uses another host.")
    step(row, "not_needed", cast.anna, utc("27 Mar 20:00"))
    assert Message.objects.get(template="breaches/not_affected").recipient == "berta@bodega.example"
    assert notice(found, cast.a).state == "owed"
