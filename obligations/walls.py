"""The second wall: what the database itself refuses, on every table with a customer column.

PostgreSQL: row-level security, forced on the owner too, reads the setting that `scope()` makes for its
transaction; without it no row is seen. Both databases: a trigger refuses a row that points at another
customer's row. `manage.py migrate` builds all of it anew after the migrations, so a new table cannot be forgotten.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.db import connection, models

from accounts.scope import ScopedHistoryManager, ScopedManager
from obligations import append_only, two_people
from obligations.patience import at_once

APPLICATION: Final = "dpa_app"  # the role of web, worker, beat and alertd; it owns nothing
POLICY: Final = "in_scope"
RESTRICTED: Final = "obligations_restrictedto"

SEEN: Final = """(
  (SELECT current_setting('app.customers', true)) = '*'
  OR {customer} = ANY ((SELECT NULLIF(NULLIF(current_setting('app.customers', true), ''), '*')::bigint[])::bigint[])
)"""
READABLE: Final = """(
  COALESCE((SELECT current_setting('app.reader', true)), '') = ''
  OR {matter} IS NULL OR {matter} NOT IN (
    SELECT matter_id FROM obligations_restrictedto WHERE matter_id NOT IN (
      SELECT matter_id FROM obligations_restrictedto
      WHERE user_id = (SELECT NULLIF(current_setting('app.reader', true), '')::bigint)))
)"""
# The functions look at all rows whatever the scope is: what they seek is just what the scope hides.
# count, not EXISTS: for EXISTS the planner hopes for an early hit and compares every row with every row.
CROSSING_FUNCTIONS: Final = (
    """
CREATE OR REPLACE FUNCTION refuse_crossing_rows() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE place integer; crossing boolean;
  seen text := current_setting('app.customers', true); reader text := current_setting('app.reader', true);
BEGIN
  PERFORM set_config('app.customers', '*', true), set_config('app.reader', '', true);
  FOR place IN 0..(TG_NARGS / 3 - 1) LOOP
    EXECUTE format(
      'SELECT count(*) > 0 FROM new_rows n JOIN %I t ON t.%I = n.%I '
      'WHERE t.customer_id IS NOT NULL AND t.customer_id IS DISTINCT FROM n.customer_id',
      TG_ARGV[place * 3 + 1], TG_ARGV[place * 3 + 2], TG_ARGV[place * 3]
    ) INTO crossing;
    IF crossing THEN
      RAISE EXCEPTION '% points at a row of another customer (%)', TG_TABLE_NAME, TG_ARGV[place * 3]
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;
  PERFORM set_config('app.customers', coalesce(seen, ''), true),
    set_config('app.reader', coalesce(reader, ''), true);
  RETURN NULL;
END $$""",
    """
CREATE OR REPLACE FUNCTION refuse_crossing_row() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE place integer; crossing boolean; whole jsonb := to_jsonb(NEW);
  seen text := current_setting('app.customers', true); reader text := current_setting('app.reader', true);
BEGIN
  PERFORM set_config('app.customers', '*', true), set_config('app.reader', '', true);
  FOR place IN 0..(TG_NARGS / 3 - 1) LOOP
    EXECUTE format(
      'SELECT EXISTS (SELECT 1 FROM %I t WHERE t.%I::text = $1 '
      'AND t.customer_id IS NOT NULL AND t.customer_id::text IS DISTINCT FROM $2)',
      TG_ARGV[place * 3 + 1], TG_ARGV[place * 3 + 2]
    ) INTO crossing USING whole ->> TG_ARGV[place * 3], whole ->> 'customer_id';
    IF crossing THEN
      RAISE EXCEPTION '% points at a row of another customer (%)', TG_TABLE_NAME, TG_ARGV[place * 3]
        USING ERRCODE = 'integrity_constraint_violation';
    END IF;
  END LOOP;
  PERFORM set_config('app.customers', coalesce(seen, ''), true),
    set_config('app.reader', coalesce(reader, ''), true);
  RETURN NULL;
END $$""",
)


@dataclass(frozen=True)
class Table:
    """A table behind the wall: its customer column, its matter column ("" if none), and what it points at."""

    name: str
    customer: str
    matter: str
    points_at: tuple[tuple[str, str, str], ...]  # (column, table, its key)


def tables() -> list[Table]:
    """Every table of a scoped model and of its history that exists (`migrate` may stop half way)."""
    there = set(connection.introspection.table_names())
    found = [_table(model) for model in apps.get_models(include_auto_created=True) if _scoped(model)]
    return [table for table in found if table.name in there]


def _scoped(model: type[models.Model]) -> bool:
    history = getattr(model, "objects", None)
    kept = isinstance(model._default_manager, ScopedManager) or isinstance(history, ScopedManager)
    return kept or _history_of_scoped(model)


def _history_of_scoped(model: type[models.Model]) -> bool:
    origin = getattr(model, "instance_type", None)
    manager = getattr(origin, "history", None) if origin else None
    return isinstance(manager, ScopedHistoryManager)


def _table(model: type[models.Model]) -> Table:
    own = model._meta.label in ("accounts.Customer", "accounts.HistoricalCustomer")
    history = _history_of_scoped(model)
    matter = "id" if model._meta.label == "obligations.Matter" else ""
    if any(field.name == "matter" for field in model._meta.concrete_fields):
        matter = "matter_id"
    crossings = () if own or history else tuple(_crossings(model))
    return Table(model._meta.db_table, "id" if own else "customer_id", matter, crossings)


def _crossings(model: type[models.Model]) -> Iterator[tuple[str, str, str]]:
    for field in model._meta.concrete_fields:
        target: Any = field.related_model
        if target and target != "self" and isinstance(target._default_manager, ScopedManager):
            if target._meta.label == "accounts.Customer":
                continue  # the customer column itself
            yield field.column, target._meta.db_table, target._meta.pk.column


def build() -> None:
    """Put every guard in place; safe to repeat. On PostgreSQL as the owner of the tables, while everything runs.

    One table after the other, each in a transaction of its own: nobody meets a table between its old guard and its
    new one, and nobody waits long.
    """
    if not tables():
        return
    for statements in append_only.statements():
        at_once(statements)
    for statements in _postgres() if connection.vendor == "postgresql" else [list(_sqlite())]:
        at_once(statements)
    if {"obligations_entry", "obligations_matter"} <= set(connection.introspection.table_names()):
        at_once(list(two_people.statements()))


def lower_for_migrations() -> None:
    """SQLite cannot rebuild a table while another table's trigger names it; `build` puts the triggers back."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for name in sorted(append_only.existing()):
                if "_keeps_apart_" in name or name == two_people.TRIGGER:
                    cursor.execute(f"DROP TRIGGER {name}")


def _postgres() -> Iterator[list[str]]:
    yield list(CROSSING_FUNCTIONS)
    for table in tables():
        conditions = [SEEN.format(customer=table.customer)]
        if table.matter:
            conditions.append(READABLE.format(matter=table.matter))
        yield [
            f"ALTER TABLE {table.name} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table.name} FORCE ROW LEVEL SECURITY",
            f"DROP POLICY IF EXISTS {POLICY} ON {table.name}",
            f"CREATE POLICY {POLICY} ON {table.name} USING ({' AND '.join(conditions)})",
            *(_postgres_crossing(table) if table.points_at else ()),
        ]
    yield [_grants()]


def _postgres_crossing(table: Table) -> Iterator[str]:
    """Inserted rows are looked at together, an updated row only when one of its ends has moved."""
    arguments = ", ".join(f"'{part}'" for point in table.points_at for part in point)
    insert, update = (f"{table.name}_keeps_apart_{verb}" for verb in ("insert", "update"))
    ends = ["customer_id", *(column for column, _, _ in table.points_at)]
    moved = " OR ".join(f"OLD.{column} IS DISTINCT FROM NEW.{column}" for column in ends)
    yield f"DROP TRIGGER IF EXISTS {insert} ON {table.name}"
    yield (
        f"CREATE TRIGGER {insert} AFTER INSERT ON {table.name} REFERENCING NEW TABLE AS new_rows "
        f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_crossing_rows({arguments})"
    )
    yield f"DROP TRIGGER IF EXISTS {update} ON {table.name}"
    yield (
        f"CREATE TRIGGER {update} AFTER UPDATE ON {table.name} FOR EACH ROW WHEN ({moved}) "
        f"EXECUTE FUNCTION refuse_crossing_row({arguments})"
    )


def _grants() -> str:
    return f"""
    DO $$ BEGIN
      IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{APPLICATION}') THEN
        GRANT USAGE ON SCHEMA public TO {APPLICATION};
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {APPLICATION};
        GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APPLICATION};
      END IF;
    END $$"""


def _sqlite() -> Iterator[str]:
    for table in tables():
        for verb in ("INSERT", "UPDATE"):
            if not table.points_at:
                continue
            name = f"{table.name}_keeps_apart_{verb.lower()}"
            columns = ", ".join(["customer_id", *(column for column, _, _ in table.points_at)])
            when = "INSERT" if verb == "INSERT" else f"UPDATE OF {columns}"
            crossing = " OR ".join(_sqlite_crossing(*point) for point in table.points_at)
            yield f"DROP TRIGGER IF EXISTS {name}"
            yield (
                f"CREATE TRIGGER {name} AFTER {when} ON {table.name} WHEN {crossing} BEGIN "
                f"SELECT RAISE(ABORT, '{table.name} points at a row of another customer'); END"
            )


def _sqlite_crossing(column: str, target: str, key: str) -> str:
    return (
        f"EXISTS (SELECT 1 FROM {target} t WHERE t.{key} = NEW.{column} "
        "AND t.customer_id IS NOT NULL AND t.customer_id IS NOT NEW.customer_id)"
    )


def missing() -> list[str]:
    """Guards that should stand and do not, in words."""
    lost = [f"trigger {name}" for name in sorted(append_only.missing() | _missing_triggers())]
    return lost + (_missing_policies() if connection.vendor == "postgresql" else [])


def _missing_triggers() -> set[str]:
    wanted = {
        f"{t.name}_keeps_apart_{verb}" for t in tables() if t.points_at for verb in ("insert", "update")
    }
    return (wanted | {two_people.TRIGGER}) - append_only.existing()


def _missing_policies() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_policy p ON p.polrelid = c.oid "
            "WHERE c.relrowsecurity AND c.relforcerowsecurity AND p.polname = %s",
            [POLICY],
        )
        guarded = {row[0] for row in cursor.fetchall()}
        cursor.execute("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        walks_past = cursor.fetchone()[0]
    lost = [f"row-level security of {table.name}" for table in tables() if table.name not in guarded]
    return lost + (["a role that row-level security binds (this one walks past it)"] if walks_past else [])
