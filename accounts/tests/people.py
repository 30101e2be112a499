"""Helpers for tests of sign-in: people who really sign in, mails that were really sent, codes of an app."""

import re
import time

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.http import HttpResponse
from django.test import Client

from accounts.models import User
from conftest import PASSWORD


def user(name: str) -> User:
    return User.objects.get(email=f"{name}@people.example")


def sign_in(name: str, password: str = PASSWORD) -> Client:
    """By the form, as a person does (it may still want a second factor)."""
    client = Client()
    client.post("/accounts/login/", {"login": f"{name}@people.example", "password": password})
    return client


def proved(client: Client, method: str = "password") -> Client:
    """The session of somebody who proved a moment ago who they are."""
    session = client.session
    session["account_authentication_methods"] = [{"method": method, "at": time.time()}]
    session["account_authentication_methods_user"] = session["_auth_user_id"]
    session.save()
    return client


def invited(client: Client, **changes: object) -> HttpResponse:
    """The form `Invite a person`."""
    form = {"email": "Nina@New.example", "name": "Nina", "role": "auditor", "customers": ""}
    return client.post("/people/invite/", form | changes)


def link_of_the_mail() -> str:
    """The path of the link in the newest mail."""
    found = re.search(r"https?://[^/\s]+(/\S*)", str(mail.outbox[-1].body))
    assert found, mail.outbox[-1].body
    return found.group(1)


def add_app(name: str, secret: str = "JBSWY3DPEHPK3PXP") -> Authenticator:
    """An authenticator app, set up some time ago."""
    return TOTP.activate(user(name), secret).instance


def code(secret: str = "JBSWY3DPEHPK3PXP") -> str:
    """What the app shows now."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))
