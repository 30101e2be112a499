"""Second factors: the house's people need one before anything else; a customer's people where it says so."""

import subprocess
import sys
import time

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client, RequestFactory

from accounts import factors, keyring
from accounts.tests.people import add_app, code, proved, sign_in, user
from dpa_tracker.tests.test_routes import address, routes, samples

SECRET = "JBSWY3DPEHPK3PXP"
OPEN_BEFORE = ("/accounts/2fa/", "/accounts/reauthenticate/", "/accounts/logout/")


@pytest.fixture
def strict(settings) -> None:
    """As an installation is by default."""
    settings.STAFF_SECOND_FACTOR = True


def set_up(client: Client) -> str:
    """Set an app up by its page; returns its secret."""
    page = client.get("/accounts/2fa/totp/activate/").content.decode()
    secret = page.partition("<code>")[2].partition("</code>")[0]
    answer = client.post("/accounts/2fa/totp/activate/", {"code": code(secret)})
    assert answer.url == "/accounts/2fa/recovery-codes/"
    return secret


def test_no_address_opens_to_staff_who_gave_only_a_password(cast, strict):
    olga, known = sign_in("olga"), samples(cast)
    reached = set()
    for text, _pattern in routes():
        where = address(text, known)
        for method in ("GET", "POST"):
            answer = olga.generic(method, where)
            away = answer.status_code == 302 and answer.url.startswith("/accounts/2fa/")
            problem = answer.status_code == 403 and where.startswith("/api/")
            if not (away or problem or where.startswith(OPEN_BEFORE)):
                reached.add((method, where, answer.status_code))
        olga = olga if olga.get("/accounts/2fa/").status_code == 200 else sign_in("olga")
    assert reached == set()


def test_staff_set_up_an_app_and_then_come_in(cast, strict):
    olga = sign_in("olga")
    page = olga.get("/", follow=True)
    assert page.redirect_chain == [("/accounts/2fa/?next=%2F", 302)]
    assert "Set up a second factor first" in page.content.decode()
    set_up(olga)
    assert olga.get("/").status_code == 200


def test_a_new_factor_is_told_to_its_owner_in_words_of_ours(live_cast):
    set_up(sign_in("olga"))
    assert mail.outbox[-1].to == ["olga@people.example"]
    assert "tell an administrator at once" in mail.outbox[-1].body and "127.0.0.1" in mail.outbox[-1].body


def test_the_api_says_in_words_why_it_refuses(cast, strict):
    answer = sign_in("olga").get("/api/v1/breach/")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert "second factor" in answer.json()["title"]


def test_a_code_is_asked_for_after_the_password_and_works_once(cast, strict):
    add_app("olga")
    olga = sign_in("olga")
    assert olga.get("/").status_code == 302
    now = code()
    assert olga.post("/accounts/2fa/authenticate/", {"code": now}).url == "/"
    assert olga.get("/").status_code == 200
    again = sign_in("olga")
    assert again.post("/accounts/2fa/authenticate/", {"code": now}).status_code == 200
    assert again.get("/").status_code == 302


def test_a_recovery_code_stands_in_once_and_is_shown_once(cast, strict):
    olga = sign_in("olga")
    set_up(olga)
    page = olga.get("/accounts/2fa/recovery-codes/").content.decode()
    codes = page.partition('id="recovery_codes">')[2].partition("</pre>")[0].split()
    assert len(codes) == 10
    assert codes[0] not in olga.get("/accounts/2fa/recovery-codes/").content.decode()
    other = sign_in("olga")
    assert other.post("/accounts/2fa/authenticate/", {"code": codes[0]}).url == "/"
    third = sign_in("olga")
    assert third.post("/accounts/2fa/authenticate/", {"code": codes[0]}).status_code == 200


def test_a_session_with_the_password_alone_does_not_profit_from_a_factor_set_up_elsewhere(cast, strict):
    thief, olga = sign_in("olga"), sign_in("olga")
    set_up(olga)
    assert olga.get("/").status_code == 200
    for path in ("/", "/accounts/2fa/totp/deactivate/", "/accounts/reauthenticate/", "/accounts/2fa/"):
        assert thief.get(path).url.startswith("/accounts/2fa/reauthenticate/?next="), path
    assert thief.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert Authenticator.objects.filter(type="totp").exists()


def test_guesses_of_codes_are_limited_for_a_person(cast, strict):
    add_app("olga")
    olga = sign_in("olga")
    for _guess in range(10):
        olga.post("/accounts/2fa/authenticate/", {"code": "000000"})
    page = olga.post("/accounts/2fa/authenticate/", {"code": code()})
    assert page.status_code == 200 and "Too many" in page.content.decode()


def test_a_new_password_does_not_get_past_the_second_factor(cast, strict):
    add_app("olga")
    client = Client()
    client.post("/accounts/password/reset/", {"email": "olga@people.example"})
    link = mail.outbox[-1].body.partition("http://localhost:8000")[2].split()[0]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "brand new words of olga", "password2": "brand new words of olga"})
    assert user("olga").check_password("brand new words of olga")
    assert client.get("/").url.startswith("/accounts/login/")
    assert sign_in("olga", "brand new words of olga").get("/").url.startswith("/accounts/login/")


def test_whoever_needs_a_factor_keeps_the_last_one(cast, strict):
    olga = sign_in("olga")
    set_up(olga)
    answer = olga.post("/accounts/2fa/totp/deactivate/")
    assert "cannot deactivate" in answer.content.decode()
    assert Authenticator.objects.filter(type="totp").exists()


def test_factors_change_only_after_proving_again_who_it_is(cast, settings):
    olga = sign_in("olga")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        assert olga.get(f"/accounts/2fa/{path}").url.startswith("/accounts/reauthenticate/"), path
    assert not Authenticator.objects.exists()


def known_by_provider_alone(name: str) -> Client:
    """Signed in a while ago by single sign-on: no password, no factor."""
    them, client = user(name), Client()
    them.set_unusable_password()
    them.save()
    client.force_login(them, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def asked_at_provider(client: Client, seconds_ago: float | None) -> Client:
    session = client.session
    session["proved_at_provider"] = time.time() - seconds_ago if seconds_ago is not None else 0
    session.save()
    return client


@pytest.mark.parametrize("seconds, asked_again", [(10, False), (3600, True), (None, True)])
def test_who_is_known_by_single_sign_on_alone_is_asked_there_before_a_dangerous_step(
    cast, seconds, asked_again
):
    olga = asked_at_provider(known_by_provider_alone("olga"), seconds)
    answer = olga.post("/calendars/", {"name": "phone", "customer": ""})
    assert (answer.status_code == 302) is asked_again
    assert not asked_again or answer.url == "/accounts/prove/?next=%2Fcalendars%2F"


@pytest.mark.parametrize("seconds, asked_again", [(10, False), (3600, True), (None, True)])
def test_who_is_known_by_single_sign_on_alone_is_asked_there_before_approving(cast, seconds, asked_again):
    request = RequestFactory().get("/")
    request.session = asked_at_provider(known_by_provider_alone("anna"), seconds).session
    request.user = user("anna")
    assert factors.page_before_signing(request) == ("/accounts/prove/" if asked_again else "")


def test_a_provider_that_never_says_when_it_asked_leaves_the_way_of_a_factor(cast):
    olga = asked_at_provider(known_by_provider_alone("olga"), None)
    page = olga.get("/accounts/prove/?next=//elsewhere.example/").content.decode()
    assert "Set up a second factor" in page and "elsewhere" not in page
    assert olga.get("/accounts/2fa/totp/activate/").url.startswith("/accounts/prove/?next=")
    assert proved(olga, "socialaccount").get("/accounts/2fa/totp/activate/").status_code == 200


def test_a_customers_people_need_a_factor_when_it_says_so_and_nobody_elses(cast):
    sven, carl, cora = sign_in("sven"), sign_in("carl"), sign_in("cora")
    form = {"customers": cast.a.customer.name, "required": "yes"}
    assert sven.post("/people/second-factor/", form).status_code == 302
    assert carl.get("/").url.startswith("/accounts/2fa/")
    assert cora.get("/").status_code == 200
    assert cast.a.customer.history.latest().history_user == user("sven")


def test_a_signatory_decides_for_their_own_customer_alone(cast):
    form = {"customers": cast.c.customer.name, "required": "yes"}
    answer = sign_in("sven").post("/people/second-factor/", form)
    assert answer.status_code == 422 and "There is no customer" in answer.content.decode()
    assert sign_in("cora").get("/people/second-factor/").status_code == 403


def test_without_the_rule_staff_come_in_with_a_password(cast):
    assert sign_in("olga").get("/").status_code == 200


def test_the_rule_holds_unless_an_installation_says_otherwise():
    program = "from dpa_tracker import settings; print(settings.STAFF_SECOND_FACTOR)"
    assert subprocess.check_output([sys.executable, "-c", program], text=True).strip() == "True"


def test_a_seed_is_sealed_in_the_database(cast):
    assert SECRET not in str(add_app("olga").data)


def test_a_seed_opens_with_an_older_key_of_the_ring_and_not_without(cast, settings):
    settings.FIELD_KEYS = ["the first key"]
    sealed = keyring.seal(SECRET)
    settings.FIELD_KEYS = ["a newer key", "the first key"]
    assert keyring.unseal(sealed) == SECRET
    settings.FIELD_KEYS = ["a newer key"]
    with pytest.raises(keyring.Unreadable, match="Put the key back"):
        keyring.unseal(sealed)


def test_an_administrator_takes_lost_factors_away_with_the_sessions(cast, strict):
    add_app("olga")
    olga, adam = sign_in("olga"), sign_in("adam")
    olga.post("/accounts/2fa/authenticate/", {"code": code()})
    set_up(adam)
    assert adam.post(f"/people/{user('olga').pk}/lost-factors/").status_code == 302
    assert not Authenticator.objects.filter(user=user("olga")).exists()
    assert olga.get("/").url.startswith("/accounts/login/")
    assert sign_in("olga").get("/").url.startswith("/accounts/2fa/")
