"""Tokens of the API: made once, shown once, found by their digest, ended at once.

A staff member's token acts as `machine`, never as the person: it approves nothing and waives nothing. A customer's
token acts with the roles that its owner holds at that customer. Both end with their owner.
"""

import datetime as dt
import hashlib
import re
import secrets
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.models import ApiToken, Customer, UsedKey, User
from accounts.roles import Actor, Role, actor_of

PREFIX: Final = "dpa_"
SCOPE: Final = re.compile(r"(\*|[a-z_]+):(read|write)")
LONGEST: Final = dt.timedelta(days=366)
MAKERS: Final = frozenset({Role.ADMIN, Role.OFFICER})
KEYS_KEPT: Final = dt.timedelta(hours=48)  # how long a request may be repeated with its Idempotency-Key
USE_NOTED_EVERY: Final = dt.timedelta(minutes=1)


def digest_of(secret: str) -> str:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def make(
    owner: User,
    name: str,
    scopes: Sequence[str],
    *,
    at: dt.datetime,
    expires_at: dt.datetime,
    customer: Customer | None = None,
) -> tuple[ApiToken, str]:
    """A token and its secret, which is nowhere else. ValidationError says what is wrong with the wish."""
    actor = actor_of(owner)
    if not (actor.house & MAKERS or actor.at_customers):
        raise ValidationError(_("Tokens are for administrators, officers and the people of customers."))
    if not name.strip() or "\x00" in name:
        raise ValidationError(_("Give the token a name that says which program has it."))
    wrong = [scope for scope in scopes if not SCOPE.fullmatch(scope)]
    if wrong or not scopes:
        raise ValidationError(_("A scope is a kind and read or write, such as breach:write or *:read."))
    if not at < expires_at <= at + LONGEST:
        raise ValidationError(_("A token ends within a year; make a new one then."))
    if customer is not None and not actor.house & MAKERS and customer.pk not in actor.at_customers:
        raise ValidationError(_("You hold no role at that customer."))
    secret = PREFIX + secrets.token_urlsafe(32)
    made = ApiToken.objects.create(
        name=name.strip()[:100],
        prefix=secret[:12],
        digest=digest_of(secret),
        scopes=sorted(set(scopes)),
        owner=owner,
        customer=customer,
        created_at=at,
        expires_at=expires_at,
    )
    return made, secret


def revoke(token: ApiToken, *, actor: Actor, at: dt.datetime) -> bool:
    """End a token: its owner, or an administrator. False when it had ended or is not theirs to end."""
    if actor.user_id != token.owner_id and Role.ADMIN not in actor.house:
        return False
    rows = ApiToken.objects.filter(pk=token.pk, revoked_at=None)
    return bool(rows.update(revoked_at=at, revoked_by=actor.user_id))


def forget_used_keys(now: dt.datetime) -> int:
    """Delete keys that nobody may still repeat; returns how many."""
    return UsedKey.objects.filter(at__lt=now - KEYS_KEPT).delete()[0]


def forget_ended(end: dt.datetime) -> int:
    """Delete tokens that were revoked or ran out before `end`; returns how many."""
    return ApiToken.objects.filter(Q(revoked_at__lt=end) | Q(expires_at__lt=end)).delete()[0]


def behind(header: str, *, at: dt.datetime) -> tuple[ApiToken, Actor] | None:
    """The token of an Authorization header and who acts with it; None for any that does not count now."""
    kind, _space, secret = header.partition(" ")
    if kind.lower() != "bearer" or not secret.startswith(PREFIX):
        return None
    rows = ApiToken.objects.select_related("owner")
    found = rows.filter(
        digest=digest_of(secret.strip()), revoked_at=None, expires_at__gt=at, owner__is_active=True
    ).first()
    if found is None:
        return None
    actor = _acting(found, actor_of(found.owner))
    return (found, actor) if actor.house or actor.at_customers else None


def _acting(token: ApiToken, owner: Actor) -> Actor:
    name = f"{owner.name} ({token.name})"[:150]
    machine = frozenset({Role.MACHINE.value})
    only = token.customer_id
    if owner.house & MAKERS:
        at = {only: machine} if only else {}
        return Actor(name, owner.user_id, frozenset() if only else machine, at)
    roles = {pk: held for pk, held in owner.at_customers.items() if only in (None, pk)}
    return Actor(name, owner.user_id, frozenset(), roles)


def allows(token: ApiToken | None, kind: str, verb: str) -> bool:
    """Whether the token reaches that kind ("read" or "write"; write includes read). No token: a person."""
    if token is None:
        return True
    wanted = {verb, "write"}
    return any(f"{name}:{one}" in token.scopes for name in ("*", kind) for one in wanted)


def note_use(token: ApiToken, *, at: dt.datetime) -> None:
    """When it was last used, written at most once a minute: no request costs a write."""
    if token.last_used_at is None or at - token.last_used_at >= USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=at)
