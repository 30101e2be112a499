"""The description of the API as people read it: Swagger UI in a real Chromium, from this server alone."""

from dpa_tracker.tests.test_browser import _address, browser, open_page, sign_in  # noqa: F401

BLOCKED = "document.addEventListener('securitypolicyviolation', e => (window.blocked ??= []).push(e.violatedDirective))"


def test_swagger_ui_shows_an_operation_and_asks_nobody_else(live_cast, live_server, browser):  # noqa: F811
    page, complaints = open_page(browser, live_server.url)
    page.add_init_script(BLOCKED)
    sign_in(page, "olga")
    page.goto("/api/v1/docs/")
    page.locator("#operations-tag-Breaches").click()
    operation = page.locator("#operations-Breaches-breach_create")
    operation.locator(".opblock-summary-control").click()
    assert operation.get_by_text("suspected_at").first.is_visible()
    assert (page.evaluate("window.blocked ?? []"), complaints) == ([], [])
