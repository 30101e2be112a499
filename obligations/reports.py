"""Delivery reports (RFC 3464): what a mail server says became of a message that it took."""

import datetime as dt
import email
import email.policy
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message
from email.utils import parsedate_to_datetime

MESSAGE_ID = re.compile(r"<([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})@", re.IGNORECASE)


@dataclass(frozen=True)
class Report:
    """`received`: the action was "delivered", otherwise "failed". `at` is the report's own time, if it has one."""

    message_id: uuid.UUID
    received: bool
    at: dt.datetime | None
    words: str


def read(data: bytes) -> Report | None:
    """The report in a mail, or None when the mail is none of ours or says nothing final ("delayed", "relayed")."""
    mail = email.message_from_bytes(data, policy=email.policy.default)
    if not isinstance(mail, EmailMessage) or mail.get_content_type() != "multipart/report":
        return None
    message_id = _message_id(mail)
    fields = next(_recipient_fields(mail), None)
    if message_id is None or fields is None:
        return None
    action = str(fields.get("Action", "")).strip().lower()
    if action not in ("delivered", "failed"):
        return None
    words = " ".join(str(fields.get("Diagnostic-Code") or fields.get("Status") or action).split())
    return Report(message_id, action == "delivered", _date(fields, mail), words)


def _recipient_fields(mail: EmailMessage) -> Iterator[Message]:
    """The groups of fields that speak about one recipient."""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            yield from (group for group in part.iter_parts() if "Action" in group)


def _message_id(mail: EmailMessage) -> uuid.UUID | None:
    for part in mail.walk():
        if part.get_content_type() in ("message/rfc822", "text/rfc822-headers"):
            found = MESSAGE_ID.search(part.as_string())
            if found:
                return uuid.UUID(found.group(1))
    found = MESSAGE_ID.search(str(mail.get("In-Reply-To", "")))
    return uuid.UUID(found.group(1)) if found else None


def _date(fields: Message, mail: EmailMessage) -> dt.datetime | None:
    for text in (fields.get("Last-Attempt-Date"), mail.get("Date")):
        try:
            found = parsedate_to_datetime(str(text))
        except (TypeError, ValueError):
            continue
        if found.tzinfo is not None:
            return found.astimezone(dt.UTC)
    return None
