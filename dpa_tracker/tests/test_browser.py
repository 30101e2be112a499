"""The main path in a real Chromium, and every page looked at: CSP, outside requests, accessibility, width."""

import os
from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import PASSWORD, report_breach
from obligations import alerts, delivery
from obligations.models import Matter, Message, Obligation

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The browser that CHROMIUM names; a missing one fails."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=os.environ["CHROMIUM"], args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(autouse=True)
def _address(live_server, settings) -> None:
    settings.BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    # The live server finds static files by their plain names.
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}


def open_page(
    browser: Browser, address: str, *, scheme: str = "light", width: int = 1360
) -> tuple[Page, list[str]]:
    """A new window, and the list to which its complaints are added: CSP, errors, requests to other hosts."""
    window = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}, base_url=address
    )
    page = window.new_page()
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "request",
        lambda r: None if r.url.startswith((address, "data:")) else complaints.append(f"outside: {r.url}"),
    )
    return page, complaints


def sign_in(page: Page, name: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(f"{name}@people.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/")


def test_the_main_path_of_a_breach_in_a_browser(live_cast, live_server, browser):
    olga, complaints = open_page(browser, live_server.url)
    sign_in(olga, "olga")
    olga.get_by_role("link", name="Report a breach").click()
    olga.get_by_label("Title").fill("Unknown sign-ins")
    olga.get_by_label("First suspected").fill(timezone.localtime().strftime("%Y-%m-%dT%H:%M"))
    olga.get_by_label("Where").select_option("processor")
    olga.get_by_label("Data", exact=True).select_option("customer_content")
    olga.get_by_label("What is known").fill("Seen in the log.")
    for name in ("Acme", "Bodega"):
        olga.get_by_label(f"Agreement with {name}").check()
    olga.get_by_role("button", name="Report a breach").click()
    assert Matter.objects.filter(kind="breach_notice").count() == 2
    olga.get_by_role("button", name="Send the notice").click()
    olga.get_by_label("What the customer must know").fill("We suspect a breach.")
    olga.get_by_role("button", name="Send the notice").click()
    assert olga.get_by_text("2 of 2 done").is_visible()
    delivery.deliver(timezone.now())

    berta, more = open_page(browser, live_server.url)
    sign_in(berta, "berta")
    notice = Matter.objects.get(kind="breach_notice", agreement=live_cast.b)
    berta.goto(reverse("matter", args=[notice.public_reference]))
    berta.get_by_role("link", name="Confirm receipt").click()
    berta.get_by_role("button", name="Confirm receipt").click()
    assert berta.get_by_role("heading", name="Inform the supervisory authority").first.is_visible()
    notice.refresh_from_db()
    assert notice.state == "received"
    assert Obligation.objects.get(matter=notice, duty="notify_customer").state == "met"
    assert complaints == more == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1360, 360])
def test_every_page_is_clean_and_fits(live_cast, live_server, browser, scheme, width):
    breach = report_breach(live_cast, [live_cast.a, live_cast.b], timezone.now())
    alerts.sweep(timezone.now())
    delivery.deliver(timezone.now())
    notice = Matter.objects.filter(parent=breach).first()
    pages = [
        reverse("today"),
        reverse("matters", args=["breach"]),
        reverse("matters", args=["breach_notice"]),
        reverse("open", args=["breach"]),
        reverse("matter", args=[breach.public_reference]),
        reverse("matter", args=[notice.public_reference]),
        reverse("step", args=[notice.public_reference, "send"]),
        reverse("step", args=[notice.public_reference, "retract"]),
        reverse("correct", args=[breach.public_reference, "suspected_at"]),
        reverse("obligation", args=[Obligation.objects.first().pk]),
        reverse("amend", args=[Obligation.objects.first().pk, "extend"]),
        reverse("mailbox"),
        reverse("message", args=[Message.objects.first().pk]),
        reverse("roles"),
        reverse("agreements"),
        reverse("agreement", args=[live_cast.a.pk]),
        reverse("agreement-new"),
        reverse("agreement-contact", args=[live_cast.a.pk]),
        reverse("agreement-term", args=[live_cast.a.pk]),
        reverse("agreement-contract", args=[live_cast.a.pk]),
    ]
    page, complaints = open_page(browser, live_server.url, scheme=scheme, width=width)
    page.goto("/accounts/login/")
    found = {"/accounts/login/": faults(page)}
    sign_in(page, "olga")
    for address in pages:
        answer = page.goto(address)
        found[address] = faults(page)
        assert answer.status == 200, address
        assert len(answer.body()) < 150_000, address
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert complaints == []


def faults(page: Page) -> list[str]:
    """What axe finds against WCAG 2.2 A and AA, and whether the page is wider than its window."""
    found = [
        f"{violation['id']}: {node['html'][:120]}"
        for violation in Axe().run(page, options=RULES).response["violations"]
        for node in violation["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        found.append("wider than its window")
    return found
