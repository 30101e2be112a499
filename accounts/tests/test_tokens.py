"""Tokens of the API: shown once, hashed, within their scopes, ended with their owner."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, UsedKey, User
from accounts.tests.people import sign_in
from obligations import tasks
from obligations.models import Entry, Matter
from obligations.tests.engine import reported

BREACH = {"where": "processor", "categories": "customer_content", "description": "Odd log-ins."}


def bearer(who, *scopes, customer=None, days=30) -> dict[str, str]:
    """Headers of a new token of that person."""
    at, owner = timezone.now(), User.objects.get(pk=who.user_id)
    ends = at + dt.timedelta(days=days)
    _row, secret = tokens.make(owner, "SIEM", scopes, at=at, expires_at=ends, customer=customer)
    return {"HTTP_AUTHORIZATION": f"Bearer {secret}"}


def report(client, headers, **more):
    at = timezone.now().isoformat()
    named = [Matter.objects.filter(kind="agreement").first().public_reference]
    body = {"title": "Odd log-ins", "facts": {**BREACH, "suspected_at": at, "agreements": named}}
    return client.post("/api/v1/breach/", body, content_type="application/json", **headers, **more)


def test_the_secret_is_nowhere_in_the_database(cast):
    secret = bearer(cast.olga, "*:read")["HTTP_AUTHORIZATION"].split()[1]
    row = ApiToken.objects.get()
    assert row.digest == tokens.digest_of(secret) and secret.startswith(row.prefix)
    assert not [value for value in ApiToken.objects.values_list() if secret in str(value)]


def test_a_machine_opens_a_breach_in_its_own_name_and_its_owner_owns_it(cast, client):
    answer = report(client, bearer(cast.olga, "breach:write"))
    assert answer.status_code == 201, answer.content
    row = Matter.objects.get(public_reference=answer.json()["reference"])
    assert (row.owner_id, Entry.objects.get(matter=row).actor_name) == (cast.olga.user_id, "Olga (SIEM)")


def test_a_machine_takes_no_step_of_a_person(cast, client):
    headers = bearer(cast.olga, "*:write")
    found = client.get(f"/api/v1/breach/{_open(client, headers)}/", **headers).json()
    offered = {step["name"] for step in found["steps"]}
    declared = {
        step.name for step in Matter.objects.get(kind="breach").clause.steps if "machine" in step.takers
    }
    assert offered <= declared


def _open(client, headers) -> str:
    return report(client, headers).json()["reference"]


@pytest.mark.parametrize("scopes", [["breach:read"], ["dsar:write"], ["*:read"]])
def test_a_token_without_the_scope_opens_nothing(cast, client, scopes):
    answer = report(client, bearer(cast.olga, *scopes))
    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert not Matter.objects.filter(kind="breach").exists()


@pytest.mark.parametrize("header", ["Bearer dpa_wrong", "Basic b2xnYTpY", "Bearer", "x"])
def test_a_token_that_is_none_is_answered_401(cast, client, header):
    answer = client.get("/api/v1/breach/", HTTP_AUTHORIZATION=header)
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_wrong_tokens_are_throttled(cast, client):
    codes = [client.get("/api/v1/breach/", HTTP_AUTHORIZATION="Bearer dpa_x").status_code for _ in range(61)]
    assert codes == [401] * 60 + [429]


def test_a_right_token_is_throttled_at_its_rate(cast, client, settings):
    settings.API_RATE, headers = "2/min", bearer(cast.olga, "*:read")
    answers = [client.get("/api/v1/breach/", **headers) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].headers["Content-Type"] == "application/problem+json"
    assert int(answers[2].headers["Retry-After"]) > 0


@pytest.mark.parametrize("end", ["expire", "revoke", "switch off", "take the role"])
def test_a_token_ends_with_its_date_its_owner_and_its_owners_role(cast, client, end):
    headers = bearer(cast.olga, "*:read")
    assert client.get("/api/v1/breach/", **headers).status_code == 200
    row, owner = ApiToken.objects.get(), User.objects.get(pk=cast.olga.user_id)
    if end == "expire":
        ApiToken.objects.update(expires_at=timezone.now())
    elif end == "revoke":
        assert tokens.revoke(row, actor=cast.olga, at=timezone.now())
    elif end == "switch off":
        User.objects.filter(pk=owner.pk).update(is_active=False)
    else:
        owner.memberships.all().delete()
    assert client.get("/api/v1/breach/", **headers).status_code == 401


def same(one, other) -> bool:
    """Whether two problems say the same; each request has a number of its own."""
    said = [{name: value for name, value in a.json().items() if name != "request_id"} for a in (one, other)]
    return said[0] == said[1]


def test_a_customers_token_finds_its_own_and_nothing_else(cast, client):
    notices = reported(cast)
    headers = bearer(cast.carl, "*:read")
    own, foreign = (Matter.objects.get(pk=row.pk) for row in (notices.a, notices.b))
    found = client.get("/api/v1/breach_notice/", **headers).json()["results"]
    assert {row["reference"] for row in found} <= {own.public_reference}
    addresses = [f"/api/v1/breach_notice/{ref}/" for ref in (foreign.public_reference, "00000-00000")]
    answers = [client.get(address, **headers) for address in addresses]
    assert [a.status_code for a in answers] == [404, 404] and same(*answers)


def test_a_token_for_one_customer_sees_that_customer_alone(cast, client):
    reported(cast)
    headers = bearer(cast.olga, "*:read", customer=cast.a.customer)
    found = client.get("/api/v1/agreement/", **headers).json()["results"]
    assert {row["customer"] for row in found} == {"Acme"}


@pytest.mark.parametrize(
    ("who", "scopes", "days"),
    [("aude", ["*:read"], 30), ("olga", [], 30), ("olga", ["breach:erase"], 30), ("olga", ["*:read"], 400)],
)
def test_a_token_that_should_not_be_is_not_made(cast, who, scopes, days):
    with pytest.raises(ValidationError):
        bearer(getattr(cast, who), *scopes, days=days)
    assert not ApiToken.objects.exists()


def test_the_use_of_a_token_is_noted(cast, client):
    client.get("/api/v1/breach/", **bearer(cast.olga, "*:read"))
    assert timezone.now() - ApiToken.objects.get().last_used_at < dt.timedelta(minutes=1)


def test_the_page_shows_a_new_secret_once_and_ends_it(cast):
    client = sign_in("olga")
    page = client.post("/people/tokens/", {"name": "SIEM", "scopes": "breach:write, *:read", "days": 30})
    row = ApiToken.objects.get()
    assert row.prefix in page.content.decode() and row.scopes == ["*:read", "breach:write"]
    assert b"<code>dpa_" in client.get("/people/tokens/").content  # its beginning alone
    client.post(f"/people/tokens/{row.prefix}/revoke/")
    assert ApiToken.objects.get().revoked_at is not None


def test_an_answer_kept_for_a_repeated_request_is_forgotten_after_two_days(cast):
    now = timezone.now()
    for key, hours in (("old", 49), ("young", 47)):
        UsedKey.objects.create(owner="user:1", key=key, status=201, at=now - dt.timedelta(hours=hours))
    tasks.forget_used_keys()
    assert [row.key for row in UsedKey.objects.all()] == ["young"]


def test_nobody_ends_the_token_of_another_but_the_administrator(cast):
    bearer(cast.olga, "*:read")
    row = ApiToken.objects.get()
    assert sign_in("dora").post(f"/people/tokens/{row.prefix}/revoke/").status_code == 404
    assert not tokens.revoke(row, actor=cast.dora, at=timezone.now())
    assert tokens.revoke(row, actor=cast.adam, at=timezone.now())


def test_the_command_makes_and_ends_a_token(cast, capsys):
    call_command("api_token", "make", "olga@people.example", "SIEM", "*:read")
    secret = capsys.readouterr().out.strip()
    headers = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}
    assert Client().get("/api/v1/breach/", **headers).status_code == 200
    call_command("api_token", "revoke", secret[:12])
    assert Client().get("/api/v1/breach/", **headers).status_code == 401
