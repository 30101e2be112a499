"""The whole life of a customer in a real browser: each of its acts by hand, those of the house by the verbs.

Invitation, passkey, consent, an amendment, a request passed on, an audit that waits for its auditor's undertaking and
is held, a quote, a breach acknowledged and reported to the authority within 72 hours, the end of the contract, and a
certificate that a stranger verifies.
"""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import Page

from accounts import invitations
from accounts.models import Customer
from accounts.tests.people import link_of_the_mail
from audits.tests.builders import assessment, dated, quoted
from breaches.content import as_text
from breaches.models import Breach
from conftest import report_breach
from deletion.tests.builders import below, planned
from dpa_tracker.tests.test_browser import _address, browser, open_page
from dpa_tracker.tests.test_browser_sign_in import with_authenticator
from obligations import delivery, evidence
from obligations.actions import advance
from obligations.models import Entry, Evidence, Matter, Obligation, Term
from obligations.turn import Refused
from portal.tests.test_authority import KNOWN
from portal.tests.world import amendment, consent, hours_ago, paper_words, words_of

__all__ = ["_address", "browser"]
BERLIN = ZoneInfo("Europe/Berlin")  # where people are until they say otherwise
NAMES = ("Database", "Call store", "Nightly backup")


def test_the_whole_life_of_a_customer(live_cast, live_server, browser):
    cast = live_cast
    page, complaints = open_page(browser, live_server.url)
    comes_by_invitation(page, cast)
    consents(page, cast)
    signs_an_amendment(page, cast)
    passes_a_request_on(page, cast)
    has_an_audit(page, cast)
    approves_a_quote(page, cast)
    reports_a_breach_in_time(page, cast)
    certificate = ends(page, cast)
    stranger, more = open_page(browser, live_server.url)
    stranger.goto(certificate)
    stranger.get_by_text("This certificate is valid.").wait_for()
    assert stranger.get_by_text("Call store").is_visible()
    assert complaints == more == []


def comes_by_invitation(page: Page, cast) -> None:
    """The customer asks for second factors: nobody gets in without one."""
    Customer.objects.filter(pk=cast.a.customer_id).update(second_factor=True)
    invitations.invite(
        email="nina@acme.example",
        name="Nina Adler",
        role="signatory",
        customers=[cast.a.customer],
        actor=cast.olga,
        at=timezone.now(),
    )
    with_authenticator(page)
    page.goto(link_of_the_mail())
    page.get_by_label("Password").fill("a new password of many words")
    page.get_by_role("button", name="Choose it and sign in").click()
    page.get_by_text("Set up a second factor first").wait_for()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("heading", name="What needs you").wait_for()
    page.get_by_text("Nothing waits for you").wait_for()


def signed(page: Page, button: str) -> None:
    page.get_by_label("Name", exact=True).fill("Nina Adler")
    page.get_by_label(re.compile("^I, Nina Adler, act for Acme")).check()
    page.get_by_role("button", name=button).click()
    page.get_by_text("The signed document is under").wait_for()


def consents(page: Page, cast) -> None:
    row = consent(cast, cast.a)
    page.goto("/")
    card = page.locator("section", has_text="May Nimbus become a sub-processor?")
    card.get_by_role("link", name=re.compile("^Consent")).click()
    signed(page, "Sign: Consent")
    entry = Entry.objects.get(matter=row, step="grant")
    assert Evidence.objects.filter(matter=row, sha256=entry.facts["signed_document"]["sha256"]).exists()
    assert "sign-in with a second factor" in words_of(entry.facts["signed_document"]["sha256"])


def signs_an_amendment(page: Page, cast) -> None:
    row = amendment(cast, cast.a)
    facts = {"signed_by_us_on": timezone.localdate(), "typed_name": "Anna"}
    advance([row], "sign_for_us", actor=cast.anna, at=timezone.now(), facts=facts)
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Sign the amendment")).click()
    signed(page, "Sign: Sign the amendment")
    page.get_by_text("In force", exact=True).first.wait_for()
    assert Term.objects.filter(agreement=cast.a, key="dsars.forward.within").exists()


def passes_a_request_on(page: Page, cast) -> None:
    page.get_by_role("link", name="Ask", exact=True).first.click()
    page.get_by_role("link", name="Pass on a data subject's request").click()
    page.get_by_label("Title").fill("Request 7")
    page.get_by_label("It asks for").select_option("access")
    page.get_by_label("What we should do").fill("Send us the calls of that number.")
    page.get_by_label("Name of the data subject").fill("Zoe Zimmermann")
    page.get_by_label("How to reach them").fill("zoe@private.example")
    paper = {"name": "request.txt", "mimeType": "text/plain", "buffer": b"I want my calls."}
    page.get_by_label("The request, unchanged").set_input_files(paper)
    page.get_by_role("button", name="Pass on a data subject's request").click()
    page.get_by_text("Your request is on its way").wait_for()
    page.get_by_text("Next: Assist as the customer instructs, owed by 365 AITECH").wait_for()
    row = Matter.objects.get(kind="dsar_assistance")
    advance([row], "assisted", actor=cast.olga, at=timezone.now(), facts={"what": "Calls sent."})
    page.reload()
    page.locator(".station-now", has_text="Help given").wait_for()


def has_an_audit(page: Page, cast) -> None:
    """Asked for with an auditor who is not bound: it does not begin; with the undertaking it is held."""
    page.get_by_role("link", name="Ask", exact=True).first.click()
    page.get_by_role("link", name="Ask for an audit").click()
    page.get_by_label("Title").fill("Measures of call storage")
    page.get_by_label("The audit is conducted by").select_option("third_party")
    page.get_by_label("Auditor", exact=True).fill("Checkers Ltd")
    page.get_by_label("What is audited").fill("How calls are stored.")
    page.get_by_role("button", name="Ask for an audit").click()
    page.get_by_text("Checkers Ltd is not bound to confidentiality").wait_for()
    row = Matter.objects.get(kind="audit")
    dated(row, "agreed", timezone.now(), starts_at=hours_ago(2), ends_at=hours_ago(1))
    with pytest.raises(Refused, match="Checkers Ltd is not bound to confidentiality"):
        advance([Matter.objects.get(pk=row.pk)], "begin", actor=cast.olga, at=timezone.now())
    page.reload()
    page.get_by_role("link", name="Add the auditor's undertaking").click()
    paper = {"name": "undertaking.txt", "mimeType": "text/plain", "buffer": b"We keep it to ourselves."}
    page.get_by_label("Signed undertaking of confidentiality").set_input_files(paper)
    page.get_by_role("button", name="Add the auditor's undertaking").click()
    page.get_by_text("Done: Add the auditor's undertaking").wait_for()
    assert not page.get_by_text("is not bound to confidentiality").count()
    checked = {"competitor": "no_competitor", "how": "Looked them up."}
    for step, facts in (("check_auditor", checked), ("begin", {}), ("conducted", {"conducted_on": today()})):
        advance([Matter.objects.get(pk=row.pk)], step, actor=cast.olga, at=timezone.now(), facts=facts)
    page.reload()
    page.locator(".station-now", has_text="Conducted").wait_for()


def today() -> dt.date:
    return timezone.localdate(timezone=BERLIN)


def approves_a_quote(page: Page, cast) -> None:
    row = quoted(cast, assessment(cast, hours_ago(3)), hours_ago(2))
    advance([row], "send", actor=cast.olga, at=hours_ago(1))
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Approve the quote")).click()
    page.get_by_text("A model of the data flows.").wait_for()
    signed(page, "Sign: Approve the quote")
    assert Matter.objects.get(pk=row.pk).state == "approved"


def reports_a_breach_in_time(page: Page, cast) -> None:
    at = timezone.now() - dt.timedelta(minutes=5)
    breach = report_breach(cast, [cast.a], at)
    row = Matter.objects.get(parent=breach)
    advance([row], "send", actor=cast.olga, at=at, facts={"text": "We suspect a breach."})
    delivery.deliver(timezone.now())
    page.goto("/")
    page.get_by_role("link", name=re.compile("^Confirm receipt")).click()
    page.get_by_role("button", name="Confirm receipt").click()
    page.get_by_text("Done: Confirm receipt").wait_for()
    row.refresh_from_db()
    advance([row], "supplement", actor=cast.olga, at=timezone.now(), facts={"text": as_text(Breach(**KNOWN))})
    page.goto("/")
    page.get_by_text(re.compile("Your 72 hours: (3 d|2 d 23 h)")).first.wait_for()
    page.get_by_role("link", name="What to tell the authority").click()
    assert KNOWN["measures"] in page.get_by_label("The whole report as text").input_value()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download (PDF)").click()
    assert KNOWN["nature"] in paper_words(download.value.path().read_bytes())
    page.goto("/")
    page.get_by_role("link", name=re.compile("^We have informed our authority")).click()
    page.get_by_label("When the authority was informed").fill(
        timezone.localtime(timezone=BERLIN).strftime("%Y-%m-%dT%H:%M:%S")
    )
    page.get_by_label("The authority's receipt").fill("BfDI 12/26")
    page.get_by_role("button", name="We have informed our authority").click()
    page.get_by_text("Done: We have informed our authority").wait_for()
    clock = Obligation.objects.filter(matter=row, duty="inform_authority").order_by("-round").first()
    assert clock.state == "met" and clock.met_at < clock.due_at


def ends(page: Page, cast) -> str:
    """Asked for earlier erasure, watched its progress, got the certificate; returns its address."""
    at = timezone.now() - dt.timedelta(minutes=1)
    row = planned(cast, cast.a, at, timezone.localdate() - dt.timedelta(days=40))
    page.get_by_role("link", name="Ask", exact=True).first.click()
    page.get_by_role("link", name="Ask for earlier erasure").click()
    wanted = timezone.localdate() + dt.timedelta(days=30)
    page.get_by_label("Wanted by").fill(wanted.isoformat())
    page.get_by_role("button", name="Ask for earlier erasure").click()
    page.get_by_text("Done: Ask for earlier erasure").wait_for()
    for name in NAMES:
        erase(cast, below(row, name))
    page.reload()
    page.locator(".station-now", has_text="All erased").wait_for()
    for who in (cast.olga, cast.anna):
        advance([Matter.objects.get(pk=row.pk)], "certify", actor=who, at=timezone.now())
    page.reload()
    page.locator(".station-now", has_text="Certified").wait_for()
    page.get_by_role("link", name="Certificate of erasure").click()
    page.get_by_text("This certificate is valid.").wait_for()
    return page.url


def erase(cast, row: Matter) -> None:
    """One system, with its proof."""
    facts = {"method": "deleted", "erased_on": timezone.localdate(), "operator": "Operations"}
    advance([row], "erase", actor=cast.olga, at=timezone.now(), facts=facts)
    proof = {"proof": evidence.kept("log.txt", [f"{row.title} erased.".encode()])}
    advance([Matter.objects.get(pk=row.pk)], "prove", actor=cast.olga, at=timezone.now(), facts=proof)
