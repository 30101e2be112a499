"""Who exists is told by no answer; tries are counted by all processes; sessions are seen and ended."""

import re

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.handles import handle
from accounts.models import User
from accounts.tests.people import proved, sign_in, user
from conftest import PASSWORD, forget_tries

ADDRESSES = ("olga@people.example", "nobody@people.example")


@pytest.fixture
def hashed(monkeypatch) -> list[str]:
    """Every run of the password hasher."""
    runs: list[str] = []
    encode, verify = Argon2PasswordHasher.encode, Argon2PasswordHasher.verify

    def counted(real):
        return lambda self, password, *rest: runs.append(password) or real(self, password, *rest)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted(encode))
    monkeypatch.setattr(Argon2PasswordHasher, "verify", counted(verify))
    return runs


def body(answer) -> str:
    """What a person reads, without what they typed and the token that differs in every answer."""
    text = answer.content.decode().partition("<main")[2]
    for address in ADDRESSES:
        text = text.replace(address, "ADDRESS")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", text)


def test_a_sign_in_that_fails_hashes_once_whoever_it_is(cast, hashed):
    bodies = []
    for address in ADDRESSES:
        hashed.clear()
        answer = Client().post("/accounts/login/", {"login": address, "password": "wrong password 123"})
        bodies.append(body(answer))
        assert hashed == ["wrong password 123"], address
    assert bodies[0] == bodies[1]


def test_somebody_without_a_password_is_answered_like_everybody_else(cast, hashed):
    User.objects.filter(pk=user("anna").pk).update(password="!unusable")
    hashed.clear()
    answer = Client().post(
        "/accounts/login/", {"login": "anna@people.example", "password": "wrong password 123"}
    )
    assert len(hashed) == 1 and answer.status_code == 200


def test_a_reset_answers_and_mails_alike_whoever_it_is(cast):
    answers = [
        Client().post("/accounts/password/reset/", {"email": address}, follow=True) for address in ADDRESSES
    ]
    assert body(answers[0]) == body(answers[1])
    assert answers[0].redirect_chain == answers[1].redirect_chain
    assert [sent.to for sent in mail.outbox] == [[address] for address in ADDRESSES]


def test_a_reset_answers_alike_when_the_mail_server_is_down(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "localhost", 1, False
    answers = [Client().post("/accounts/password/reset/", {"email": address}) for address in ADDRESSES]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0].url == answers[1].url


def test_ten_guesses_are_judged_and_the_right_password_waits_too(cast, hashed):
    client = Client()
    for _guess in range(12):
        client.post("/accounts/login/", {"login": "olga@people.example", "password": "wrong password 123"})
    assert hashed.count("wrong password 123") == 10
    right = client.post("/accounts/login/", {"login": "olga@people.example", "password": PASSWORD})
    assert right.status_code == 200 and hashed.count(PASSWORD) == 0


def test_guesses_at_nobody_are_limited_with_the_same_words(cast):
    words = []
    for address in ADDRESSES:
        client = Client()
        for _guess in range(11):
            answer = client.post("/accounts/login/", {"login": address, "password": "wrong password 123"})
        words.append(body(answer))
        forget_tries()
    assert "Too many" in words[0] and words[0] == words[1]


def test_tries_are_counted_where_every_process_sees_them(settings):
    backend = settings.CACHES["default"]["BACKEND"]
    assert backend.endswith(("RedisCache", "DatabaseCache"))


def test_a_person_sees_their_sessions_and_ends_one(cast):
    here, there = sign_in("olga"), sign_in("olga")
    page = here.get("/accounts/sessions/").content.decode()
    assert page.count("127.0.0.1") >= 2 and "this one" in page
    other = UserSession.objects.get(session_key=there.session.session_key)
    here.post("/accounts/sessions/", {"session": handle(other)})
    assert there.get("/").url.startswith("/accounts/login/") and here.get("/").status_code == 200


def test_a_person_ends_all_other_sessions_at_once(cast):
    here, others = sign_in("olga"), [sign_in("olga") for _place in range(3)]
    here.post("/accounts/sessions/")
    assert [client.get("/").status_code for client in [here, *others]] == [200, 302, 302, 302]


def test_nobody_ends_a_session_of_somebody_else(cast):
    anna, olga = sign_in("anna"), sign_in("olga")
    row = UserSession.objects.get(session_key=anna.session.session_key)
    olga.post("/accounts/sessions/", {"session": handle(row)})
    olga.post("/accounts/sessions/")
    assert anna.get("/").status_code == 200


def test_passkeys_go_by_handles_that_nobody_can_count_and_nobody_else_may_use(cast):
    carl, cora = proved(sign_in("carl")), proved(sign_in("cora"))
    data = {"name": "Blue key", "credential": {"clientExtensionResults": {}}}
    row = Authenticator.objects.create(user=user("carl"), type="webauthn", data=data, pk=735_000_001)
    page = carl.get("/accounts/2fa/webauthn/").content.decode()
    assert f"keys/{handle(row)}/edit/" in page and "735000001" not in page
    asked = [(carl, handle(row)), (carl, row.pk), (cora, handle(row))]
    found = [who.get(f"/accounts/2fa/webauthn/keys/{key}/edit/").status_code for who, key in asked]
    assert found == [200, 404, 404]


def test_when_a_session_was_last_used_is_noted_every_few_minutes_and_costs_no_page_a_write(cast):
    olga = sign_in("olga")
    row = UserSession.objects.get(session_key=olga.session.session_key)
    olga.get("/")
    assert UserSession.objects.get(pk=row.pk).last_seen_at == row.last_seen_at
    kept = olga.session
    kept["seen_at"] = timezone.now().timestamp() - 301
    kept.save()
    olga.get("/")
    assert UserSession.objects.get(pk=row.pk).last_seen_at > row.last_seen_at


def test_a_session_gets_a_new_key_at_sign_in(cast):
    client = Client()
    client.get("/accounts/login/")
    kept = client.session
    kept["x"] = 1
    kept.save()
    before = kept.session_key
    client.cookies["session"] = before
    client.post("/accounts/login/", {"login": "olga@people.example", "password": PASSWORD})
    assert client.session.session_key != before
