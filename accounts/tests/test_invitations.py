"""A person comes by invitation alone: one link, one use, one week, for the role and customers that it names."""

import datetime as dt

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import invitations
from accounts.models import Invitation, Membership, User
from accounts.roles import actor_of
from accounts.tests.people import invited, link_of_the_mail, sign_in, user
from conftest import PASSWORD

NEW = {"password": "a new password of many words"}


def test_who_is_invited_chooses_a_password_and_is_signed_in_with_that_role(cast):
    assert invited(sign_in("adam"), role="approver").status_code == 302
    assert not User.objects.filter(email="nina@new.example").exists()
    nina = Client()
    assert "Welcome, Nina" in nina.get(link_of_the_mail()).content.decode()
    assert nina.post(link_of_the_mail(), NEW).url == "/"
    made = User.objects.get(email="nina@new.example")
    assert actor_of(made).house == {"approver"} and nina.get("/").status_code == 200
    assert made.password.startswith("argon2")
    assert made.history.earliest().history_user == user("adam")


def test_a_customers_person_is_invited_to_several_customers_and_sees_only_those(cast):
    names = f"{cast.a.customer.name}\n{cast.b.customer.name}"
    invited(sign_in("olga"), role="contact", customers=names)
    nina = Client()
    nina.post(link_of_the_mail(), NEW)
    page = nina.get("/portal/agreements/").content.decode()
    assert "Agreement with Acme" in page and "Agreement with Bodega" in page and "Celtic" not in page


def test_a_link_works_once(cast):
    invited(sign_in("adam"))
    link = link_of_the_mail()
    assert Client().post(link, NEW).status_code == 302
    second = Client().post(link, {"password": "another password of somebody"})
    assert second.status_code == 404
    assert User.objects.get(email="nina@new.example").check_password(NEW["password"])


def test_opening_the_link_uses_nothing_up_since_mail_scanners_open_links(cast):
    invited(sign_in("adam"))
    for _visit in range(3):
        assert Client().get(link_of_the_mail()).status_code == 200
    assert Client().post(link_of_the_mail(), NEW).status_code == 302


def test_a_link_ends_after_a_week_when_withdrawn_and_when_a_newer_one_goes_out(cast):
    adam = sign_in("adam")
    invited(adam)
    old = link_of_the_mail()
    invited(adam)
    newer = link_of_the_mail()
    assert Client().get(old).status_code == 404 and Client().get(newer).status_code == 200
    adam.post(f"/people/invitations/{Invitation.objects.latest('pk').pk}/withdraw/")
    assert Client().get(newer).status_code == 404
    invited(adam)
    week_later = timezone.now() + dt.timedelta(days=7, seconds=1)
    assert invitations.behind(link_of_the_mail().split("/")[2], at=week_later) is None


def test_links_that_are_unknown_used_and_too_old_answer_alike_and_all_hash_the_password(cast, monkeypatch):
    invited(sign_in("adam"))
    used = link_of_the_mail()
    Client().post(used, NEW)
    invited(sign_in("adam"), email="old@new.example")
    Invitation.objects.filter(email="old@new.example").update(expires_at=timezone.now())
    hashed: list[str] = []
    real = invitations.make_password
    monkeypatch.setattr(invitations, "make_password", lambda text: hashed.append(text) or real(text))
    dead = [used, link_of_the_mail(), "/invitations/never-sent/"]
    answers = [Client().post(link, NEW) for link in dead]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert len({answer.content.decode().partition("<main")[2] for answer in answers}) == 1
    assert hashed == [NEW["password"]] * 3


def test_a_weak_password_is_refused_and_the_link_still_works(cast):
    invited(sign_in("adam"))
    for weak in ("short", "nina@new.example", "password12345"):
        assert Client().post(link_of_the_mail(), {"password": weak}).status_code == 422, weak
    assert Client().post(link_of_the_mail(), NEW).status_code == 302


def test_the_database_keeps_only_a_digest_of_the_link(cast):
    invited(sign_in("adam"))
    secret = link_of_the_mail().split("/")[2]
    row = Invitation.objects.get()
    assert len(secret) == 43 and secret not in str(row.__dict__) and len(row.digest) == 64


def test_a_forged_host_does_not_come_into_the_link(cast, settings):
    settings.ALLOWED_HOSTS = ["*"]
    adam = sign_in("adam")
    form = {"email": "nina@new.example", "name": "Nina", "role": "auditor"}
    adam.post("/people/invite/", form, headers={"host": "evil.example"})
    Client().post(
        "/accounts/password/reset/", {"email": "olga@people.example"}, headers={"host": "evil.example"}
    )
    assert len(mail.outbox) == 2
    assert all("evil.example" not in f"{sent.subject} {sent.body}" for sent in mail.outbox)


@pytest.mark.parametrize("role", ["officer", "approver", "admin", "auditor"])
def test_an_officer_invites_nobody_into_the_house(cast, role):
    assert invited(sign_in("olga"), role=role).status_code == 422
    assert mail.outbox == [] and not Invitation.objects.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"role": "contact"}, "Name the customer"),
        ({"role": "contact", "customers": "Nobody Ltd"}, "There is no customer Nobody Ltd"),
        ({"role": "auditor", "customers": "Acme"}, "stands at no customer"),
        ({"role": "machine"}, "not one of the available choices"),
        ({"email": "not an address"}, "valid email"),
    ],
)
def test_an_invitation_that_cannot_be_is_refused_in_words(cast, changes, words):
    answer = invited(sign_in("adam"), **changes)
    assert answer.status_code == 422 and words in answer.content.decode()
    assert mail.outbox == []


def test_inviting_somebody_who_is_here_gives_the_role_and_answers_the_same(cast):
    adam = sign_in("adam")
    known = invited(adam, email="olga@people.example")
    unknown = invited(adam, email="nina@new.example")
    assert known.url == unknown.url == "/people/"
    assert Membership.objects.filter(user=user("olga"), role="auditor").exists()
    assert [sent.to for sent in mail.outbox] == [["olga@people.example"], ["nina@new.example"]]


def test_when_the_mail_cannot_be_sent_nobody_is_invited(cast, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "localhost", 1, False
    answer = invited(sign_in("adam"))
    assert answer.status_code == 422 and "could not be sent" in answer.content.decode()
    assert not Invitation.objects.exists()


def test_two_clicks_on_one_link_make_one_person(cast):
    invited(sign_in("adam"))
    secret, at = link_of_the_mail().split("/")[2], timezone.now()
    found = invitations.behind(secret, at=at)
    made = [invitations._accepted(found, "x", at), invitations._accepted(found, "y", at)]
    assert made[0] is not None and made[1] is None


def test_nobody_invites_without_proving_again_who_they_are(cast, settings):
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 0
    adam = sign_in("adam")
    asked = invited(adam)
    assert asked.url.startswith("/accounts/reauthenticate/") and not Invitation.objects.exists()
    settings.ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
    adam.post(asked.url, {"password": PASSWORD, "next": "/people/invite/"})
    assert Invitation.objects.get().email == "nina@new.example"
