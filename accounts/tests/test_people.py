"""People are invited with a role; nobody signs up; who is let in sees only what is theirs."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from accounts.models import Customer, Membership, User
from accounts.roles import actor_of
from accounts.scope import ScopeError, _now_open, scope
from conftest import PASSWORD
from obligations.models import Agreement, Matter


def invite(*arguments: str) -> str:
    out = StringIO()
    call_command("add_person", *arguments, stdout=out)
    return out.getvalue()


def test_a_person_is_invited_and_can_sign_in_with_the_first_password(client, db):
    said = invite("Nina@House.example", "Nina", "--role", "officer")
    password = said.partition("First password: ")[2].split()[0]
    answer = client.post("/accounts/login/", {"login": "nina@house.example", "password": password})
    assert answer.status_code == 302 and answer.url == "/"
    assert actor_of(User.objects.get(name="Nina")).house == {"officer"}
    assert "is officer at the house already" in invite("nina@house.example", "Nina", "--role", "officer")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("x@y.example", "X", "--role", "contact"), "need --customer NAME"),
        (("x@y.example", "X", "--role", "officer", "--customer", "Acme"), "the other roles have none"),
        (
            ("x@y.example", "X", "--role", "contact", "--customer", "Nobody"),
            "There is no customer 'Nobody'",
        ),
        (("not-an-address", "X", "--role", "officer"), "valid email"),
        (("x@y.example", "X", "--role", "officer", "--time-zone", "Mars/Base"), "is not a time zone"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_in_words(cast, arguments, words):
    with pytest.raises(CommandError, match=words):
        invite(*arguments)
    assert not User.objects.filter(email="x@y.example").exists()


def test_nobody_signs_up(client, db):
    page = client.get("/accounts/signup/")
    assert "By invitation only" in page.content.decode()
    client.post(
        "/accounts/signup/", {"email": "me@evil.example", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.exists()


def test_a_wrong_password_says_nothing_about_who_exists(client, cast):
    answers = [
        client.post("/accounts/login/", {"login": address, "password": "wrong password 123"}).content.decode()
        for address in ("olga@people.example", "nobody@people.example")
    ]
    words = [answer.partition('role="alert"')[2].partition("</div>")[0] for answer in answers]
    assert words[0] and words[0] == words[1]


def test_roles_of_the_house_and_of_customers_do_not_mix(cast):
    user = User.objects.get(name="Olga")
    for role, customer in (("officer", cast.a.customer), ("contact", None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(user=user, role=role, customer=customer)


def test_a_query_without_a_scope_raises_and_one_in_a_scope_sees_its_rows(cast):
    with scope([cast.a.customer_id], reason="test"):
        assert set(Agreement.objects.values_list("pk", flat=True)) == {cast.a.pk}
        assert Customer.objects.count() == 1
        assert Matter._base_manager.exclude(customer=cast.a.customer_id).count() == 0

    token = _now_open.set(None)
    try:
        for attempt in (
            lambda: Agreement.objects.exists(),
            lambda: Matter._base_manager.count(),
            lambda: Matter.objects.bulk_create([]),
            lambda: cast.a.customer.agreements.all(),
        ):
            with pytest.raises(ScopeError, match="No scope is open"):
                attempt()
    finally:
        _now_open.reset(token)
