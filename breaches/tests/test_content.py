"""What Art. 33(3) asks for, in phases; the words of a notice; the register and the record of Art. 33(5)."""

import csv
import datetime as dt
import io

import pytest
from django.urls import reverse
from django.utils import timezone

from breaches import content, sending
from breaches.tests.cases import AT, TEXT, breach, clocks, mail, notice, running, step
from conftest import utc
from dpa_tracker.tests.test_pages import signed_in
from obligations import alerts
from obligations.mailing import DELIVERED
from obligations.models import Agreement, Matter, Message
from obligations.turn import Refused

WHOLE = {part.name: f"{part.label}." for part in content.CONTENT}


def test_what_is_unknown_yet_is_allowed_and_chased_until_it_is_known(cast):
    found = breach(cast, [cast.b])
    assert running(found, "describe").target_at == AT + dt.timedelta(hours=24)
    step(found, "describe", cast.olga, utc("27 Mar 20:00"), nature="Sign-ins.")
    again = running(found, "describe")
    assert (again.occurrence, again.started_at) == (2, utc("27 Mar 20:00"))
    alerts.sweep(utc("28 Mar 20:00"))
    assert Message.objects.filter(obligation=again).exists()
    step(found, "describe", cast.olga, utc("28 Mar 21:00"), **WHOLE)
    assert [row.state for row in clocks(found, "describe")] == ["met", "met"]


def test_fields_that_are_empty_after_24_hours_ring_for_the_owner_and_the_approvers(cast):
    found = breach(cast, [cast.b])
    alerts.sweep(AT + dt.timedelta(hours=24))
    told = Message.objects.filter(obligation=running(found, "describe"))
    assert {row.recipient for row in told} == {"olga@people.example", "anna@people.example"}


def test_supplements_follow_in_phases_until_the_last_which_needs_everything(cast):
    found = breach(cast, [cast.b])
    row = notice(found, cast.b)
    step(row, "send", cast.olga, AT, **TEXT)
    mail(AT, berta=DELIVERED)
    step(row, "supplement", cast.olga, utc("27 Mar 20:00"), text="More.", last=False)
    assert clocks(row, "first_report")[0].state == "met"
    assert running(row, "next_supplement").target_at == utc("28 Mar 20:00")
    with pytest.raises(Refused, match="Not known yet: Nature of the breach"):
        step(row, "supplement", cast.olga, utc("28 Mar 19:00"), text="That is all.", last=True)
    step(found, "describe", cast.olga, utc("28 Mar 19:00"), **WHOLE)
    step(row, "supplement", cast.olga, utc("28 Mar 19:30"), text="That is all.", last=True)
    assert {clock.state for clock in clocks(row, "next_supplement")} == {"met"}


def test_guidance_reaches_who_was_told_and_meets_its_duty(cast):
    row = notice(breach(cast, [cast.b]), cast.b)
    step(row, "send", cast.olga, AT, **TEXT)
    mail(AT)
    step(row, "guidance", cast.olga, utc("27 Mar 21:00"), text="Tell them to change their passwords.")
    sent = Message.objects.get(template="breaches/guidance")
    assert sent.recipient == "berta@bodega.example"
    assert clocks(row, "guide_customer")[0].state == "met"


def write(cast, found: Matter, text: str, **facts: object) -> None:
    step(found, "write", cast.olga, AT, text=text, **facts)


def test_the_text_of_an_agreement_comes_before_that_of_its_language_before_that_for_all(cast):
    Agreement.objects.filter(pk__in=[cast.a.pk, cast.b.pk]).update(language="de")
    found = breach(cast, [cast.a, cast.b, cast.c])
    write(cast, found, "For all.")
    write(cast, found, "Auf Deutsch.", language="de")
    write(cast, found, "Nur für Acme.", agreements=[cast.a.pk])
    shown = {
        preview.text: [row.agreement_id for row in preview.rows]
        for preview in sending.previews(found, cast.olga, AT)
    }
    assert shown == {"Nur für Acme.": [cast.a.pk], "Auf Deutsch.": [cast.b.pk], "For all.": [cast.c.pk]}


def test_what_is_sent_is_what_the_preview_showed_and_it_is_kept(cast):
    found = breach(cast, [cast.b])
    write(cast, found, "Something happened.")
    olga, address = signed_in("olga"), reverse("breach-send", args=[found.public_reference])
    page = olga.get(address)
    ((_language, shown),) = page.context["previews"][0].mails
    assert "Something happened." in shown.text
    olga.post(address, {"seen": page.context["seen"]})
    mail(timezone.now())
    kept = Message.objects.get(entry__step="send")
    pairs = zip(shown.text.splitlines(), kept.text.splitlines(), strict=True)
    differ = [after for before, after in pairs if before != after]
    assert [line.partition("receipt/")[0].partition(" ")[0] for line in differ] == [
        "http://localhost:8000/",
        "Message:",
    ]
    assert kept.subject == shown.subject


def test_a_notice_without_a_text_is_not_sent_and_the_others_are(cast):
    found = breach(cast, [cast.a, cast.b])
    write(cast, found, "Only Acme.", agreements=[cast.a.pk])
    result = sending.send(found, sending.owed(found), cast.olga, AT)
    assert [row.agreement_id for row in result.done] == [cast.a.pk]
    assert [(row.agreement_id, words) for row, words in result.refused] == [(cast.b.pk, sending.NO_TEXT)]


def closed(cast) -> Matter:
    """A breach from report to its end: told, described, both 72 hours over."""
    found = breach(cast, [cast.b], categories="both")
    row = notice(found, cast.b)
    step(row, "send", cast.olga, AT, **TEXT)
    mail(AT, berta=DELIVERED)
    step(
        row,
        "authority_informed",
        cast.berta,
        utc("28 Mar 10:00"),
        informed_at=utc("28 Mar 09:00"),
        receipt="ES-1",
    )
    step(
        found,
        "authority_informed",
        cast.olga,
        utc("28 Mar 10:00"),
        informed_at=utc("28 Mar 09:30"),
        receipt="B-77",
    )
    step(found, "assess", cast.olga, utc("28 Mar 10:00"), risk="risk", risk_reasons="Names.")
    return found


def test_a_breach_without_its_facts_effects_and_remedies_cannot_be_closed(cast):
    found = closed(cast)
    with pytest.raises(Refused, match=r"Not described yet: Nature of the breach, .*Art\. 33\(5\)"):
        step(found, "close", cast.olga, utc("1 Apr 10:00"), conclusion="Explained.")
    step(found, "describe", cast.olga, utc("1 Apr 10:00"), **WHOLE)
    step(found, "close", cast.olga, utc("1 Apr 11:00"), conclusion="Explained.")
    assert Matter.objects.get(pk=found.pk).state == "closed"


def test_the_register_shows_each_breach_with_facts_effects_remedy_and_decisions(cast):
    found = closed(cast)
    step(found, "describe", cast.olga, utc("1 Apr 10:00"), **WHOLE)
    aude = signed_in("aude")
    answer = aude.get(reverse("breach-register-csv")).content.decode("utf-8-sig")
    head, line = csv.reader(io.StringIO(answer))
    row = dict(zip(head, line, strict=True))
    assert row["We are"] == "processor, controller"
    assert WHOLE["nature"] in row["Facts"] and row["Effects"] == WHOLE["consequences"]
    assert row["Remedial action"] == WHOLE["measures"]
    assert "B-77" in row["Our authority"]
    assert (row["Agreements affected"], row["Notices received"]) == ("1", "1")
    assert found.reference in aude.get(reverse("breach-register")).content.decode()


def test_who_informs_late_says_why(cast):
    found = breach(cast, [cast.b], categories="both")
    late = {"informed_at": utc("31 Mar 10:00")}
    with pytest.raises(Refused, match="Give the reasons for the delay"):
        step(found, "authority_informed", cast.olga, utc("31 Mar 11:00"), **late)
    step(found, "authority_informed", cast.olga, utc("31 Mar 11:00"), **late, delay_reasons="No phone.")
