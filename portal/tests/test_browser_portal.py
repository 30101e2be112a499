"""Every page of the portal in a real Chromium, without a script: policy, other hosts, accessibility, width."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from breaches.content import as_text
from breaches.models import Breach
from deletion.tests.builders import BUILDERS as EXITS
from dpa_tracker.tests.test_browser import _address, browser, faults, open_page, sign_in
from obligations.actions import advance
from obligations.models import Matter
from portal.tests.test_authority import KNOWN
from portal.tests.world import amendment, confirmed, consent, hours_ago

__all__ = ["_address", "browser"]


def world(cast) -> dict[str, Matter]:
    """Something of everything for Acme."""
    breach = confirmed(cast, cast.a, cast.carl, "Somebody signed in to our database host who should not.")
    advance(
        [breach], "supplement", actor=cast.olga, at=hours_ago(0.5), facts={"text": as_text(Breach(**KNOWN))}
    )
    return {
        "breach": breach,
        "consent": consent(cast, cast.a),
        "amendment": amendment(cast, cast.a),
        "exit": EXITS["exit"](cast, timezone.now() - dt.timedelta(hours=3)),
    }


def pages(rows: dict[str, Matter], agreement: Matter) -> list[str]:
    matter = [reverse("portal-matter", args=[row.public_reference]) for row in (*rows.values(), agreement)]
    return [
        "/",
        *(
            reverse(f"portal-{name}")
            for name in ("ask", "matters", "agreements", "subprocessors", "contacts")
        ),
        reverse("portal-ask-for", args=["amendment"]),
        *matter,
        reverse("portal-authority", args=[rows["breach"].public_reference]),
        reverse("portal-step", args=[rows["consent"].public_reference, "grant"]),
        reverse("portal-step", args=[rows["breach"].public_reference, "authority_informed"]),
        reverse("portal-agreement", args=[agreement.public_reference]),
        reverse("portal-contact-add", args=[agreement.public_reference]),
        reverse("portal-contact", args=[agreement.public_reference, 1]),
        reverse("portal-language", args=[agreement.public_reference]),
    ]


def test_every_page_of_the_portal_is_clean_and_fits_in_each_form(live_cast, live_server, browser):
    rows = world(live_cast)
    agreement = Matter.objects.get(kind="agreement", agreement=live_cast.a)
    page, complaints = open_page(browser, live_server.url)
    sign_in(page, "sven")
    found = {}
    for address in pages(rows, agreement):
        answer = page.goto(address)
        found[address] = faults(page, address)
        assert answer.status == 200, address
        assert len(answer.body()) < 150_000, address
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert complaints == []


def test_the_portal_works_by_keyboard_and_without_scripts(live_cast, live_server, browser):
    row = consent(live_cast, live_cast.a)
    window = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = window.new_page()
    sign_in(page, "sven")
    page.locator("section", has_text="May Nimbus").get_by_role("link", name="Consent").focus()
    page.keyboard.press("Enter")
    page.get_by_label("Name", exact=True).fill("Sven")
    page.get_by_label("I, Sven, act for Acme").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Sign: Consent").focus()
    page.keyboard.press("Enter")
    page.get_by_text("Done: Consent.").wait_for()
    assert Matter.objects.get(pk=row.pk).state == "granted"
