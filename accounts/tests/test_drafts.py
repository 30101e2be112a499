"""What was typed when the sign-in had run out is there again: for the same person, once, for half an hour."""

from django.test import Client

from accounts import drafts
from accounts.tests.people import sign_in
from accounts.tests.test_factors import asked_at_provider, known_by_provider_alone
from conftest import PASSWORD

PATH = "/kinds/breach/open/"
TYPED = {"title": "Odd sign-ins", "description": "Found in a log.", "where": "processor"}


def runs_out(client: Client) -> Client:
    """The session has ended by itself; the browser is the same."""
    client.get("/")
    del client.cookies[drafts.settings.SESSION_COOKIE_NAME]
    return client


def signs_in(client: Client, name: str) -> Client:
    client.post("/accounts/login/", {"login": f"{name}@people.example", "password": PASSWORD})
    return client


def shown(client: Client, path: str = PATH) -> str:
    return client.get(path).content.decode()


def test_a_form_that_met_the_end_of_the_session_comes_back_with_what_was_typed_once(cast):
    olga = runs_out(sign_in("olga"))
    assert olga.post(PATH, TYPED).url.startswith("/accounts/login/")
    page = shown(signs_in(olga, "olga"))
    assert 'value="Odd sign-ins"' in page and "Found in a log." in page
    assert '<option value="processor" selected' in page and "what you typed before" in page
    assert "Odd sign-ins" not in shown(olga)


def test_somebody_else_at_the_same_browser_sees_nothing_of_it_nor_does_anybody_later(cast, monkeypatch):
    browser = runs_out(sign_in("olga"))
    browser.post(PATH, TYPED)
    assert "Odd sign-ins" not in shown(signs_in(browser, "dora"))
    olga = runs_out(sign_in("olga"))
    olga.post(PATH, TYPED)
    signs_in(olga, "olga")
    monkeypatch.setattr(drafts, "KEPT", -1)
    assert "Odd sign-ins" not in shown(olga) and drafts.SESSION_KEY not in olga.session


def test_of_a_browser_where_nobody_was_signed_in_or_who_signed_out_nothing_is_kept(cast):
    gone = sign_in("olga")
    gone.post("/accounts/logout/")
    for client in (Client(), gone):
        client.post(PATH, TYPED)
        assert drafts.SESSION_KEY not in client.session


def test_a_data_subjects_data_and_a_signature_are_not_kept_and_the_rest_is_sealed(cast):
    olga = runs_out(sign_in("olga"))
    olga.post("/kinds/dsar/open/", {"title": "A request", "subject_name": "Nina Wolf", "typed_name": "Olga"})
    kept = olga.session[drafts.SESSION_KEY]
    assert "A request" not in kept and "A request" in drafts.keyring.unseal(kept)
    assert "Nina" not in drafts.keyring.unseal(kept) and "typed_name" not in drafts.keyring.unseal(kept)


def test_what_was_posted_before_the_way_to_the_provider_is_taken_up_when_it_has_asked(cast):
    olga = asked_at_provider(known_by_provider_alone("olga"), 3600)
    olga.post("/calendars/", {"name": "Phone", "customer": ""})
    back = "/accounts/proved/?next=%2Fcalendars%2F"
    assert olga.get(back).url.startswith("/accounts/prove/?next=")
    asked_at_provider(olga, 10)
    olga.get(back)
    assert "Phone" in shown(olga, "/calendars/")
