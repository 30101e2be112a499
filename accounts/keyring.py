"""Seals secrets that must be read again (an authenticator's seed), so that a copy of the database opens nothing.

The keys are FIELD_KEYS of the settings: the first one seals, all of them open. A new key is put in front; the old
one stays until everything is sealed anew.
"""

import base64
import hashlib
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class Unreadable(RuntimeError):
    """None of the keys opens it. What is stored is never shown in its place."""


def seal(text: str) -> str:
    """The text, readable only with a key of the ring."""
    return _ring().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The text that was sealed. Unreadable when the key is gone."""
    try:
        return _ring().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise Unreadable(
            "A stored secret opens with none of FIELD_KEYS. Put the key back with which it was sealed."
        ) from error


def _ring() -> Any:
    digests = [hashlib.sha256(b"dpa-tracker fields:" + key.encode()).digest() for key in settings.FIELD_KEYS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])
