"""Invitations: who may come, for how long, and what makes them a user.

The link carries 256 random bits and works once, within a week. Its secret is in the mail alone (we keep a digest),
which is why the mail does not pass through the outbox: messages there are kept and shown to staff.
"""

import datetime as dt
import hashlib
import secrets
import smtplib
from collections.abc import Sequence
from typing import Any, Final

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from accounts import people
from accounts.models import Customer, Invitation, User
from accounts.roles import Actor

LIFETIME: Final = dt.timedelta(days=7)


def invite(
    *, email: str, name: str, role: str, customers: Sequence[Customer], actor: Actor, at: dt.datetime
) -> None:
    """Mail somebody a link; who is a user already gets the role at once and is told.

    ValidationError when the role cannot be given or the mail cannot be sent: then nothing has changed.
    """
    people.check(actor, role, customers)
    email = email.strip().lower()
    known = User.objects.filter(email=email).first()
    if known:
        people.grant(known, role, customers, actor=actor, at=at)
        _mail(
            "account/email/role_given",
            email,
            {"person": known.name, "by": actor.name, "url": settings.BASE_URL},
        )
        return
    secret = secrets.token_urlsafe(32)
    row = Invitation(
        email=email,
        name=name,
        role=role,
        digest=_digest(secret),
        invited_by=User.objects.get(pk=actor.user_id or 0),
        invited_at=at,
        expires_at=at + LIFETIME,
    )
    with transaction.atomic():
        withdraw(Invitation.objects.filter(email=email), at=at)
        row.save()
        row.customers.set(customers)
    url = f"{settings.BASE_URL}{reverse('invitation', args=[secret])}"
    try:
        _mail("account/email/invitation", email, {"person": name, "by": actor.name, "url": url, "row": row})
    except ValidationError:
        row.delete()
        raise


def withdraw(rows: QuerySet[Invitation], *, at: dt.datetime) -> int:
    """Close what is still open among these; their links end."""
    return rows.filter(accepted_at=None, withdrawn_at=None).update(withdrawn_at=at)


def forget(end: dt.datetime) -> int:
    """Delete those that were taken, withdrawn or ran out before `end`; returns how many."""
    over = Q(accepted_at__lt=end) | Q(withdrawn_at__lt=end) | Q(accepted_at=None, expires_at__lt=end)
    rows = list(Invitation.objects.filter(over).values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=rows).delete()
    return len(rows)


def open_at(at: dt.datetime) -> QuerySet[Invitation]:
    """Invitations whose link works at that instant."""
    return Invitation.objects.filter(accepted_at=None, withdrawn_at=None, expires_at__gt=at)


def behind(secret: str, *, at: dt.datetime) -> Invitation | None:
    """The open invitation of a link; None for one that is unknown, used, withdrawn or too old."""
    return open_at(at).filter(digest=_digest(secret)).first()


def accept(secret: str, password: str, *, at: dt.datetime) -> User | None:
    """Make the invited person a user with this password. None when the link does not work (any more).

    The password is hashed in both cases: how long the answer takes says nothing about the link.
    """
    hashed = make_password(password)
    found = behind(secret, at=at)
    return _accepted(found, hashed, at) if found else None


def accept_verified(addresses: Sequence[str], *, at: dt.datetime) -> User | None:
    """Make somebody a user whose address a provider of single sign-on has verified; they get no password."""
    found = open_at(at).filter(email__in=addresses).first()
    return _accepted(found, make_password(None), at) if found else None


def _accepted(found: Invitation, hashed: str, at: dt.datetime) -> User | None:
    with transaction.atomic():
        # The update is the lock: of two clicks on one link the second finds nothing to take.
        if not open_at(at).filter(pk=found.pk).update(accepted_at=at):
            return None
        author = found.invited_by
        user = User.objects.filter(email=found.email).first()
        if user is None:
            row = User(email=found.email, name=found.name, password=hashed)
            user = bulk_create_with_history([row], User, default_user=author, default_date=at)[0]
        places = Invitation.customers.through.objects.filter(invitation=found)
        people.added(
            user, found.role, list(places.values_list("customer_id", flat=True)), author=author, at=at
        )
        return user


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _mail(template: str, email: str, context: dict[str, Any]) -> None:
    try:
        get_adapter().render_mail(template, email, context).send()
    except (smtplib.SMTPException, OSError) as error:
        words = _(
            "The mail could not be sent (%(error)s). Nobody was invited: try again, or ask who runs the mail."
        )
        raise ValidationError(words % {"error": error}) from error
