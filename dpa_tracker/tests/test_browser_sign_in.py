"""Every way in, in a real Chromium: invitation, app, passkey, single sign-on with a provider in its own process."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.hashers import make_password
from django.utils import timezone
from playwright.sync_api import Page

from accounts import invitations
from accounts.handles import handle
from accounts.models import Invitation, User
from accounts.tests.people import code, link_of_the_mail, user
from dpa_tracker.tests.test_browser import _address, browser, faults, open_page, sign_in
from tools.servers import free_port

__all__ = ["_address", "browser"]  # fixtures
CLAIMS = (
    {"sub": "olga", "email": "Olga@people.example", "email_verified": True},
    {"sub": "dora", "email": "dora@people.example", "email_verified": True},
    {"sub": "nina", "email": "nina@new.example", "email_verified": True},
    {"sub": "mallory", "email": "mallory@elsewhere.example", "email_verified": True},
    {"sub": "liar", "email": "anna@people.example", "email_verified": False},
)
ASKED_AGO = {"dora": 36_000}  # seconds, as the provider says; the others this moment


@pytest.fixture
def provider(settings) -> Iterator[str]:
    """A provider of OpenID Connect on a port of its own; the settings name it as an installation's would."""
    port = free_port()
    issuer = f"http://localhost:{port}"
    told = [{**one, "auth_time": int(time.time()) - ASKED_AGO.get(one["sub"], 0)} for one in CLAIMS]
    people = [word for claims in told for word in ("--user-claims", json.dumps(claims))]
    command = [sys.executable, "-m", "oidc_provider_mock", "--port", str(port), *people]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(f"{issuer}/.well-known/openid-configuration", process)
        app = {**settings.OIDC_APP, "client_id": "dpa-tracker", "secret": "a secret of the test"}
        app["settings"] = {**app["settings"], "server_url": issuer}
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        policy = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
        settings.CONTENT_SECURITY_POLICY = {"DIRECTIVES": {**policy, "form-action": ["'self'", issuer]}}
        yield issuer
    finally:
        process.terminate()
        process.wait(10)


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _try in range(300):
        assert process.poll() is None, "the provider ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise AssertionError("the provider does not answer")


def signed_on(page: Page, who: str, issuer: str, complaints: list[str]) -> None:
    """From our sign-in page to the provider and back."""
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use single sign-on").click()
    page.wait_for_url(f"{issuer}/**")
    page.wait_for_load_state("networkidle")
    complaints.clear()  # what the provider's own pages load and say is not ours
    page.get_by_role("button", name=who, exact=True).click()
    page.wait_for_load_state()
    complaints[:] = [words for words in complaints if not words.startswith(f"outside: {issuer}")]


def with_authenticator(page: Page) -> None:
    """A device that holds passkeys, as Chromium's protocol makes one."""
    device = page.context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    device.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_an_invited_officer_sets_an_app_up_and_signs_in_with_it(live_cast, live_server, browser, settings):
    settings.STAFF_SECOND_FACTOR = True
    adam = live_cast.adam
    invitations.invite(
        email="nina@new.example", name="Nina", role="officer", customers=[], actor=adam, at=timezone.now()
    )
    page, complaints = open_page(browser, live_server.url)
    page.goto(link_of_the_mail())
    page.get_by_label("Password").fill("a new password of many words")
    page.get_by_role("button", name="Choose it and sign in").click()
    page.get_by_text("Set up a second factor first").wait_for()
    page.get_by_role("link", name="Set up an app").click()
    secret = page.locator("dd code").inner_text()
    page.get_by_label("code").fill(code(secret))
    page.get_by_role("button", name="Set it up").click()
    kept = page.locator("#recovery_codes").inner_text().split()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.get_by_role("button", name="Sign out").first.click()

    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("nina@new.example")
    page.get_by_label("Password").fill("a new password of many words")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_label("Code").fill(kept[0])
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="Today").wait_for()
    assert complaints == []


def test_a_passkey_is_added_and_signs_in_without_a_password(live_cast, live_server, browser, settings):
    settings.STAFF_SECOND_FACTOR = True
    page, complaints = open_page(browser, live_server.url)
    with_authenticator(page)
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("olga@people.example")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add it").click()
    page.get_by_role("link", name="I have kept them").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.get_by_role("button", name="Sign out").first.click()

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Today").wait_for()
    page.get_by_role("button", name="Sign out").first.click()

    sign_in_with_password(page)
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Today").wait_for()
    assert Authenticator.objects.filter(user=user("olga"), type="webauthn").count() == 1
    assert complaints == []


def sign_in_with_password(page: Page) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("olga@people.example")
    page.get_by_label("Password").fill("correct horse battery staple")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/accounts/2fa/authenticate/")


def test_single_sign_on_lets_in_whom_we_know_by_their_verified_address(
    live_cast, live_server, browser, provider
):
    page, complaints = open_page(browser, live_server.url)
    signed_on(page, "olga", provider, complaints)
    page.get_by_role("heading", name="Today").wait_for()
    assert page.get_by_text("olga@people.example").first.is_visible()
    row = SocialAccount.objects.get()
    assert (row.user, row.uid, row.extra_data) == (user("olga"), "olga", {})
    assert complaints == []


def test_single_sign_on_accepts_an_open_invitation(live_cast, live_server, browser, provider):
    invitations.invite(
        email="nina@new.example",
        name="Nina",
        role="contact",
        customers=[live_cast.a.customer],
        actor=live_cast.olga,
        at=timezone.now(),
    )
    link = link_of_the_mail()
    page, complaints = open_page(browser, live_server.url)
    signed_on(page, "nina", provider, complaints)
    page.get_by_role("heading", name="What needs you").wait_for()
    nina = User.objects.get(email="nina@new.example")
    assert not nina.has_usable_password()
    assert list(nina.memberships.values_list("role", "customer__name")) == [("contact", "Acme")]
    assert page.goto(link).status == 404
    assert [words for words in complaints if "404" not in words] == []


@pytest.mark.parametrize("who", ["mallory", "liar", "nina"])
def test_single_sign_on_refuses_in_words_whom_nobody_invited(live_cast, live_server, browser, provider, who):
    """A stranger; somebody with an address of ours that is not verified; an invitation that is too old."""
    long_ago = timezone.now() - timedelta(days=8)
    invitations.invite(
        email="nina@new.example", name="Nina", role="auditor", customers=[], actor=live_cast.adam, at=long_ago
    )
    people = User.objects.count()
    page, complaints = open_page(browser, live_server.url)
    signed_on(page, who, provider, complaints)
    page.get_by_role("heading", name="You are not invited yet").wait_for()
    page.goto("/")
    page.get_by_role("heading", name="Sign in").wait_for()
    assert (User.objects.count(), SocialAccount.objects.count()) == (people, 0)
    assert [words for words in complaints if "403" not in words] == []


def test_whoever_has_no_password_proves_it_at_the_provider_which_must_have_asked(
    live_cast, live_server, browser, provider
):
    User.objects.update(password=make_password(None))
    page, complaints = open_page(browser, live_server.url)
    signed_on(page, "dora", provider, complaints)  # ten hours ago, says the provider: it only remembers her
    make_calendar(page)
    page.get_by_role("button", name="Prove it by single sign-on").click()
    page.wait_for_url(f"{provider}/**prompt=login&max_age=0**")
    page.get_by_role("button", name="olga", exact=True).click()
    page.wait_for_url("**/calendars/")
    make_calendar(page)
    page.get_by_role("heading", name="The address of your calendar").wait_for()


def make_calendar(page: Page) -> None:
    page.goto("/calendars/")
    page.get_by_label("Name").fill("phone")
    page.get_by_role("button", name="Make an address").click()


def test_single_sign_on_does_not_replace_the_second_factor(
    live_cast, live_server, browser, provider, settings
):
    settings.STAFF_SECOND_FACTOR = True
    page, complaints = open_page(browser, live_server.url)
    signed_on(page, "olga", provider, complaints)
    page.get_by_text("Set up a second factor first").wait_for()
    page.goto("/agreements/")
    page.get_by_text("Set up a second factor first").wait_for()
    assert complaints == []


def test_every_page_of_sign_in_is_clean_and_fits_in_each_form(live_cast, live_server, browser, settings):
    invitations.invite(
        email="nina@new.example",
        name="Nina",
        role="auditor",
        customers=[],
        actor=live_cast.adam,
        at=timezone.now(),
    )
    page, complaints = open_page(browser, live_server.url)
    with_authenticator(page)
    found = {}
    for address in (link_of_the_mail(), "/accounts/password/reset/", "/accounts/3rdparty/login/cancelled/"):
        assert page.goto(address).status == 200
        found[address] = faults(page, address)
    sign_in(page, "adam")
    for address in pages_of(Invitation.objects.get()):
        assert page.goto(address).status == 200, address
        found[address] = faults(page, address)
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add it").click()
    page.locator("#recovery_codes").wait_for()
    found["recovery codes"] = faults(page, "/accounts/2fa/recovery-codes/")
    key = handle(Authenticator.objects.get(type="webauthn"))
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    for path in ("", "webauthn/", f"webauthn/keys/{key}/edit/", f"webauthn/keys/{key}/remove/", "reauthenticate/",
                 "webauthn/reauthenticate/", "recovery-codes/generate/"):  # fmt: skip
        assert page.goto(f"/accounts/2fa/{path}").status == 200, path
        found[path] = faults(page, f"/accounts/2fa/{path}")
    assert {address: wrong for address, wrong in found.items() if wrong} == {}
    assert complaints == []


def pages_of(invitation: Invitation) -> list[str]:
    return [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/sessions/",
        "/accounts/reauthenticate/",
        "/accounts/password/change/",
        "/people/",
        "/people/invite/",
        "/people/second-factor/",
        f"/people/{user('olga').pk}/",
    ]


def test_the_admin_site_works_under_the_policy_of_the_product(live_cast, live_server, browser):
    page, complaints = open_page(browser, live_server.url)
    sign_in(page, "adam")
    for address in ("/admin/", "/admin/obligations/", "/admin/obligations/agreement/"):
        assert page.goto(address).status == 200
    page.get_by_role("link", name="Agreement with Acme").click()
    page.get_by_text("Data Protection Agreement of 365 AITECH").first.wait_for()
    assert page.locator("input[type=submit]").count() == 0
    page.get_by_role("link", name="Back to the product").click()
    page.get_by_role("heading", name="Today").wait_for()
    assert complaints == []
