"""Roles change by an administrator's hand, never by one's own, and the house never stands without one."""

import pytest

from accounts.models import Membership
from accounts.roles import actor_of
from accounts.tests.people import sign_in, user


def changed(by: str, who: str, verb: str, **form: object) -> str:
    """Send the form and read what the next page says."""
    answer = sign_in(by).post(f"/people/{user(who).pk}/{verb}/", form, follow=True)
    return answer.content.decode()


def test_an_administrator_gives_and_takes_a_role_and_history_names_them(cast):
    changed("adam", "olga", "give", role="approver")
    assert actor_of(user("olga")).house == {"officer", "approver"}
    row = Membership.objects.get(user=user("olga"), role="approver")
    changed("adam", "olga", "take", membership=row.pk)
    assert actor_of(user("olga")).house == {"officer"}
    told = Membership.history.filter(user_id=user("olga").pk, role="approver").order_by("history_id")
    assert [(line.history_type, line.history_user.name) for line in told] == [("+", "Adam"), ("-", "Adam")]


def test_an_officer_gives_roles_at_customers_alone(cast):
    changed("olga", "carl", "give", role="signatory", customers=cast.a.customer.name)
    assert actor_of(user("carl")).at_customers == {cast.a.customer_id: {"contact", "signatory"}}
    assert "not one of the available choices" in changed("olga", "dora", "give", role="approver")
    row = Membership.objects.get(user=user("anna"))
    assert "by an administrator" in changed("olga", "anna", "take", membership=row.pk)
    assert "by an administrator" in changed("olga", "anna", "off")


def test_nobody_changes_their_own_roles(cast):
    assert "Nobody changes their own roles" in changed("adam", "adam", "give", role="officer")
    row = Membership.objects.get(user=user("adam"))
    assert "Nobody changes their own roles" in changed("adam", "adam", "take", membership=row.pk)
    assert "Nobody switches themselves off" in changed("adam", "adam", "off")
    assert actor_of(user("adam")).house == {"admin"}


def test_the_last_administrator_stays(cast):
    changed("adam", "anna", "give", role="admin")
    row = Membership.objects.get(user=user("adam"))
    changed("anna", "adam", "off")
    changed("anna", "adam", "on")
    changed("adam", "anna", "off")
    assert not user("anna").is_active
    changed("adam", "anna", "on")
    changed("anna", "adam", "take", membership=row.pk)
    assert "admin" not in actor_of(user("adam")).house and "admin" in actor_of(user("anna")).house


def test_who_is_switched_off_is_out_at_once_and_stays_out(cast):
    olga = sign_in("olga")
    changed("adam", "olga", "off")
    assert olga.get("/").url.startswith("/accounts/login/")
    assert sign_in("olga").get("/").status_code == 302
    changed("adam", "olga", "on")
    assert sign_in("olga").get("/").status_code == 200


@pytest.mark.parametrize("verb", ["give", "take", "off", "on", "lost-factors"])
@pytest.mark.parametrize("by", ["anna", "aude", "sven", "carl"])
def test_other_roles_change_nobody(cast, by, verb):
    before = list(Membership.objects.order_by("pk").values_list("pk", "role"))
    answer = sign_in(by).post(f"/people/{user('olga').pk}/{verb}/", {"role": "admin"})
    assert answer.status_code == 403 and user("olga").is_active
    assert list(Membership.objects.order_by("pk").values_list("pk", "role")) == before


def test_a_role_changes_only_after_proving_again_who_it_is(cast, settings):
    adam = sign_in("adam")
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    answer = adam.post(f"/people/{user('olga').pk}/give/", {"role": "approver"})
    assert answer.url.startswith("/accounts/reauthenticate/")
    assert actor_of(user("olga")).house == {"officer"}
