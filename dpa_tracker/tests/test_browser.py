"""The main path in a real Chromium, and every page looked at: CSP, outside requests, accessibility, width."""

import datetime as dt
import os
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import resolve, reverse
from django.utils import timezone
from playwright.sync_api import Browser, Page, sync_playwright

from conftest import PASSWORD, report_breach
from dashboard.groups import groups
from obligations import alerts, delivery
from obligations.models import Matter, Message, Obligation
from obligations.tests.kinds import BUILDERS, built

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# What colours and widths decide; all other rules read the same page again.
OF_FORMS = {"runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block", "target-size"]}}
FORMS = {
    ("light", 1360): RULES,
    ("dark", 1360): OF_FORMS,
    ("dark", 360): RULES,  # a narrow page shows and hides other parts
    ("light", 360): OF_FORMS,
}
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
        color_scheme=scheme,
        viewport={"width": width, "height": 900},
        base_url=address,
        reduced_motion="reduce",  # a colour on its way to another scheme is not looked at
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


def world(cast) -> list[str]:
    """One matter of each kind, a breach that runs, its alerts; and the addresses that no page leads to."""
    now = timezone.now()
    breach = report_breach(cast, [cast.a, cast.b], now)
    for kind in sorted(BUILDERS):
        if not Matter.objects.filter(kind=kind).exists():  # another kind may have opened it
            built(kind, cast, now - dt.timedelta(days=3))
    alerts.sweep(now)
    delivery.deliver(now)
    notice = Matter.objects.filter(parent=breach).first()
    row = Obligation.objects.filter(matter=notice).first()
    return [
        reverse("step", args=[notice.public_reference, "send"]),
        reverse("step", args=[notice.public_reference, "retract"]),
        reverse("matters", args=["breach_notice"]),
        reverse("matter", args=[breach.public_reference]),
        reverse("correct", args=[breach.public_reference, "suspected_at"]),
        reverse("amend", args=[row.pk, "extend"]),
        reverse("message", args=[Message.objects.first().pk]),
        reverse("roles"),
        reverse("agreement-contact", args=[cast.a.pk]),
        reverse("find") + "?q=breach&state=any",
        reverse("calendar") + "?view=week",
        reverse("calendar") + "?view=agenda",
        reverse("calendar") + "?view=timeline",
        *(reverse("board", args=[group.key]) for group in groups()),
    ]


NOT_WALKED = re.compile(r"^/(admin|static|api|accounts)/|\.(csv|xlsx|pdf)$|/evidence/|/template/$")


def walk(page: Page, first: Iterable[str]) -> Iterator[tuple[str, Any]]:
    """The given pages, and from them on one page of each address that links lead to, as its reader would go."""
    waiting, seen = [reverse("today"), *first], set()
    while waiting:
        address = waiting.pop(0)
        name = resolve(address.partition("?")[0]).url_name
        if address in seen or (address not in first and name in seen):
            continue
        seen |= {address, name}
        answer = page.goto(address)
        yield address, answer
        links = page.eval_on_selector_all("a[href]", "found => found.map(a => new URL(a.href).pathname)")
        waiting += [link for link in dict.fromkeys(links) if not NOT_WALKED.search(link)]


def test_every_page_is_clean_and_fits_in_each_form(live_cast, live_server, browser):
    first = world(live_cast)
    page, complaints = open_page(browser, live_server.url)
    page.goto("/accounts/login/")
    found = {"/accounts/login/": faults(page, "/accounts/login/")}
    sign_in(page, "olga")
    for address, answer in walk(page, first):
        assert answer.status == 200, address
        assert len(answer.body()) < 150_000, address
        found[address] = faults(page, address)
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert complaints == []
    assert len(found) > 40, "the walk has met too little"


def test_an_arrow_key_and_enter_lead_from_today_to_the_step(live_cast, live_server, browser):
    report_breach(live_cast, [live_cast.a, live_cast.b], timezone.now())
    olga, complaints = open_page(browser, live_server.url)
    sign_in(olga, "olga")
    region = olga.locator("section:has(#soon) .table-region")
    assert region.evaluate("e => e.scrollWidth <= e.clientWidth"), "the step is cut at 1360 px"
    region.focus()
    olga.keyboard.press("ArrowDown")
    olga.keyboard.press("ArrowDown")
    olga.keyboard.press("Enter")
    olga.wait_for_url("**/steps/*/")
    assert complaints == []


def test_a_countdown_goes_on_while_the_page_is_open(live_cast, live_server, browser):
    report_breach(live_cast, [live_cast.b], timezone.now() - dt.timedelta(minutes=30))
    olga, complaints = open_page(browser, live_server.url)
    olga.clock.install()
    sign_in(olga, "olga")
    pill = olga.locator("section:has(#soon) .table-region .pill").first
    assert re.fullmatch(r"3 h (29|30) min to target", pill.inner_text())
    olga.clock.fast_forward("01:00:30")
    assert re.fullmatch(r"2 h (28|29) min to target", pill.inner_text())
    olga.clock.fast_forward("02:40:00")
    assert pill.inner_text().endswith("min over target")
    assert complaints == []


def faults(page: Page, address: str) -> list[str]:
    """In every form: what axe finds against WCAG 2.2 A and AA, and whether the page is wider than its window."""
    found = []
    for (scheme, width), rules in FORMS.items():
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": 900})
        form = f"{scheme} {width}"
        found += [f"{form}: {fault}" for fault in violations(page, rules)]
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            found.append(f"{form}: wider than its window")
    return found


def violations(page: Page, rules: dict[str, Any]) -> list[str]:
    """What axe says of the page as it stands; the first time it is put into the page."""
    there = page.evaluate("'axe' in window")
    response = (
        page.evaluate("rules => axe.run(rules)", rules) if there else Axe().run(page, options=rules).response
    )
    return [f"{one['id']}: {node['html'][:120]}" for one in response["violations"] for node in one["nodes"]]
