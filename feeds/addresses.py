"""Addresses of calendars: made once, shown once, found by their digest, ended at once, and with their owner's roles.

Calendar programs know no tokens, so the address itself is the secret. It opens nothing but the calendar.
"""

import datetime as dt
import secrets
from contextlib import AbstractContextManager
from typing import Final

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import tokens
from accounts.models import Customer
from accounts.roles import Actor, actor_of
from accounts.scope import ALL, scope
from feeds.models import Feed

MOST: Final = 20  # of one person
NOTED_EVERY: Final = dt.timedelta(minutes=10)


def make(name: str, *, customer: Customer | None, actor: Actor, now: dt.datetime) -> tuple[Feed, str]:
    """An address and its secret, which is shown once. ValidationError says what is wrong with the wish."""
    if customer is not None and not actor.is_staff and customer.pk not in actor.at_customers:
        raise ValidationError(_("You hold no role at that customer."))
    if len(own(actor)) >= MOST:
        raise ValidationError(_("You have %(most)s calendars already. End one first.") % {"most": MOST})
    secret = secrets.token_urlsafe(32)
    with _own_rows():
        made = Feed.objects.create(
            name=name.strip()[:100],
            customer=customer,
            owner_id=actor.user_id,
            digest=tokens.digest_of(secret),
            made_at=now,
        )
    return made, secret


def _own_rows() -> AbstractContextManager[None]:
    """A person's own calendar has no customer, so the scope of a customer's people would hide it from its owner."""
    return scope(ALL, reason="own calendars")


def own(actor: Actor) -> list[Feed]:
    """The actor's own addresses that count, the newest first."""
    with _own_rows():
        rows = Feed.objects.filter(owner=actor.user_id, revoked_at=None)
        if not actor.is_staff:
            rows = rows.filter(Q(customer=None) | Q(customer__in=actor.at_customers))
        return list(rows.select_related("customer").order_by("-pk"))


def revoke(digest: str, *, actor: Actor, now: dt.datetime) -> bool:
    """End an address of the actor's own."""
    with _own_rows():
        rows = Feed.objects.filter(digest=digest, owner=actor.user_id, revoked_at=None)
        return bool(rows.update(revoked_at=now))


def forget(end: dt.datetime) -> int:
    """Delete addresses that were revoked before `end`; returns how many."""
    return int(Feed.objects.filter(revoked_at__lt=end).delete()[0])


def behind(secret: str, *, now: dt.datetime) -> tuple[Feed, Actor] | None:
    """The feed of a secret, and who reads it; None when it does not count now.

    A customer's calendar ends when its owner holds no role there any more.
    """
    with scope(ALL, reason="calendar address"):
        rows = Feed.objects.select_related("owner", "customer")
        found = rows.filter(digest=tokens.digest_of(secret), revoked_at=None, owner__is_active=True).first()
        if found is None:
            return None
        actor = actor_of(found.owner)
        held = actor.is_staff or (
            found.customer_id in actor.at_customers if found.customer_id else bool(actor.at_customers)
        )
        if held and (found.read_at is None or now - found.read_at >= NOTED_EVERY):
            Feed.objects.filter(pk=found.pk).update(read_at=now)
    return (found, actor) if held else None
