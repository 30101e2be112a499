"""The ledger is append-only on both databases, and a lost guard is noticed."""

import pytest
from django.core.checks import run_checks
from django.db import DatabaseError, IntegrityError, connection, transaction

from conftest import utc
from obligations import append_only, walls
from obligations.actions import advance
from obligations.models import Entry, Matter
from obligations.tests.engine import fresh, nothing_changes, reported

TABLE = "obligations_entry"
GUARDED = (TABLE, "proof_seal")
POSTGRES = {f"{table}_refuses_{verb}" for table in GUARDED for verb in ("change", "truncate")}
SQLITE = {f"{table}_refuses_{verb}" for table in GUARDED for verb in ("update", "delete", "replace")}


@pytest.fixture
def case(cast):
    return reported(cast)


def on_postgres() -> bool:
    return connection.vendor == "postgresql"


def sql(statement: str, *values: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def refused(statement: str, *values: object) -> None:
    with nothing_changes(), pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
        sql(statement, *values)


def test_an_update_is_refused(case):
    row = Entry.objects.filter(matter=case.a).get()
    refused(f"UPDATE {TABLE} SET actor_name = 'Nobody' WHERE id = %s", row.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=row.pk).update(actor_name="Nobody")
    assert Entry.objects.get(pk=row.pk).actor_name == "Olga"


def test_saving_a_changed_row_is_refused(case):
    row = Entry.objects.filter(matter=case.a).get()
    row.actor_name = "Nobody"
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        row.save()


def test_a_delete_is_refused(case):
    row = Entry.objects.filter(matter=case.a).get()
    refused(f"DELETE FROM {TABLE} WHERE id = %s", row.pk)
    with nothing_changes(), pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.all()._raw_delete("default")


def copy_with(row: Entry, replacing: str, **changes: str) -> str:
    """The statement that writes a copy of a row over it: columns by name, some of them changed."""
    names = [field.column for field in Entry._meta.concrete_fields]
    values = ", ".join(changes.get(name, name) for name in names)
    into = f"{TABLE} ({', '.join(names)})"
    return f"{replacing.format(into)} SELECT {values} FROM {TABLE} WHERE id = {row.pk}"


def test_an_insert_that_replaces_a_row_is_refused(case):
    row = Entry.objects.filter(matter=case.a).get()
    if on_postgres():
        statement = copy_with(row, "INSERT INTO {}", actor_name="'Nobody'")
        refused(f"{statement} ON CONFLICT (id) DO UPDATE SET actor_name = EXCLUDED.actor_name")
    else:
        refused(copy_with(row, "INSERT OR REPLACE INTO {}", actor_name="'Nobody'"))
        refused(copy_with(row, "REPLACE INTO {}", actor_name="'Nobody'"))
    assert Entry.objects.get(pk=row.pk).actor_name == "Olga"


def test_an_insert_that_replaces_an_approval_by_its_proposal_is_refused(cast, case):
    """The second unique column of the table: replacing by it deletes a row with another id."""
    at = utc("27 Mar 18:00")
    advance([case.a], "retract", actor=cast.olga, at=at, facts={"reason": "Not one."})
    advance([fresh(case.a)], "retract", actor=cast.anna, at=at)
    row = Entry.objects.get(proposal__isnull=False)
    new = {"id": "1000000", "actor_name": "'Nobody'"}
    with nothing_changes(), pytest.raises(IntegrityError), transaction.atomic():
        if on_postgres():
            statement = copy_with(row, "INSERT INTO {}", **new)
            sql(f"{statement} ON CONFLICT (proposal_id) DO UPDATE SET actor_name = EXCLUDED.actor_name")
        else:
            sql(copy_with(row, "INSERT OR REPLACE INTO {}", **new))


def test_truncate_is_refused(case):
    """SQLite has no TRUNCATE; its nearest, DELETE without WHERE, must be refused as well."""
    connection.check_constraints()  # PostgreSQL truncates no table with deferred checks
    refused(f"TRUNCATE {TABLE} CASCADE" if on_postgres() else f"DELETE FROM {TABLE}")


def test_rows_can_be_added(case):
    before = Entry.objects.count()
    row = Entry.objects.filter(matter=case.a).get()
    row.pk = None
    Entry.objects.bulk_create([row])
    assert Entry.objects.count() == before + 1


def test_a_matter_with_entries_cannot_be_deleted(case):
    with nothing_changes(), pytest.raises(DatabaseError), transaction.atomic():
        Matter.objects.filter(pk=case.breach.pk)._raw_delete("default")
        connection.check_constraints()


def test_after_the_last_migration_every_guard_is_in_place(db):
    assert append_only.names() == (POSTGRES if on_postgres() else SQLITE)
    assert append_only.missing() == set()
    assert run_checks(tags=["database"], databases=["default"]) == []


@pytest.mark.parametrize("name", sorted(POSTGRES | SQLITE))
def test_a_dropped_guard_is_found_and_put_back(db, name):
    if name not in append_only.names():
        assert name in (SQLITE if on_postgres() else POSTGRES)  # a guard of the other database
        return
    table = name.partition("_refuses_")[0]
    sql(f"DROP TRIGGER {name}" + (f" ON {table}" if on_postgres() else ""))
    assert append_only.missing() == {name}
    (found,) = run_checks(tags=["database"], databases=["default"])
    assert (found.id, name in found.msg, "manage.py migrate" in found.msg) == ("obligations.E002", True, True)
    append_only.create()
    assert append_only.missing() == set()


@pytest.mark.parametrize("how", ["DISABLE TRIGGER", "ENABLE REPLICA TRIGGER"])
def test_a_guard_that_is_switched_off_is_found(db, how):
    """PostgreSQL can switch a trigger off; SQLite can only drop it."""
    name = f"{TABLE}_refuses_" + ("change" if on_postgres() else "update")
    sql(f"ALTER TABLE {TABLE} {how} {name}" if on_postgres() else f"DROP TRIGGER {name}")
    assert append_only.missing() == {name}


def test_a_table_rebuilt_without_its_guards_is_found(db):
    """What SQLite's migrations do: copy, drop, rename. The guards go with the old table."""
    if on_postgres():
        append_only.drop()
    else:
        with connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = %s", [TABLE])
            sql(cursor.fetchone()[0].replace(TABLE, "remade", 1))
        walls.lower_for_migrations()
        sql(f"DROP TABLE {TABLE}")
        sql(f"ALTER TABLE remade RENAME TO {TABLE}")
    gone = {name for name in append_only.names() if on_postgres() or name.startswith(f"{TABLE}_refuses_")}
    assert append_only.missing() == gone


def test_a_lawful_erasure_lifts_the_guard_and_it_is_back_afterwards(case):
    row = Entry.objects.filter(matter=case.a).get()
    with append_only.lifted():
        sql(f"UPDATE {TABLE} SET actor_name = 'Erased' WHERE id = %s", row.pk)
    assert Entry.objects.get(pk=row.pk).actor_name == "Erased"
    refused(f"UPDATE {TABLE} SET actor_name = 'Olga' WHERE id = %s", row.pk)


def test_the_guard_is_back_after_an_erasure_that_failed(case):
    with pytest.raises(ZeroDivisionError), append_only.lifted():
        raise ZeroDivisionError
    refused(f"DELETE FROM {TABLE}")
