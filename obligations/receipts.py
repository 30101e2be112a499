"""Acknowledgment from the link in a mail: signed, for one message, until a day; only its POST counts.

Whoever holds the link can read that mailbox, which is what receipt means; the page shows nothing of what was sent.
"""

import datetime as dt
import uuid
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import transaction

from accounts.roles import Actor, Role
from accounts.scope import ALL, scope
from obligations.actions import advance, entry, lock
from obligations.models import Entry, Message
from obligations.notices import ACKNOWLEDGED

LASTS = dt.timedelta(days=30)  # from the day when the message was queued
SIGNER = Signer(salt="receipt of a message")


def token(message: Message) -> str:
    """The signed part of the link, or "" when no receipt is asked for. Reads no clock."""
    if not message.step_on_receipt:
        return ""
    until = message.queued_at + LASTS
    return SIGNER.sign_object({"message": str(message.pk), "until": until.isoformat()}).replace(":", "~")


def find(signed: str, now: dt.datetime) -> Message | None:
    """The message of a link, as everybody's scope sees it; None when the link is forged or has run out."""
    try:
        kept: dict[str, Any] = SIGNER.unsign_object(signed.replace("~", ":"))
        until, key = dt.datetime.fromisoformat(kept["until"]), uuid.UUID(kept["message"])
    except (BadSignature, KeyError, TypeError, ValueError):
        return None
    if now >= until:
        return None
    with scope(ALL, reason="link in a mail"):
        found: Message | None = Message.objects.select_related("matter").filter(pk=key).first()
        return found


def confirm(message: Message, *, at: dt.datetime) -> bool:
    """Take the step that receipt calls for, in the addressee's name. False when it was confirmed before."""
    with scope(ALL, reason="link in a mail"), transaction.atomic():
        row = Message.objects.select_for_update(no_key=True).get(pk=message.pk)
        if row.proof == ACKNOWLEDGED:
            return False
        matter = lock([row.matter_id])[0]
        who = _addressee(row)
        if matter.state in matter.clause.step(row.step_on_receipt).from_states:
            advance([matter], row.step_on_receipt, actor=who, at=at)
        else:  # receipt was known already: the stronger proof is kept beside it
            Entry.objects.bulk_create([entry(matter, "receipt_confirmed", who, at, at)])
        Message.objects.filter(pk=row.pk).update(
            state=Message.State.RECEIVED,
            proof=ACKNOWLEDGED,
            received_at=row.received_at or at,
            next_attempt_at=None,
        )
        return True


def _addressee(row: Message) -> Actor:
    name = f"{row.recipient_name or row.recipient} (link in the mail)"
    return Actor(name, row.user_id, at_customers={row.customer_id or 0: frozenset({Role.CONTACT})})
