"""Matters of earlier years: played step by step, never twice, ringing nobody."""

import datetime as dt

import pytest

from exchange.tests.helping import NOW, errors, imported, judged
from jobs import working
from obligations import alerts, reading
from obligations.actions import advance, note
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.engine import REPORTED, later
from proof import sealing, verifying
from webhooks import collecting, endpoints
from webhooks.models import Delivery, Event
from webhooks.tests.helping import customers, house

PERSON = (
    "reference,kind,title,step,at,fact.hired_on,fact.left_on,fact.checked\n"
    "HR-1,person,Ida,,2023-01-02T09:00+01:00,2023-01-02,,\n"
    "HR-1,person,,leave,2024-06-28T17:00+02:00,,2024-06-28,\n"
    "HR-1,person,,access_removed,2024-06-28T18:00+02:00,,,Badge and accounts\n"
)


def test_a_matter_of_earlier_years_is_played_step_by_step_and_rings_nobody(cast):
    job = imported(cast, "matters", PERSON)
    assert working.counts(job) == {"done": 1}
    matter = Matter.objects.get(kind="person", title="Ida")
    steps = [(entry.step, f"{entry.at:%Y-%m-%d}") for entry in matter.entries.order_by("id")]
    assert steps == [("open", "2023-01-02"), ("leave", "2024-06-28"), ("access_removed", "2024-06-28")]
    assert matter.state == "left" and matter.closed_at.year == 2024
    alerts.sweep(NOW)
    assert not Obligation.objects.filter(matter=matter, state="open").exists()
    assert not Message.objects.filter(matter=matter).exists()


def test_a_matter_imported_again_is_unchanged_and_a_further_step_is_new(cast):
    first = "\n".join(PERSON.splitlines()[:3])
    imported(cast, "matters", first)
    assert dict(judged(cast, "matters", first).counts) == {"unchanged": 2}
    assert [line.verdict for line in judged(cast, "matters", PERSON).lines] == [
        "unchanged",
        "unchanged",
        "new",
    ]
    imported(cast, "matters", PERSON)
    assert Matter.objects.filter(kind="person").count() == 1
    other = PERSON.replace("2023-01-02,,", "2023-01-03,,")
    assert "It was imported as 2023-01-02" in errors(judged(cast, "matters", other))["fact.hired_on"]


SENT_TO_BODEGA = "B-1,breach_notice,Bodega,,send,2024-03-04T10:00Z,,,,,,We lost a tape.,,,,,,\n"
BREACH = (
    "reference,kind,customer,title,step,at,fact.suspected_at,fact.where,fact.categories,fact.description,"
    "fact.agreements,fact.text,fact.last,fact.nature,fact.consequences,fact.measures,fact.informed_at,fact.conclusion\n"
    "B-1,breach,,Lost tape,,2024-03-04T09:00Z,2024-03-04T09:00Z,processor,customer_content,A tape,Acme; Bodega,,,,,,,\n"
    "B-1,breach_notice,Acme,,send,2024-03-04T10:00Z,,,,,,We lost a tape.,,,,,,\n"
    "B-1,breach_notice,Acme,,received,2024-03-04T11:00Z,,,,,,,,,,,,\n"
    f"{SENT_TO_BODEGA}"
    "B-1,breach_notice,Bodega,,received,2024-03-06T11:00Z,,,,,,,,,,,,\n"
    "B-1,breach,,,describe,2024-03-04T12:00Z,,,,,,,,A tape,None,Encryption,,\n"
    "B-1,breach_notice,Acme,,authority_informed,2024-03-05T09:00Z,,,,,,,,,,,2024-03-05T09:00Z,\n"
)
CLOSE = "B-1,breach,,,close,2024-04-02T09:00Z,,,,,,,,,,,,Tapes are encrypted now\n"


def test_a_breach_of_the_past_comes_with_its_notices_met_at_their_dates_and_nobody_hears_of_it_now(cast):
    assert working.counts(imported(cast, "matters", BREACH + CLOSE)) == {"done": 1}
    breach = Matter.objects.get(kind="breach")
    assert (breach.state, f"{breach.closed_at:%Y-%m-%d}") == ("closed", "2024-04-02")
    told = Obligation.objects.filter(matter__parent=breach, duty="notify_customer").order_by(
        "matter__customer_id"
    )
    clocks = [reading.clock(row, NOW) for row in told]
    assert [f"{clock.row.met_at:%d %b %H:%M}" for clock in clocks] == ["04 Mar 11:00", "06 Mar 11:00"]
    assert [clock.verdict for clock in clocks] == ["met, under target", "met, over target by 1 d 22 h"]
    law = Obligation.objects.filter(matter__parent=breach, duty="inform_authority").order_by(
        "matter__customer_id"
    )
    assert [row.state for row in law] == ["met", "lapsed"]
    assert not Obligation.objects.filter(matter__parent=breach, state="open").exists()
    assert f"{law[1].ended_at:%Y-%m-%d}" == "2024-04-02"
    settled = Entry.objects.get(step="settle", matter=law[1].matter)
    assert "inform_authority" in settled.facts["lapsed"]
    for hours in (0, 1, 30, 800):
        alerts.sweep(NOW + dt.timedelta(hours=hours))
    assert not Message.objects.exists()
    assert dict(judged(cast, "matters", BREACH + CLOSE).counts) == {"unchanged": 8}
    sealing.seal(NOW, everything=True)
    assert verifying.everything(NOW).findings == []


def test_what_happened_before_the_import_is_no_webhooks_event_and_what_happens_after_it_is(cast):
    told, customers_own = house(cast), customers(cast)
    imported(cast, "matters", BREACH)
    collecting.collect(NOW)
    collecting.collect(later(NOW, 2))
    assert not Event.objects.exists()
    note(Matter.objects.get(kind="breach"), "Found in the old system.", actor=cast.olga, at=later(NOW, 3))
    notice = Matter.objects.get(kind="breach_notice", customer=cast.a.customer)
    advance([notice], "guidance", actor=cast.olga, at=later(NOW, 3), facts={"text": "Tell them."})
    collecting.collect(later(NOW, 3))
    assert set(Event.objects.values_list("subject", flat=True)) == {"note", "guidance"}
    assert endpoints.replay(customers_own, REPORTED, later(NOW, 3), now=later(NOW, 3)) == 1
    assert Delivery.objects.filter(endpoint=told).count() == 2


def test_a_breach_of_the_past_that_is_left_open_rings_the_house_and_mails_no_customer(cast):
    imported(cast, "matters", BREACH)
    for hours in (0, 1, 30, 800):
        alerts.sweep(NOW + dt.timedelta(hours=hours))
    assert (
        not Message.objects.filter(recipient__endswith=".example")
        .exclude(recipient__contains="@people.")
        .exists()
    )
    assert set(Message.objects.values_list("obligation__owed_by", flat=True)) == {"processor"}
    theirs = Obligation.objects.get(matter__customer=cast.b.customer, duty="inform_authority")
    assert (theirs.state, theirs.next_alert_at) == ("open", None)
    found = verifying.everything(NOW + dt.timedelta(hours=800)).findings
    assert [one.words for one in found if one.part in ("alerts", "obligations")] == []


@pytest.mark.parametrize(
    ("changed", "column", "words"),
    [
        (("Bodega,,send", "Celtic,,send"), "", "B-1 opened no breach notice of Celtic"),
        (("Bodega,,received", "Bodega,,open"), "step", "has no step 'open'"),
        ((SENT_TO_BODEGA, ""), "step", "does not fit here: it is owed"),
        (
            ("B-1,breach_notice,Bodega,,send", "B-2,breach_notice,Bodega,,send"),
            "reference",
            "Nothing is here",
        ),
        (("Acme,,received", "Acme,,retract"), "step", "needs two people"),
    ],
)
def test_what_a_table_tells_of_a_notice_must_fit_the_breach(cast, changed, column, words):
    table = BREACH.replace(*changed, 1)
    if column:
        assert words in errors(judged(cast, "matters", table))[column]
        return
    job = imported(cast, "matters", table.replace("Bodega,,received", "Celtic,,received"))
    assert words in job.rows.get().words and not Matter.objects.filter(kind="breach").exists()


@pytest.mark.parametrize(
    ("lines", "column", "words"),
    [
        (["1,person,,Ida,access_removed,2024-01-01T09:00Z,,"], "fact.checked", "This is needed"),
        (["1,person,,Ida,leave,2024-01-01T09:00Z,,"], "fact.left_on", "This is needed"),
        (["1,person,,Ida,fly,2024-01-01T09:00Z,,"], "step", "has no step 'fly'"),
        (["1,person,,Ida,,2024-01-01 09:00,2024-01-01,"], "at", "Write it as"),
        (["1,person,,Ida,,2027-01-01T09:00Z,2024-01-01,"], "at", "This lies ahead"),
        (["1,person,,,,2024-01-01T09:00Z,2024-01-01,"], "title", "needs a title"),
        (["1,dsar,,X,,2024-01-01T09:00Z,,"], "kind", "A data subject's data"),
        (["1,disclosure,,X,,2024-01-01T09:00Z,,"], "kind", "may be secret"),
        (["1,policy,,X,,2024-01-01T09:00Z,,"], "kind", "begins with a file"),
        (["1,person,,Ida,,2024-01-01T09:00Z,2024-01-01,x"], "fact.why", "no such fact"),
    ],
)
def test_a_step_that_cannot_be_is_wrong_in_the_dry_run_already(cast, lines, column, words):
    head = "reference,kind,customer,title,step,at,fact.hired_on,fact.why\n"
    assert words in errors(judged(cast, "matters", head + "\n".join(lines)))[column]
