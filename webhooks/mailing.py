"""The owner of an endpoint that was disabled is told so. At least once, like every mail of this house."""

import datetime as dt
import logging
import smtplib
from typing import Final

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q

from accounts.models import User
from accounts.roles import Role
from accounts.scope import ALL, scope
from obligations.languages import language_of
from obligations.mailing import parts
from webhooks.models import Endpoint

log = logging.getLogger(__name__)
LEASE: Final = dt.timedelta(minutes=5)
BATCH: Final = 20


def tell(now: dt.datetime) -> int:
    """Mail what is owed; returns how many. A server that says no is asked again when the lease is over."""
    sent = 0
    for row, to in _claim(now):
        context = {"row": row, "base_url": settings.BASE_URL}
        subject, words = parts("webhooks/disabled", language_of(to[0]) if to else "en", context)
        host = settings.BASE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
        number = f"{row.reference}-{row.disabled_at:%Y%m%d%H%M%S}"
        headers = {"Message-ID": f"<webhook-{number}@{host}>", "Auto-Submitted": "auto-generated"}
        try:
            EmailMessage(subject, words, to=to, headers=headers).send()
        except (smtplib.SMTPException, OSError):
            log.exception("the owner of a webhook cannot be mailed; again in %s", LEASE)
            continue
        with scope(ALL, reason="webhook mail"):
            Endpoint.objects.filter(pk=row.pk).update(mail_owed=False)
        sent += 1
    return sent


def _claim(now: dt.datetime) -> list[tuple[Endpoint, list[str]]]:
    """Endpoints whose owner is owed a mail, leased to us, and to whom: its owner, else the administrators."""
    free = Q(mail_lease=None) | Q(mail_lease__lt=now)
    with scope(ALL, reason="webhook mail"):
        rows = Endpoint.objects.filter(free, mail_owed=True).select_related("owner").order_by("pk")[:BATCH]
        ours = [row for row in rows if _ours(row, free, now)]
        if not ours:
            return []
        admins = User.objects.filter(is_active=True, memberships__role=Role.ADMIN)
        house = sorted(admins.values_list("email", flat=True))
        return [(row, [row.owner.email] if row.owner.is_active else house) for row in ours]


def _ours(row: Endpoint, free: Q, now: dt.datetime) -> bool:
    return bool(Endpoint.objects.filter(free, pk=row.pk, mail_owed=True).update(mail_lease=now + LEASE))
