"""Every customer's contacts get each checkpoint of its chain: their copy is the witness outside this house.

At least once: who dies between the server's yes and our commit sends again, with the same Message-ID.
"""

import datetime as dt
import json
import logging
import smtplib
from collections import defaultdict

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import Exists, OuterRef, Q

from accounts.scope import ALL, scope
from obligations.languages import spoken
from obligations.mailing import parts
from obligations.models import NoticeContact
from proof import signing
from proof.models import Checkpoint

log = logging.getLogger(__name__)
LEASE = dt.timedelta(minutes=5)
BATCH = 100
TEMPLATE = "proof/checkpoint"


def send(now: dt.datetime) -> int:
    """Mail what was not mailed yet; returns how many. A server that says no is asked again when the lease is over."""
    rows, to = _claim(now)
    if not rows:
        return 0
    sent = 0
    try:
        with get_connection() as connection:
            for row in rows:
                readers = to[row.customer_id or 0].items()
                connection.send_messages([_mail(row, *reader) for reader in readers])
                with scope(ALL, reason="checkpoint mailed"):
                    Checkpoint.objects.filter(pk=row.pk).update(mailed_at=now)
                sent += 1
    except (smtplib.SMTPException, OSError):
        log.exception("checkpoints cannot be mailed; again in %s", LEASE)
    return sent


def _claim(now: dt.datetime) -> tuple[list[Checkpoint], dict[int, dict[str, list[str]]]]:
    """Unmailed checkpoints of customers who have a contact, leased to us; and who reads them in which language."""
    with scope(ALL, reason="mail checkpoints"):
        contacts = NoticeContact.objects.filter(customer=OuterRef("customer"))
        free = Q(lease_until=None) | Q(lease_until__lt=now)
        waiting = Checkpoint.objects.filter(free, Exists(contacts), mailed_at=None).order_by("pk")
        ours = []
        for row in waiting[:BATCH]:
            if Checkpoint.objects.filter(free, pk=row.pk, mailed_at=None).update(lease_until=now + LEASE):
                ours.append(row)
        rows = NoticeContact.objects.filter(customer__in={row.customer_id for row in ours})
        found = rows.order_by("pk").values_list("customer", "email", "language", "agreement__language")
    to: dict[int, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    seen = set[tuple[int, str]]()
    for customer, email, own, agreements in found:
        if (customer, email) not in seen:
            seen.add((customer, email))
            to[customer][spoken(TEMPLATE, own or agreements)].append(email)
    return ours, to


def _mail(row: Checkpoint, language: str, to: list[str]) -> EmailMessage:
    line = json.dumps(signing.line(row), sort_keys=True)
    context = {
        "line": line,
        "row": row,
        "key": signing.public_keys().get(row.key_id),
        "base_url": settings.BASE_URL,
    }
    host = settings.BASE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
    subject, text = parts(TEMPLATE, language, context)
    return EmailMessage(
        subject,
        text,
        to=to,
        headers={
            "Message-ID": f"<checkpoint-{row.signature[:32]}-{language}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )
