"""Nothing that a customer's people meet tells how many rows the house has: every key is moved to where it shows."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models
from django.urls import reverse
from django.utils import timezone

from dpa_tracker.tests.test_canary import own_addresses, signed_in, walked
from obligations import alerts, delivery
from obligations.models import Evidence, Matter, Obligation
from obligations.tests.kinds import BUILDERS
from portal.tests.world import confirmed, consent, hours_ago

FIRST = 735_000_000  # no other number of a page begins like that
RUNNING = re.compile(r"735\d{6}")


def numbered() -> list[type[models.Model]]:
    """Models whose key is counted by the database."""
    return [m for m in apps.get_models() if isinstance(m._meta.pk, models.AutoField) and m._meta.managed]


@pytest.fixture
def far_numbers(db) -> Iterator[None]:
    """Keys are counted from FIRST on. PostgreSQL does not roll sequences back, so that is undone by hand."""
    tables = [(model._meta.db_table, model._meta.pk.column) for model in numbered()]
    with connection.cursor() as cursor:
        for table, key in tables:
            if connection.vendor == "postgresql":
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key, FIRST])
            else:
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, FIRST])
    yield
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            for statement in connection.ops.sequence_reset_sql(no_style(), numbered()):
                cursor.execute(statement)


@pytest.mark.parametrize("name", ["carl", "sven"])
def test_no_page_of_a_customer_holds_a_running_number(far_numbers, cast, name):
    for kind in sorted(BUILDERS):
        if not Matter.objects.filter(kind=kind, agreement=cast.a).exists():
            BUILDERS[kind](cast, hours_ago(3))
    confirmed(cast, cast.a, cast.carl)
    consent(cast, cast.a)
    alerts.sweep(timezone.now())
    delivery.deliver(timezone.now())
    assert min(row.pk for row in Matter.objects.all()) > FIRST
    starts = ["/", "/mailbox/", "/proof/", *own_addresses(cast.a.customer)]
    pages = walked(signed_in(getattr(cast, name)), *(a for a in starts if not a.startswith("/api/")))
    assert len(pages) > 150, "the walk has met too little"
    assert {where: found[:3] for where, text in pages.items() if (found := RUNNING.findall(text))} == {}
    assert [where for where in pages if RUNNING.search(where)] == []


def test_the_houses_pages_with_running_numbers_are_not_for_customers(cast):
    row = confirmed(cast, cast.a, cast.carl)
    addresses = [
        *(reverse("matters", args=[kind]) for kind in BUILDERS),
        reverse("open", args=["audit"]),
        reverse("obligation", args=[Obligation.objects.filter(matter=row).first().pk]),
        reverse("evidence", args=[1]),
        reverse("agreements"),
        reverse("agreement", args=[cast.a.pk]),
        reverse("audit-entitlements"),
    ]
    carl = signed_in(cast.carl)
    assert {carl.get(address).status_code for address in addresses} == {403}
    assert Evidence.objects.filter(matter=row).count() == 0


def test_a_door_that_both_sides_have_leads_a_customer_to_the_portals_form(cast):
    row = consent(cast, cast.a)
    answer = signed_in(cast.sven).get(reverse("step", args=[row.public_reference, "grant"]))
    assert answer.status_code == 302 and answer.url.startswith("/accounts/reauthenticate/")
