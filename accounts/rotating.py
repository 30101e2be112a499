"""Everything that is sealed, sealed anew with the first key of the ring. Everything may run meanwhile.

A value is replaced only while it is what was read: who writes it at the same moment wins, and has sealed it with a
newer key anyway. Broken off and begun again it does what is left.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction

from accounts import keyring
from accounts.scope import ALL, scope

TOKEN: Final = re.compile(r"gAAAAA[\w-]+={0,2}")  # how everything sealed begins, until the year 2106
PART: Final = 500
# Columns that hold sealed values beside others, or sealed by hand: (model, field). Rooms add theirs in ready().
BY_HAND: Final[list[tuple[str, str]]] = [("mfa.Authenticator", "data")]


def columns() -> Iterator[tuple[str, str, str]]:
    """(table, its key, column) of everything that is sealed."""
    sealed = [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.concrete_fields
        if isinstance(field, keyring.Sealed)
    ]
    by_hand = [(apps.get_model(label), name) for label, name in BY_HAND]
    for model, field in [*sealed, *((model, model._meta.get_field(name)) for model, name in by_hand)]:
        assert isinstance(field, models.Field) and field.column and model._meta.pk
        yield model._meta.db_table, model._meta.pk.column, field.column


def rotate() -> dict[str, int]:
    """How many values of each column were sealed anew. keyring.Unreadable names the first that no key opens."""
    return {f"{table}.{column}": _column(table, key, column) for table, key, column in columns()}


def _column(table: str, key: str, column: str) -> int:
    number, last = 0, None
    while True:
        with scope(ALL, reason="rotation of keys"), transaction.atomic(), connection.cursor() as cursor:
            where = f'WHERE "{key}" > %s' if last is not None else ""
            cursor.execute(
                f'SELECT "{key}", {_text(column)} FROM "{table}" {where} ORDER BY "{key}" LIMIT {PART}',
                [last] if last is not None else [],
            )
            rows = cursor.fetchall()
            number += sum(_value(cursor, table, key, column, *row) for row in rows)
        if len(rows) < PART:
            return number
        last = rows[-1][0]


def _value(cursor: Any, table: str, key: str, column: str, pk: Any, old: str | None) -> int:
    try:
        new = TOKEN.sub(lambda found: keyring.resealed(found[0]), old or "")
    except keyring.Unreadable as error:
        raise keyring.Unreadable(f"{table}.{column} of {pk}: {error}") from error
    if new == (old or ""):
        return 0
    cast = "::jsonb" if connection.vendor == "postgresql" and _is_json(table, column) else ""
    cursor.execute(
        f'UPDATE "{table}" SET "{column}" = %s{cast} WHERE "{key}" = %s AND {_text(column)} = %s',
        [new, pk, old],
    )
    return int(cursor.rowcount)


def _text(column: str) -> str:
    return f'"{column}"::text' if connection.vendor == "postgresql" else f'"{column}"'


def _is_json(table: str, column: str) -> bool:
    return any(
        isinstance(field, models.JSONField) and field.column == column
        for model in apps.get_models()
        if model._meta.db_table == table
        for field in model._meta.concrete_fields
    )
