"""One UPDATE with a value per row, on both databases. Django's bulk_update grows a CASE per row instead."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from django.db import connection, models

T = TypeVar("T")
CHUNK = 1000  # rows a statement: SQLite takes 32,766 parameters, PostgreSQL is quickest between 500 and 2,000


def chunks(rows: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Slices of at most `size` rows."""
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def set_columns(
    rows: Sequence[models.Model], columns: Sequence[str], where: str = "", given: Sequence[Any] = ()
) -> int:
    """Write these columns of these rows (instances with a pk; none: 0) and return how many rows matched.

    One statement a chunk. `where` narrows it, over the table's alias `t` and the new values' alias `v`; `given` are
    the values of its %s.
    """
    return sum(_update(chunk, columns, where, given) for chunk in chunks(rows))


def _update(rows: Sequence[models.Model], columns: Sequence[str], where: str, given: Sequence[Any]) -> int:
    fields: list[Any] = [rows[0]._meta.pk, *(rows[0]._meta.get_field(name) for name in columns)]
    names = ", ".join(f'"{field.column}"' for field in fields)
    sets = ", ".join(f'"{field.column}" = v."{field.column}"' for field in fields[1:])
    condition = f'WHERE t."{fields[0].column}" = v."{fields[0].column}"' + (f" AND {where}" if where else "")
    values = [[_prepared(field, row) for field in fields] for row in rows]
    table = rows[0]._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
            source = f"unnest({arrays}) AS v({names})"
            cursor.execute(
                f'UPDATE "{table}" AS t SET {sets} FROM {source} {condition}',
                [*(list(column) for column in zip(*values, strict=True)), *given],
            )
        else:
            holes = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(rows))
            named = ", ".join(f'column{place} AS "{field.column}"' for place, field in enumerate(fields, 1))
            # Not WITH: Python's sqlite3 counts rows only of statements that begin with UPDATE.
            cursor.execute(
                f'UPDATE "{table}" AS t SET {sets} FROM (SELECT {named} FROM (VALUES {holes})) AS v {condition}',
                [*(value for row in values for value in row), *given],
            )
        return int(cursor.rowcount)


def _prepared(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
