"""Second factors: who needs one, and whether this session was opened with one.

The house's people need one (STAFF_SECOND_FACTOR), a customer's people where the customer says so. A session
counts when a factor was given in it, not when its owner has one: a session that somebody opened with a stolen
password does not become whole when the owner sets a factor up elsewhere.
"""

import time
from typing import Any

from allauth.account import app_settings
from allauth.account.internal.flows.login import get_authentication_records, record_authentication
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.urls import reverse

from accounts.models import Customer, User
from accounts.roles import Actor

FIRST = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)  # recovery codes only stand in for these


def needed(actor: Actor) -> bool:
    """Whether this person must have a second factor (no query for the house's people)."""
    if actor.is_staff:
        return bool(settings.STAFF_SECOND_FACTOR)
    return Customer.objects.filter(pk__in=actor.at_customers, second_factor=True).exists()


def given(request: HttpRequest) -> bool:
    """Whether a second factor was given in this session."""
    return any(
        record["method"] == "mfa" for record in get_authentication_records(request, _signed_in(request))
    )


def set_up(request: HttpRequest, kind: str) -> None:
    """A factor was set up and tried in this session: that counts as giving it."""
    record_authentication(request, _signed_in(request), "mfa", type=kind, reauthenticated=True)


def owned(user: Any) -> list[str]:
    """The kinds of factors that this person has."""
    return list(Authenticator.objects.filter(user_id=user.pk).values_list("type", flat=True).order_by("pk"))


def page_before_all_others(request: HttpRequest, actor: Actor) -> str:
    """Where this person must go before anything else: "" is nowhere, all is well."""
    if given(request) or not needed(actor):
        return ""
    kinds = owned(request.user)
    if not set(kinds) & set(FIRST):
        return reverse("mfa_index")
    by_code = {Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES} & set(kinds)
    return reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")


def page_before_signing(request: HttpRequest) -> str:
    """Where this person proves again who they are before they sign or approve; "" when they did just now.

    With a second factor set up, the factor itself is asked; without one, the password; without either, whoever
    signs them in: a new sign-in at the provider of single sign-on.
    """
    user = _signed_in(request)
    kinds = set(owned(user))
    if kinds & set(FIRST):
        if _recent(request, "mfa"):
            return ""
        by_code = kinds & {Authenticator.Type.TOTP}
        return reverse("mfa_reauthenticate" if by_code else "mfa_reauthenticate_webauthn")
    if not user.has_usable_password():
        return "" if proved_at_provider(request) else reverse("prove-at-provider")
    return "" if proved_recently(request) else reverse("account_reauthenticate")


def known_by_provider_alone(user: Any) -> bool:
    """Nothing that we could ask for ourselves: no password, no factor."""
    return not user.has_usable_password() and not set(owned(user)) & set(FIRST)


def note_proof_at_provider(request: HttpRequest, at: Any) -> None:
    """`at`: the claim `auth_time`, when the provider says that it asked this person (not when it remembered them)."""
    request.session["proved_at_provider"] = at if isinstance(at, int | float) else 0


def proved_at_provider(request: HttpRequest) -> bool:
    """Whether the provider asked this person within the last minutes."""
    return time.time() - request.session.get("proved_at_provider", 0) < app_settings.REAUTHENTICATION_TIMEOUT


def _recent(request: HttpRequest, method: str) -> bool:
    records = get_authentication_records(request, _signed_in(request))
    oldest = time.time() - app_settings.REAUTHENTICATION_TIMEOUT
    return any(record["method"] == method and record["at"] > oldest for record in records)


def is_last(authenticator: Authenticator) -> bool:
    """Whether its owner would be left without a factor."""
    others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=FIRST)
    return not others.exclude(pk=authenticator.pk).exists()


def take_away(user: User) -> None:
    """Every factor of a person who lost them, who then sets up new ones at the next sign-in."""
    with transaction.atomic():
        Authenticator.objects.filter(user=user).delete()


def proved_recently(request: HttpRequest) -> bool:
    """Whether this person signed in, or proved again who they are, within the last minutes."""
    records = get_authentication_records(request, _signed_in(request))
    return bool(records) and time.time() - records[-1]["at"] < app_settings.REAUTHENTICATION_TIMEOUT


def _signed_in(request: HttpRequest) -> Any:
    return request.user if request.user.is_authenticated else None
