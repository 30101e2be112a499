"""Secrets and signatures as Standard Webhooks has them: whsec_ and base64; v1 is HMAC-SHA256 over id, time and body."""

import base64
import datetime as dt
import hashlib
import hmac
import json
import secrets
from typing import Final

from django.conf import settings

from accounts import keyring
from webhooks.models import Delivery, Endpoint, Event

PREFIX: Final = "whsec_"


def new_secret() -> str:
    """256 random bits."""
    return PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def body(event: Event) -> bytes:
    """Thin: what happened to which matter, and where to read more. No words that somebody typed, nobody's name."""
    matter = event.matter
    what = "step" if event.entry_id else "duty"
    data = {
        "kind": matter.kind,
        "reference": matter.public_reference,
        what: event.subject,
        "url": f"{settings.BASE_URL}/api/v1/{matter.kind}/{matter.public_reference}/",
    }
    told = {"type": event.type, "timestamp": event.at.isoformat(), "data": data}
    return json.dumps(told, separators=(",", ":")).encode()


def headers(delivery: Delivery, content: bytes, at: dt.datetime) -> dict[str, str]:
    """The three headers; a signature for each secret that counts at that instant. `delivery.endpoint` is loaded."""
    stamp = str(int(at.timestamp()))
    signed = f"{delivery.pk}.{stamp}.".encode() + content
    return {
        "webhook-id": str(delivery.pk),
        "webhook-timestamp": stamp,
        "webhook-signature": " ".join(
            _signature(secret, signed) for secret in _counting(delivery.endpoint, at)
        ),
    }


def _counting(endpoint: Endpoint, at: dt.datetime) -> list[str]:
    sealed = [endpoint.secret]
    if endpoint.old_secret and endpoint.old_secret_until and at < endpoint.old_secret_until:
        sealed.append(endpoint.old_secret)
    return [keyring.unseal(secret) for secret in sealed]


def _signature(secret: str, signed: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
