"""Clauses 7.2 and 7.3: identified, forwarded on proven receipt, never answered, purged."""

import datetime as dt
import json

import pytest
from django.core import serializers
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agreements import records
from conftest import utc
from dsars import purging, tasks
from dsars.models import DsarSubject
from dsars.tests.builders import BUILDERS, NAME, identified, request_of
from obligations import delivery, evidence
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.models import Entry, Evidence, Matter, Message, Obligation
from obligations.tests.engine import open_clock
from obligations.turn import Refused

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
RECEIVED, IDENTIFIED = utc("24 Mar 09:00"), utc("26 Mar 09:00")


@pytest.fixture
def forwarding(cast) -> Matter:
    identified(cast, request_of(cast, RECEIVED), IDENTIFIED, cast.a)
    return Matter.objects.get(kind="dsar_forwarding")


def take(row: Matter, step: str, actor: object, at: dt.datetime, **facts: object) -> Matter:
    row = Matter.objects.get(pk=row.pk)
    advance([row], step, actor=actor, at=at, facts=facts)
    return Matter.objects.get(pk=row.pk)


def handed_over(cast, row: Matter) -> Matter:
    row = take(row, "send", cast.olga, IDENTIFIED)
    return take(row, "received", cast.carl, utc("27 Mar 09:00"))


def sign_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
    return client


def test_dsar_is_due_ten_business_days_after_identification_not_after_receipt(cast, forwarding):
    clock = open_clock(forwarding, "forward")
    assert clock.started_at == IDENTIFIED
    assert clock.reckoning["due"]["last_day"] == "2026-04-13"
    assert forwarding.parent.opened_at == RECEIVED


def test_a_request_for_two_customers_is_forwarded_to_each_once(cast):
    row = request_of(cast, RECEIVED)
    identified(cast, row, IDENTIFIED, cast.a, cast.b)
    identified(cast, row, IDENTIFIED, cast.b, cast.c)
    made = Matter.objects.filter(parent=row).order_by("pk")
    assert [child.agreement for child in made] == [cast.a, cast.b, cast.c]


def test_forwarding_counts_on_proven_receipt_not_on_sending(cast, forwarding):
    row = take(forwarding, "send", cast.olga, IDENTIFIED)
    assert open_clock(row, "forward").is_open
    row = take(row, "received", cast.carl, utc("27 Mar 09:00"))
    assert Obligation.objects.get(matter=row, duty="forward").met_at == utc("27 Mar 09:00")


def test_the_controllers_own_month_starts_with_its_receipt(cast, forwarding):
    row = handed_over(cast, forwarding)
    clock = open_clock(row, "answer_subject")
    assert (clock.owed_by, clock.reckoning["due"]["last_day"]) == ("controller", "2026-04-27")


def test_a_customer_that_is_a_processor_gets_no_month_of_its_own(cast):
    identified(cast, request_of(cast, RECEIVED), IDENTIFIED, cast.c)
    row = Matter.objects.get(kind="dsar_forwarding")
    row = take(row, "send", cast.olga, IDENTIFIED)
    row = take(row, "received", cast.cora, utc("27 Mar 09:00"))
    assert not Obligation.objects.filter(matter=row, duty="answer_subject").exists()


def test_no_step_answers_a_customers_data_subject(cast, forwarding):
    notices = {step.notice.to for step in CLAUSES["dsar_forwarding"].steps if step.notice}
    assert notices == {"first contact", "told"}  # the customer's people, never anybody else
    assert not any(step.notice for step in CLAUSES["dsar"].steps)
    with pytest.raises(Refused, match="forbids any answer to the data subject"):
        take(forwarding, "record_reply", cast.olga, IDENTIFIED, what="We told them whom to ask.")


def test_another_contract_may_allow_a_reply(cast, forwarding):
    day = dt.date(2026, 1, 1)
    records.set_term(cast.a, "dsars.reply", "redirect_only", effective_from=day, actor=cast.olga, at=RECEIVED)
    take(forwarding, "record_reply", cast.olga, IDENTIFIED, what="We told them whom to ask.")
    assert Entry.objects.get(matter=forwarding, step="record_reply").facts["what"].startswith("We told them")


def test_our_own_answer_is_for_our_own_data_only(cast):
    row = request_of(cast, RECEIVED)
    identified(cast, row, IDENTIFIED, cast.a)
    with pytest.raises(Refused, match="never answered by us"):
        take(row, "answered", cast.olga, IDENTIFIED, answer=evidence.kept("a.txt", [b"Answer."]))


def test_data_that_we_control_follows_our_own_month_from_receipt(cast):
    row = request_of(cast, utc("31 Jan 12:00"), about="own_data")
    clock = open_clock(row, "answer_own")
    assert (clock.source, clock.reckoning["due"]["last_day"]) == ("S5", "2026-02-28")


def test_assistance_is_due_five_business_days_after_the_instruction(cast, forwarding):
    row = handed_over(cast, forwarding)
    row = take(row, "instruct", cast.carl, utc("2 Apr 09:00"), instruction="Send us the calls.")
    assert open_clock(row, "assist").reckoning["target"]["last_day"] == "2026-04-13"
    take(row, "assisted", cast.olga, utc("7 Apr 09:00"), what="Sent.")
    assert Obligation.objects.get(matter=row, duty="assist").state == "met"


def test_a_request_is_not_closed_while_a_customer_waits_for_it(cast, forwarding):
    with pytest.raises(Refused, match="Acme has not received it yet"):
        take(forwarding.parent, "close", cast.olga, IDENTIFIED)


def test_nothing_but_the_subjects_own_table_and_files_names_the_person(cast, forwarding):
    handed_over(cast, forwarding)
    delivery.deliver(utc("27 Mar 10:00"))
    for model in (Entry, Matter, Message, Obligation, Evidence):
        stored = serializers.serialize("json", model.objects.all())
        assert "Zoe" not in stored and "zoe" not in stored, model


def test_the_customer_reads_the_request_and_nobody_elses(cast, forwarding):
    handed_over(cast, forwarding)
    address = reverse("data-subject", args=[forwarding.public_reference])
    assert NAME in sign_in("carl").get(address).content.decode()
    assert sign_in("berta").get(address).status_code == 404
    parent = reverse("data-subject", args=[forwarding.parent.public_reference])
    assert sign_in("carl").get(parent).status_code == 404


def test_after_the_hand_over_the_data_is_purged_and_what_was_done_stays(
    cast, forwarding, django_capture_on_commit_callbacks
):
    row = handed_over(cast, forwarding)
    parent = take(forwarding.parent, "close", cast.olga, utc("28 Mar 09:00"))
    digest = Evidence.objects.filter(matter=row).get().sha256
    assert evidence.path(digest).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert tasks.purge() == 2  # months later
    assert not DsarSubject.objects.exists()
    assert not Evidence.objects.filter(matter__in=[row, parent]).exists()
    assert not evidence.path(digest).exists()
    assert digest not in json.dumps(list(Entry.objects.values_list("facts", flat=True)))
    steps = Entry.objects.filter(matter=row).order_by("pk").values_list("step", flat=True)
    assert list(steps) == ["open", "send", "received", "purge"]


def test_a_file_that_proves_something_else_too_outlives_the_purge(
    cast, forwarding, django_capture_on_commit_callbacks
):
    row = handed_over(cast, forwarding)
    digest = Evidence.objects.filter(matter=row).get().sha256
    with django_capture_on_commit_callbacks(execute=True):
        take(row, "purge", cast.olga, utc("1 May 09:00"))
    assert evidence.path(digest).exists()  # the request of the house still holds it


def test_nothing_is_purged_before_its_time_nor_while_the_customer_needs_it(cast, forwarding):
    row = handed_over(cast, forwarding)
    assert [found.pk for found in purging.due(utc("20 Apr 09:00"))] == []
    row = take(row, "instruct", cast.carl, utc("2 Apr 09:00"), instruction="Send us the calls.")
    with pytest.raises(Refused, match="Assist first"):
        take(row, "purge", cast.olga, utc("1 May 09:00"))
    assert tasks.purge() == 0


def test_a_request_that_the_customer_passes_on_is_helped_with_and_leaves_nothing(cast):
    made = BUILDERS["dsar_assistance"](cast, utc("2 Mar 09:00"))
    assert DsarSubject.objects.get(matter=made).name == NAME
    assert NAME not in str(list(Entry.objects.filter(matter=made).values_list("facts", flat=True)))
    advance([made], "assisted", actor=cast.olga, at=utc("3 Mar 09:00"), facts={"what": "Calls sent."})
    advance([Matter.objects.get(pk=made.pk)], "purge", actor=cast.olga, at=utc("4 Mar 09:00"), facts={})
    assert not DsarSubject.objects.filter(matter=made).exists() and not made.evidence.exists()
