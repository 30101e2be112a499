"""Names of rows that are one person's own, where django-allauth's tables have running numbers alone."""

from collections.abc import Iterable
from typing import TypeVar

from django.db.models import Model
from django.utils.crypto import constant_time_compare, salted_hmac

Row = TypeVar("Row", bound=Model)


def handle(row: Model) -> str:
    """What stands for the row in an address or a form: it tells nobody how many rows there are."""
    return salted_hmac("accounts.handles", f"{row._meta.label}:{row.pk}").hexdigest()[:20]


def behind(text: str, rows: Iterable[Row]) -> Row | None:
    """The one of these few rows that the handle stands for, or None."""
    return next((row for row in rows if constant_time_compare(handle(row), text)), None)
