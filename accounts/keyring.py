"""Seals what must be read again (who a data subject is, an authenticator's seed, a webhook's secret), so that a copy of
the database opens nothing.

The keys are FIELD_KEYS of the settings: the first one seals, all of them open. A new key is put in front;
`manage.py rotate_keys` (rotating.py) seals everything anew with it, and then the old one may go.
"""

import base64
import hashlib
import json
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models

MISSING: Final = "A stored secret opens with none of FIELD_KEYS. Put the key back with which it was sealed."


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
        raise Unreadable(MISSING) from error


def resealed(sealed: str) -> str:
    """The same under the first key; unchanged where that has sealed it. Unreadable as above."""
    first, *_older = _keys()
    try:
        first.decrypt(sealed.encode())
    except InvalidToken:
        return seal(unseal(sealed))
    return sealed


def _ring() -> Any:
    return MultiFernet(_keys())


def _keys() -> list[Fernet]:
    digests = [hashlib.sha256(b"dpa-tracker fields:" + key.encode()).digest() for key in settings.FIELD_KEYS]
    return [Fernet(base64.urlsafe_b64encode(digest)) for digest in digests]


class Sealed(models.TextField):
    """A column whose value (text, or anything that JSON can say) is sealed. Nothing can be looked up by it."""

    def from_db_value(self, value: str | None, expression: Any, connection: Any) -> Any:
        """What was sealed. Unreadable when the key is gone."""
        return None if value is None else json.loads(unseal(value))

    def get_prep_value(self, value: Any) -> str | None:
        """Sealed anew at each write: equal values are not equal in the database."""
        return None if value is None else seal(json.dumps(value))

    def get_lookup(self, lookup_name: str) -> Any:
        """None but `isnull`."""
        return super().get_lookup(lookup_name) if lookup_name == "isnull" else None
