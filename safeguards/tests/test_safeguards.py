"""Clauses 6 and 8, Appendices 1 and 2: nobody without authorisation, nothing without review, no gap unseen."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from conftest import utc
from obligations.actions import advance
from obligations.models import Matter, Message, Obligation
from obligations.tests.engine import open_clock
from obligations.turn import Refused
from safeguards.tests.builders import (
    bound_and_trained,
    file,
    finding_of,
    measure_of,
    person_of,
    policy_of,
)

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AT = utc("2 Mar 09:00")
HIRED = dt.date(2026, 3, 16)


def take(row: Matter, step: str, actor: object, at: dt.datetime, **facts: object) -> Matter:
    row = Matter.objects.get(pk=row.pk)
    advance([row], step, actor=actor, at=at, facts=facts)
    return Matter.objects.get(pk=row.pk)


def test_nobody_gets_access_before_the_undertaking_and_the_training(cast):
    row = person_of(cast, AT, HIRED)
    with pytest.raises(Refused, match="has not signed the undertaking and has not been trained"):
        take(row, "authorise", cast.anna, AT, to_what="The call store")
    take(row, "undertake", cast.olga, AT, undertaking=file())
    with pytest.raises(Refused, match=r"P. Person has not been trained"):
        take(row, "authorise", cast.anna, AT, to_what="The call store")
    take(row, "train", cast.olga, AT, trained_on=AT.date(), proof=file())
    assert take(row, "authorise", cast.anna, AT, to_what="The call store").state == "authorised"


def test_undertaking_and_training_are_due_on_the_first_day(cast):
    row = person_of(cast, AT, HIRED)
    for duty in ("undertake", "first_training"):
        assert open_clock(row, duty).reckoning["due"]["last_day"] == "2026-03-16"


def test_training_is_due_again_a_year_after_the_last_one_not_at_the_end_of_a_year(cast):
    row = person_of(cast, AT, HIRED)
    bound_and_trained(cast, row, AT)
    assert open_clock(row, "training").reckoning["due"]["last_day"] == "2027-03-02"
    later = utc("1 Nov 09:00")
    take(row, "train", cast.olga, later, trained_on=dt.date(2026, 10, 30), proof=file())
    clock = open_clock(row, "training")
    assert (clock.occurrence, clock.reckoning["due"]["last_day"]) == (2, "2027-10-30")


def test_training_on_29_february_is_due_on_28_february(cast):
    at = dt.datetime(2028, 2, 29, 9, tzinfo=dt.UTC)
    row = person_of(cast, at, at.date())
    bound_and_trained(cast, row, at)
    assert open_clock(row, "training").reckoning["due"]["last_day"] == "2029-02-28"


def test_a_training_that_is_planned_is_none(cast):
    row = person_of(cast, AT, HIRED)
    with pytest.raises(Refused, match="lies ahead"):
        take(row, "train", cast.olga, AT, trained_on=dt.date(2026, 3, 20), proof=file())


def test_a_leaver_owes_no_training_but_the_access_must_go(cast):
    row = person_of(cast, AT, HIRED)
    bound_and_trained(cast, row, AT)
    take(row, "authorise", cast.anna, AT, to_what="The call store")
    row = take(row, "leave", cast.olga, utc("1 Apr 09:00"), left_on=dt.date(2026, 4, 2))
    running = Obligation.objects.filter(matter=row, state="open").values_list("duty", flat=True)
    assert list(running) == ["remove_access"]
    take(row, "access_removed", cast.olga, utc("2 Apr 09:00"), checked="Accounts and badge.")


def test_a_review_renews_itself(cast):
    row = policy_of(cast, AT, "access_control")
    later = utc("1 Sep 09:00")
    take(row, "review", cast.olga, later, version="2", found="Shorter.", document=file())
    clock = open_clock(row, "review")
    assert (clock.occurrence, clock.reckoning["target"]["last_day"]) == (2, "2027-09-01")


def test_gaps_against_appendix_2_are_shown(cast):
    measure_of(cast, AT, "restricted_areas")
    policy_of(cast, AT, "access_control")
    client = Client()
    client.force_login(User.objects.get(email="olga@people.example"), backend=BACKEND)
    gaps = list(map(str, client.get(reverse("measures")).context["gaps"]))
    assert gaps == [
        "policies that are implemented, documented and reviewed",
        "access control",
        "change management",
        "awareness training at hire and every year",
        "Policy: change management",
    ]


def test_sensitive_data_is_told_in_a_business_day_and_the_mail_says_no_details(cast):
    row = finding_of(cast, utc("2 Apr 10:00"))
    assert open_clock(row, "inform").reckoning["target"]["last_day"] == "2026-04-07"
    take(row, "tell", cast.olga, utc("2 Apr 11:00"))
    assert Message.objects.get(matter=row).recipient == "carl@acme.example"


def test_the_customer_decides_and_the_decision_is_carried_out(cast):
    row = finding_of(cast, AT)
    take(row, "tell", cast.olga, AT)
    take(row, "received", cast.carl, AT)
    take(row, "decide", cast.sven, AT, decision="mask")
    assert open_clock(row, "carry_out").owed_by == "processor"
    assert take(row, "carry_out", cast.olga, AT, how="Masked.").closed_at == AT
