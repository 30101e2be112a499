"""Steps and signatures in the portal: the same verbs as everywhere, and a document with its digest in the ledger."""

import hashlib
import json

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from django.utils import timezone

from accounts.tests.people import proved, user
from audits.tests.builders import assessment, quoted
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Entry, Evidence, Matter, Obligation, Term
from obligations.tests.engine import nothing_changes
from portal.tests.world import (
    amendment,
    confirmed,
    consent,
    hidden,
    hours_ago,
    notice,
    paper_words,
    signed_in,
    words_of,
)


def sent(client, matter: Matter, step: str, **facts: object):
    address = reverse("portal-step", args=[matter.public_reference, step])
    page = client.get(address)
    assert page.status_code == 200, page.status_code
    return client.post(address, {"seen": hidden(page.content.decode(), "seen"), **facts})


def granted(client, row: Matter, **facts: object):
    return sent(client, row, "grant", **{"typed_name": "Sven", "list_version": "1", "intends": "on", **facts})


def test_a_consent_is_signed_with_name_intention_and_a_document_whose_digest_stands_in_the_ledger(cast):
    row = consent(cast, cast.a)
    assert granted(proved(signed_in(cast.sven)), row).status_code == 302
    entry = Entry.objects.get(matter=row, step="grant")
    paper = Evidence.objects.get(matter=row, sha256=entry.facts["signed_document"]["sha256"])
    kept = evidence.path(paper.sha256).read_bytes()
    assert hashlib.sha256(kept).hexdigest() == paper.sha256
    words = paper_words(kept)
    assert all(
        part in words for part in ("Sven", "Nimbus", "simple electronic signature", "It recognises speech.")
    )
    assert entry.facts["intention"] == "I, Sven, act for Acme and sign: Consent, Nimbus."


def test_both_sides_get_the_signed_document(cast):
    row = consent(cast, cast.a)
    granted(proved(signed_in(cast.sven)), row)
    paper = Evidence.objects.get(matter=row)
    ours = signed_in(cast.olga).get(reverse("evidence", args=[paper.pk]))
    theirs = signed_in(cast.carl).get(reverse("portal-file", args=[paper.sha256]))
    assert b"".join(ours.streaming_content) == b"".join(theirs.streaming_content)
    assert (
        paper.sha256
        in signed_in(cast.olga).get(reverse("matter", args=[row.public_reference])).content.decode()
    )


def test_a_quote_is_approved_by_signing_it_and_both_sides_hold_the_paper(cast):
    row = quoted(cast, assessment(cast, hours_ago(3)), hours_ago(2))
    advance([row], "send", actor=cast.olga, at=hours_ago(1))
    first = signed_in(cast.sven).get("/").content.decode()
    assert "A quote to approve: Calls" in first and "720 EUR for 6 extra hours" in first
    assert (
        sent(proved(signed_in(cast.sven)), row, "approve", typed_name="Sven", intends="on").status_code == 302
    )
    entry = Entry.objects.get(matter=row, step="approve")
    paper = entry.facts["signed_document"]
    assert paper["name"].endswith(".pdf") and Evidence.objects.get(matter=row).sha256 == paper["sha256"]
    assert all(part in words_of(paper["sha256"]) for part in ("A model of the data flows.", "120", "Sven"))


def test_the_approval_of_an_instruction_beyond_the_agreement_is_signed(cast):
    facts = {"text": "Use the calls for training.", "form": "e_mail"}
    row = open_matter(
        "instruction", actor=cast.olga, at=hours_ago(4), facts=facts, title="Training", agreement=cast.a
    )
    for step, facts in (("acknowledge", {}), ("out_of_scope", {"why": "It is a new purpose."})):
        advance([row], step, actor=cast.olga, at=hours_ago(3), facts=facts)
        row = Matter.objects.get(pk=row.pk)
    assert "goes beyond the agreement" in signed_in(cast.sven).get("/").content.decode()
    answer = sent(proved(signed_in(cast.sven)), row, "approve_for_customer", typed_name="Sven", intends="on")
    entry = Entry.objects.get(matter=row, step="approve_for_customer")
    assert answer.status_code == 302
    assert "Use the calls for training." in words_of(entry.facts["signed_document"]["sha256"])


def test_an_amendment_signed_in_the_portal_counts_as_the_customers_signature(cast):
    row = amendment(cast, cast.a)
    advance([row], "sign_for_us", actor=cast.anna, at=timezone.now(),
            facts={"signed_by_us_on": timezone.localdate(), "typed_name": "Anna"})  # fmt: skip
    today = timezone.localdate().isoformat()
    facts = {"signed_by_customer_on": today, "typed_name": "Sven", "intends": "on"}
    assert sent(proved(signed_in(cast.sven)), row, "sign_for_customer", **facts).status_code == 302
    assert Matter.objects.get(pk=row.pk).state == "in_force"
    assert Term.objects.get(key="dsars.forward.within").value == {"business_days": 5}
    words = words_of(Evidence.objects.filter(matter=row).last().sha256)
    assert Evidence.objects.get(matter=row, title="amendment.txt").sha256 in words.replace(" ", "")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"typed_name": "Somebody Else"}, "This is not your name."),
        ({"intends": ""}, "This field is required"),
        ({"list_version": "2"}, "The question is about version 1 of the list"),
    ],
)
def test_a_signature_that_is_none_is_refused_in_words_and_changes_nothing(cast, facts, words):
    row = consent(cast, cast.a)
    client = proved(signed_in(cast.sven))
    with nothing_changes():
        answer = granted(client, row, **facts)
    assert answer.status_code == 422 and words in answer.content.decode()


def test_who_did_not_prove_themselves_just_now_is_asked_before_the_form(cast):
    row = consent(cast, cast.a)
    address = reverse("portal-step", args=[row.public_reference, "grant"])
    for answer in (signed_in(cast.sven).get(address), signed_in(cast.sven).post(address, {"seen": "2"})):
        assert answer.status_code == 302
        assert answer.url == f"/accounts/reauthenticate/?next={address.replace('/', '%2F')}"


def test_who_has_a_second_factor_signs_with_it_and_not_with_the_password(cast):
    row = consent(cast, cast.a)
    Authenticator.objects.create(user=user("sven"), type="totp", data={"secret": "x"})
    address = reverse("portal-step", args=[row.public_reference, "grant"])
    assert signed_in(cast.sven).get(address).url.startswith("/accounts/2fa/reauthenticate/?next=")
    assert proved(signed_in(cast.sven)).get(address).status_code == 302
    assert granted(proved(signed_in(cast.sven), "mfa"), row).status_code == 302


def test_a_contact_does_not_sign_for_a_signatory(cast):
    row = consent(cast, cast.a)
    address = reverse("portal-step", args=[row.public_reference, "grant"])
    assert proved(signed_in(cast.carl)).get(address).status_code == 404


def test_steps_of_the_house_have_no_door_here(cast):
    row = notice(cast, cast.a)
    client = signed_in(cast.carl)
    for step in row.clause.steps:
        if not step.takers & {"contact", "signatory"}:
            with nothing_changes():
                address = reverse("portal-step", args=[row.public_reference, step.name])
                assert client.post(address, {"seen": str(row.version)}).status_code == 404


def test_what_the_customer_does_shows_at_once_on_the_officers_side(cast):
    row = notice(cast, cast.a)
    assert sent(signed_in(cast.carl), row, "received").status_code == 302
    page = signed_in(cast.olga).get(reverse("matter", args=[row.public_reference])).content.decode()
    assert "received" in page and Obligation.objects.get(matter=row, duty="notify_customer").state == "met"
    api = signed_in(cast.olga).get(f"/api/v1/breach_notice/{row.public_reference}/")
    assert json.loads(api.content)["state"] == "received"


def test_a_double_click_is_refused_in_words_without_running_numbers(cast):
    row = notice(cast, cast.a)
    client = signed_in(cast.carl)
    address = reverse("portal-step", args=[row.public_reference, "received"])
    body = {"seen": str(row.version)}
    assert [client.post(address, body).status_code for _ in range(2)] == [302, 422]
    words = client.post(address, body).content.decode()
    assert "was already received" in words and row.public_reference in words and row.reference not in words


def test_the_customer_tells_that_the_authority_was_informed(cast):
    row = confirmed(cast, cast.b, cast.berta)
    when = timezone.localtime().strftime("%Y-%m-%dT%H:%M:%S")
    Obligation.objects.filter(duty="inform_authority").update(started_at=row.opened_at)
    assert sent(signed_in(cast.berta), row, "authority_informed", informed_at=when).status_code == 302
    assert Obligation.objects.filter(matter=row, duty="inform_authority", round=2).get().state == "met"
