"""What a mail provider says became of a message: events of django-anymail's webhooks.

The signal is the library's own way to hand events on; it is the only one in this program.
"""

import datetime as dt
import re
import uuid
from typing import Any

from anymail.signals import EventType, tracking
from django.utils import timezone

from obligations import delivery

FAILED = frozenset({EventType.BOUNCED, EventType.REJECTED, EventType.FAILED})
OUR_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE)


def listen() -> None:
    """Called once at start-up."""
    tracking.connect(heard, dispatch_uid="obligations.mail_events")


def heard(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """Only delivered and failed are final. Opens and clicks are scanners' as well as people's: they prove nothing."""
    found = message_id(event)
    if found is None or event.event_type not in FAILED | {EventType.DELIVERED}:
        return
    now = timezone.now()
    at = min(event.timestamp or now, now).astimezone(dt.UTC)
    words = " ".join(
        str(part) for part in (esp_name, event.reject_reason, event.mta_response or event.description) if part
    )
    received = event.event_type == EventType.DELIVERED
    delivery.report(found, received=received, at=at, now=now, words=words)


def message_id(event: Any) -> uuid.UUID | None:
    """Our key: in the Message-ID, which most providers hand back, or in what else they say of the message."""
    said = event.esp_event if isinstance(event.esp_event, dict) else {}
    for text in (event.message_id, event.metadata.get("message"), said.get("smtp-id")):
        found = OUR_ID.search(str(text or ""))
        if found:
            return uuid.UUID(found.group(0))
    return None
