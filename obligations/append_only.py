"""Triggers that keep the ledger append-only on both databases, and the list of them that must exist.

The one way past them is `lifted()`: for a test's flush and for a lawful erasure. On PostgreSQL it is a
setting of the transaction, on SQLite a row of a control table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Any, Final

from django.db import connection, transaction

# Table -> what makes a row another one's replacement, over the new row NEW. An app adds its own in ready().
TABLES: Final[dict[str, tuple[str, ...]]] = {"obligations_entry": ("proposal_id = NEW.proposal_id",)}
SQLITE_CONTROL: Final = "obligations_append_only"

POSTGRES_FUNCTION = """
CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('app.append_only_lifted', true) = 'on' THEN
    IF TG_OP = 'DELETE' THEN RETURN OLD; ELSE RETURN NEW; END IF;
  END IF;
  RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def names() -> set[str]:
    """Names of the triggers that must exist on this database."""
    verbs = ("change", "truncate") if connection.vendor == "postgresql" else ("update", "delete", "replace")
    return {f"{table}_refuses_{verb}" for table in _there() for verb in verbs}


def _there() -> list[str]:
    """The tables that exist: migrations put the first of them in place before the others are made."""
    existing_tables = set(connection.introspection.table_names())
    return [table for table in TABLES if table in existing_tables]


def missing() -> set[str]:
    """Triggers that should exist and do not (SQLite drops them when it rebuilds a table)."""
    return names() - existing()


def existing() -> set[str]:
    """Names of all triggers of the database that fire."""
    query = (
        "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
        if connection.vendor == "postgresql"
        else "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    )
    with connection.cursor() as cursor:
        cursor.execute(query)
        return {row[0] for row in cursor.fetchall()}


def create(apps: Any = None, schema_editor: Any = None) -> None:
    """Put the triggers in place; safe to repeat. Also called by migrations that rebuild a table."""
    with connection.cursor() as cursor:
        for statement in chain.from_iterable(statements()):
            cursor.execute(statement)


def statements() -> Iterator[list[str]]:
    """What puts them in place, table by table."""
    yield from _postgres() if connection.vendor == "postgresql" else [list(_sqlite())]


def drop(apps: Any = None, schema_editor: Any = None) -> None:
    """Take the triggers away (the migration's way back)."""
    with connection.cursor() as cursor:
        for table in _there():
            for name in sorted(name for name in names() if name.startswith(table)):
                on = f" ON {table}" if connection.vendor == "postgresql" else ""
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}{on}")


def _postgres() -> Iterator[list[str]]:
    yield [POSTGRES_FUNCTION]
    for table in _there():
        yield [
            part
            for verb, when in (("change", "UPDATE OR DELETE"), ("truncate", "TRUNCATE"))
            for part in (
                f"DROP TRIGGER IF EXISTS {table}_refuses_{verb} ON {table}",
                f"CREATE TRIGGER {table}_refuses_{verb} BEFORE {when} ON {table} "
                f"FOR EACH {'ROW' if verb == 'change' else 'STATEMENT'} EXECUTE FUNCTION refuse_change()",
            )
        ]


def _sqlite() -> Iterator[str]:
    yield f"CREATE TABLE IF NOT EXISTS {SQLITE_CONTROL} (lifted integer NOT NULL)"
    yield f"INSERT INTO {SQLITE_CONTROL} SELECT 0 WHERE NOT EXISTS (SELECT 1 FROM {SQLITE_CONTROL})"
    held = f"(SELECT lifted FROM {SQLITE_CONTROL}) = 0"
    for table in _there():
        for verb in ("update", "delete"):
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_{verb} BEFORE {verb.upper()} ON {table} "
                f"WHEN {held} BEGIN SELECT RAISE(ABORT, '{table} is append-only: {verb.upper()} refused'); END"
            )
        # INSERT OR REPLACE deletes the old row without firing a DELETE trigger.
        same = " OR ".join(("id = NEW.id", *TABLES[table]))
        yield (
            f"CREATE TRIGGER IF NOT EXISTS {table}_refuses_replace BEFORE INSERT ON {table} "
            f"WHEN {held} AND EXISTS "
            f"(SELECT 1 FROM {table} WHERE {same}) "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: REPLACE refused'); END"
        )


@contextmanager
def lifted() -> Iterator[None]:
    """Let rows go: for a lawful erasure, which writes down what it did, and for a test's flush."""
    with transaction.atomic():  # a process that dies in here leaves the guard as it was
        _lift("on")
        yield
        _lift("off")


def _lift(value: str) -> None:
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT set_config('app.append_only_lifted', %s, true)", [value])
        else:
            cursor.execute(f"UPDATE {SQLITE_CONTROL} SET lifted = %s", [int(value == "on")])
