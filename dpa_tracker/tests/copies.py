"""Rows that are built once by the verbs and then copied: the cast takes 140 statements, its copy one a table."""

import datetime as dt
import pickle
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Generic, TypeVar, cast

from django.db import connection, transaction

INSERT = re.compile(r'^INSERT (?:OR IGNORE )?INTO "(\w+)"')
Made = TypeVar("Made")
CHUNK = 900  # parameters in one statement; SQLite takes 999


class Copied(Generic[Made]):
    """What `build` makes of an empty database, written again for every test in a transaction of its own.

    The rows are those that the verbs wrote the first time, keys, references and instants included.
    """

    def __init__(self, build: Callable[[], Made]) -> None:
        self._build = build
        self._rows: dict[str, tuple[list[str], list[tuple[Any, ...]]]] = {}
        self._made = b""

    def make(self) -> Made:
        """The thing and its rows."""
        if not self._made:
            return self._first()
        # A row may refer to one of a later table: the database asks at the end of the transaction.
        with transaction.atomic(), connection.cursor() as cursor:
            for table, (columns, rows) in self._rows.items():
                _insert(cursor, table, columns, rows)
        return cast(Made, pickle.loads(self._made))

    def _first(self) -> Made:
        with _tables_written() as tables:
            made = self._build()
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f'SELECT * FROM "{table}"')
                columns = [column[0] for column in cursor.description]
                self._rows[table] = (columns, [tuple(map(_written, row)) for row in cursor.fetchall()])
        self._made = pickle.dumps(made)
        return made


@contextmanager
def _tables_written() -> Iterator[dict[str, None]]:
    """Tables in the order of their first rows: what refers to something comes after it. They were empty before."""
    found: dict[str, None] = {}

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if (into := INSERT.match(sql)) and into.group(1) not in found:
            cursor = connection.connection.cursor()
            cursor.execute(f'SELECT 1 FROM "{into.group(1)}" LIMIT 1')
            assert not cursor.fetchone(), f"{into.group(1)} had rows before: they cannot be copied"
            found[into.group(1)] = None
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def _written(value: Any) -> Any:
    """SQLite reads times of day as such, and does not write them."""
    return str(value) if isinstance(value, dt.time) else value


def _insert(cursor: Any, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
    names = ", ".join(f'"{name}"' for name in columns)
    line = f"({', '.join(['%s'] * len(columns))})"
    size = CHUNK // len(columns)
    for start in range(0, len(rows), size):
        part = rows[start : start + size]
        values = [value for row in part for value in row]
        cursor.execute(f'INSERT INTO "{table}" ({names}) VALUES {", ".join([line] * len(part))}', values)
