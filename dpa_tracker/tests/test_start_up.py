"""The checks of the start refuse what would walk past the wall."""

import re
from pathlib import Path

from django.conf import settings
from django.core.checks import run_checks
from django.db import connection
from django.urls import path
from rest_framework import serializers, viewsets

from accounts.models import Membership
from dpa_tracker import checks
from obligations import walls
from obligations.models import Term


def ids() -> set[str]:
    return {found.id for found in run_checks() if str(found.id).startswith("dpa_tracker.")}


def test_the_program_passes_its_own_checks():
    assert ids() == set()


def test_views_and_viewsets_without_a_door_are_refused():
    class Open(viewsets.ViewSet):
        pass

    def page(request):
        return None

    addresses = [path("x/", page), path("y/", Open.as_view({"get": "list"}))]
    found = [name.rpartition(".")[2] for name in checks._without_door(addresses)]
    assert found == ["page", "Open"]


def test_a_model_that_points_at_customers_rows_must_ask_the_scope(monkeypatch):
    monkeypatch.setattr(checks, "BESIDE_THE_WALL", {})
    labels = [found.msg.split()[0] for found in checks.models_stand_behind_the_wall(None)]
    assert "accounts.Membership" in labels and "obligations.RestrictedTo" in labels
    assert "obligations.Matter" not in labels


def test_a_relation_of_a_serializer_over_open_rows_is_refused():
    class Wrong(serializers.Serializer):
        one = serializers.PrimaryKeyRelatedField(queryset=Membership.objects.all())
        many = serializers.PrimaryKeyRelatedField(queryset=Membership.objects.all(), many=True)
        fine = serializers.PrimaryKeyRelatedField(queryset=Term.objects.all())

    assert list(checks._open_relations(Wrong)) == ["one", "many"]
    assert Wrong in list(checks._serializers())


def test_every_table_with_a_customer_or_a_matter_is_guarded_whatever_the_models_say(db):
    """Read from the database itself, after the last migration."""
    beside = {
        "accounts_membership",
        "accounts_historicalmembership",
        "accounts_invitation_customers",
        "obligations_restrictedto",
        "accounts_apitoken",  # read at the door, before there is a scope
    }
    with connection.cursor() as cursor:
        tables = connection.introspection.table_names(cursor)
        columns = {
            t: {c.name for c in connection.introspection.get_table_description(cursor, t)} for t in tables
        }
    bound = {
        t for t, names in columns.items() if names & {"customer_id", "matter_id", "agreement_id"}
    } - beside
    known = {table.name for table in walls.tables()}
    assert len(known) > 20 and bound - known == set()
    assert walls.missing() == []


def test_tables_for_other_programs_are_written_in_one_place():
    """Cells that could be formulas are made harmless in cells.py; nobody writes such a file without it."""
    writes = re.compile(r"csv\.(?:writer|DictWriter)|\bWorkbook\b")
    files = [
        f for f in Path(settings.BASE_DIR).rglob("*.py") if ".venv" not in f.parts and "tests" not in f.parts
    ]
    assert {f.name for f in files if writes.search(f.read_text())} == {"cells.py"}
