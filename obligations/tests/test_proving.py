"""A second person's yes asks again who is there: nobody approves from a session that was left open."""

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from accounts.tests.people import proved, sign_in, user
from accounts.tests.test_tokens import bearer
from dpa_tracker.tests.crowd import signed_in
from obligations import corrections
from obligations.actions import advance
from obligations.forms import seen
from obligations.models import Matter
from obligations.tests.engine import fresh, nothing_changes, open_clock, proof, reported
from portal.tests.world import consent


@pytest.fixture
def row(cast) -> Matter:
    """A notice whose retraction Olga has proposed."""
    found = reported(cast).a
    advance([found], "retract", actor=cast.olga, at=timezone.now(), facts={"reason": "It was a test."})
    return fresh(found)


def page(row: Matter) -> str:
    return reverse("step", args=[row.public_reference, "retract"])


def test_whoever_did_not_prove_themselves_just_now_is_asked_before_and_after_the_form(row):
    anna = signed_in("anna")
    with nothing_changes():
        for answer in (anna.get(page(row)), anna.post(page(row), {"seen": seen([row])})):
            assert answer.url == f"/accounts/reauthenticate/?next={page(row).replace('/', '%2F')}"


def test_whoever_signed_in_just_now_approves_at_once(row):
    assert sign_in("anna").post(page(row), {"seen": seen([row])}).status_code == 302
    assert fresh(row).state == "retracted"


def test_who_has_a_second_factor_proves_it_by_that(row):
    Authenticator.objects.create(user=user("anna"), type="totp", data={"secret": "x"})
    asked = proved(signed_in("anna")).post(page(row), {"seen": seen([row])})
    assert asked.url.startswith("/accounts/2fa/reauthenticate/?next=") and fresh(row).state == "owed"
    proved(signed_in("anna"), "mfa").post(page(row), {"seen": seen([row])})
    assert fresh(row).state == "retracted"


def test_a_proof_runs_out(row, settings):
    anna = sign_in("anna")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    assert anna.get(page(row)).url.startswith("/accounts/reauthenticate/")


def test_to_propose_is_no_approval_and_asks_nothing(cast):
    found = reported(cast).a
    sent = {"seen": seen([found]), "reason": "It was a test."}
    assert signed_in("olga").post(page(found), sent).url == f"/matters/{found.public_reference}/"


def test_a_waiver_is_approved_by_somebody_who_proved_it(cast):
    found, now = reported(cast).a, timezone.now()
    clock = open_clock(found, "notify_customer")
    facts = {"reason": "They agreed.", "evidence": proof(found, cast).pk}
    corrections.waive(clock, actor=cast.olga, at=now, facts=facts)
    address, sent = reverse("amend", args=[clock.pk, "waive"]), {"seen": seen([fresh(found)])}
    with nothing_changes():
        assert signed_in("anna").post(address, sent).url.startswith("/accounts/reauthenticate/")
    assert proved(signed_in("anna")).post(address, sent).url == f"/matters/{found.public_reference}/"


def test_a_customers_signature_by_the_api_is_a_persons_who_proved_it_and_no_tokens(cast, client):
    asked = consent(cast, cast.a)
    address = f"/api/v1/{asked.kind}/{asked.public_reference}/"
    sent = {"version": asked.version, "facts": {"typed_name": "Sven", "list_version": "1"}}
    token = {"content_type": "application/json", **bearer(cast.sven, "*:write")}
    with nothing_changes():
        by_token = client.post(f"{address}steps/grant/", sent, **token)
        unproved = signed_in("sven").post(f"{address}steps/grant/", sent, content_type="application/json")
    assert (by_token.status_code, by_token.json()["type"]) == (403, "/problems/persons-act")
    assert (unproved.status_code, unproved.json()["type"]) == (403, "/problems/prove-again")
    offered = {step["name"]: step["blocked"] for step in client.get(address, **token).json()["steps"]}
    assert offered["grant"] == by_token.json()["detail"]
    proved(signed_in("sven")).post(f"{address}steps/grant/", sent, content_type="application/json")
    assert fresh(asked).state == "granted"


def test_a_token_gives_no_second_persons_yes(row, cast, client):
    address = f"/api/v1/{row.kind}/{row.public_reference}/steps/retract/"
    body = {"version": row.version, "facts": {}}
    headers = {"content_type": "application/json", **bearer(cast.olga, "*:write")}
    with nothing_changes():
        answer = client.post(address, body, **headers)
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/persons-act")


def test_the_api_asks_the_same_of_a_session(row):
    address = f"/api/v1/{row.kind}/{row.public_reference}/steps/retract/"
    body = {"version": row.version, "facts": {}}
    with nothing_changes():
        answer = signed_in("anna").post(address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/prove-again")
    done = proved(signed_in("anna")).post(address, body, content_type="application/json")
    assert (done.status_code, done.json()["state"]) == (200, "retracted")
