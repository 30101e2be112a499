"""What people do with endpoints: make, rotate the secret, switch off and on, remove, replay. With the two loops
(collecting.py, sending.py) the only writers of this app."""

import datetime as dt
import re
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils.translation import gettext as _

from accounts import keyring
from accounts.models import Customer
from accounts.roles import CUSTOMER_SIDE, Actor, Role
from obligations.models import Entry
from obligations.references import random_reference
from webhooks import collecting, posting, signing
from webhooks.models import Delivery, Endpoint, Event

KEEPERS: Final = frozenset({Role.ADMIN, Role.OFFICER})
OVERLAP: Final = dt.timedelta(days=1)  # how long an old secret goes on signing
PATTERN: Final = re.compile(r"(\*|[a-z_]+)\.(\*|[a-z_-]+)")
MOST: Final = 20  # endpoints of one customer, or of the house


def may_keep(actor: Actor, customer_id: int | None) -> bool:
    """Administrators and officers keep any endpoint; a customer's people those of their customer."""
    return bool(actor.house & KEEPERS) or bool(
        customer_id is not None and actor.roles_at(customer_id) & CUSTOMER_SIDE
    )


def kept_by(actor: Actor) -> QuerySet[Endpoint]:
    """The endpoints that the actor keeps."""
    rows = Endpoint.objects.filter(removed_at=None).select_related("customer", "owner").order_by("pk")
    return rows if actor.house & KEEPERS else rows.filter(customer__in=actor.at_customers.keys())


def make(
    url: str, wants: Sequence[str], *, customer: Customer | None, actor: Actor, now: dt.datetime
) -> tuple[Endpoint, str]:
    """An endpoint and its secret, which is shown once. ValidationError says what is wrong with the wish."""
    if not may_keep(actor, customer.pk if customer else None) or actor.user_id is None:
        raise ValidationError(_("You may not make an endpoint for that customer."))
    if words := posting.refusal(url):
        raise ValidationError(words)
    if any(not PATTERN.fullmatch(pattern) for pattern in wants):
        raise ValidationError(_("An event is a kind and a step, such as breach.*, *.alert or dsar.open."))
    if Endpoint.objects.filter(customer=customer, removed_at=None).count() >= MOST:
        raise ValidationError(_("There are %(most)s endpoints already. Remove one first.") % {"most": MOST})
    secret = signing.new_secret()
    made = Endpoint.objects.create(
        reference=random_reference(),
        url=url,
        wants=sorted(set(wants)),
        customer=customer,
        secret=keyring.seal(secret),
        owner_id=actor.user_id,
        made_at=now,
        after=Entry.objects.aggregate(newest=Max("pk"))["newest"] or 0,
    )
    return made, secret


def rotate(endpoint: Endpoint, *, now: dt.datetime) -> str:
    """A new secret; until OVERLAP has passed the old one signs too, so that nobody misses an event meanwhile."""
    secret = signing.new_secret()
    Endpoint.objects.filter(pk=endpoint.pk).update(
        old_secret=endpoint.secret, old_secret_until=now + OVERLAP, secret=keyring.seal(secret)
    )
    return secret


def disable(endpoint: Endpoint, why: str, *, now: dt.datetime, tell: bool = False) -> None:
    """Send nothing more to it; what happens meanwhile waits in the ledger. `tell`: its owner gets a mail."""
    rows = Endpoint.objects.filter(pk=endpoint.pk, disabled_at=None)
    rows.update(disabled_at=now, why_disabled=why[:200], mail_owed=tell, mail_lease=None)


def enable(endpoint: Endpoint, *, now: dt.datetime) -> int:
    """Send again, and what it missed first; returns how many that are."""
    with transaction.atomic():
        row = Endpoint.objects.select_for_update().get(pk=endpoint.pk)
        since = row.failing_since or row.disabled_at
        fresh = {"disabled_at": None, "why_disabled": "", "failing_since": None, "mail_owed": False}
        Endpoint.objects.filter(pk=row.pk).update(**fresh)
        row.disabled_at = None
        Delivery.objects.filter(endpoint=row, state=Delivery.State.WAITING).update(
            next_attempt_at=now, attempts=0
        )
        return replay(row, since, now, now=now, only_undelivered=True) if since else 0


def remove(endpoint: Endpoint, *, actor: Actor, now: dt.datetime) -> None:
    """Forget its secrets and send nothing more; the log of what was sent stays as long as any."""
    Endpoint.objects.filter(pk=endpoint.pk, removed_at=None).update(
        removed_at=now, removed_by=actor.user_id, secret="", old_secret="", old_secret_until=None
    )


def replay(
    endpoint: Endpoint,
    since: dt.datetime,
    until: dt.datetime,
    *,
    now: dt.datetime,
    only_undelivered: bool = False,
) -> int:
    """Send the events of that range again, each with the webhook-id that it had; returns how many.

    Events that the endpoint was never sent (it was disabled, or wanted less) come with a new id.
    """
    with transaction.atomic():
        events = Event.objects.filter(made_at__gte=since, made_at__lte=until, matter__restricted=False)
        if endpoint.customer_id is not None:
            events = events.filter(customer=endpoint.customer_id, told=True)
        known = Delivery.objects.filter(endpoint=endpoint, event__in=events)
        if only_undelivered:
            known = known.exclude(state=Delivery.State.DELIVERED)
        again = known.update(state=Delivery.State.WAITING, attempts=0, next_attempt_at=now, ended_at=None)
        there = Delivery.objects.filter(endpoint=endpoint).values("event")
        missing = [event for event in events.filter(~Q(pk__in=there)) if collecting.wanted(endpoint, event)]
        collecting.send([collecting.delivery(endpoint, event, now) for event in missing])
        return int(again) + len(missing)
