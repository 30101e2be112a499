"""One UPDATE with a value per row, and one INSERT of many, on both databases.

Django's bulk_update grows a CASE per row, and its bulk_create sends every column of every row.
"""

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


def add_rows(rows: Sequence[models.Model]) -> None:
    """Insert rows of one model, save those that are there already. One statement a chunk.

    A column in which a chunk agrees (most are empty at first) is sent once.
    """
    for chunk in chunks(rows):
        _insert(chunk)


def _insert(rows: Sequence[models.Model]) -> None:
    differing: list[Any] = []
    picked: list[str] = []
    given: list[Any] = []
    fields: list[Any] = [
        field for field in rows[0]._meta.concrete_fields if not isinstance(field, models.AutoField)
    ]
    for field in fields:
        first = getattr(rows[0], field.attname)
        if any(getattr(row, field.attname) != first for row in rows):
            differing.append(field)
            picked.append(f'v."{field.column}"')
        else:
            picked.append(f"%s::{field.rel_db_type(connection)}" if _postgres() else "%s")
            given.append(_prepared(field, rows[0]))
    names = ", ".join(f'"{field.column}"' for field in fields)
    source, values = _as_table(differing or fields[:1], rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{rows[0]._meta.db_table}" ({names}) SELECT {", ".join(picked)} FROM {source}'
            " WHERE true ON CONFLICT DO NOTHING",  # WHERE: else SQLite takes ON for a join
            [*given, *values],
        )


def _update(rows: Sequence[models.Model], columns: Sequence[str], where: str, given: Sequence[Any]) -> int:
    fields: list[Any] = [rows[0]._meta.pk, *(rows[0]._meta.get_field(name) for name in columns)]
    sets = ", ".join(f'"{field.column}" = v."{field.column}"' for field in fields[1:])
    condition = f'WHERE t."{fields[0].column}" = v."{fields[0].column}"' + (f" AND {where}" if where else "")
    source, values = _as_table(fields, rows)
    with connection.cursor() as cursor:
        # Not WITH: Python's sqlite3 counts rows only of statements that begin with UPDATE.
        cursor.execute(
            f'UPDATE "{rows[0]._meta.db_table}" AS t SET {sets} FROM {source} {condition}', [*values, *given]
        )
        return int(cursor.rowcount)


def _as_table(fields: Sequence[Any], rows: Sequence[models.Model]) -> tuple[str, list[Any]]:
    """These columns of the rows as a table `v` of a statement, and the values of its %s."""
    if _postgres():
        names = ", ".join(f'"{field.column}"' for field in fields)
        arrays = ", ".join(f"%s::{field.rel_db_type(connection)}[]" for field in fields)
        return f"unnest({arrays}) AS v({names})", [
            [_prepared(field, row) for row in rows] for field in fields
        ]
    holes = ", ".join(["(" + ", ".join(["%s"] * len(fields)) + ")"] * len(rows))
    named = ", ".join(f'column{place} AS "{field.column}"' for place, field in enumerate(fields, 1))
    return (
        f"(SELECT {named} FROM (VALUES {holes})) AS v",
        [_prepared(field, row) for row in rows for field in fields],
    )


def _postgres() -> bool:
    return connection.vendor == "postgresql"


def _prepared(field: Any, row: models.Model) -> Any:
    return field.get_db_prep_save(getattr(row, field.attname), connection)
