"""Nothing that a customer's people meet tells how many rows the house has: every key is moved to where it shows."""

import datetime as dt
import re
from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, models, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.tests.people import proved
from accounts.tests.test_tokens import bearer
from conftest import build_cast
from dpa_tracker.tests.test_canary import everything, own_addresses, signed_in, walked
from feeds import addresses
from obligations import alerts, corrections, delivery
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.facts import InvalidFacts
from obligations.models import Evidence, Matter, Obligation
from obligations.tests.engine import proof
from obligations.tests.kinds import BUILDERS, put_in, ready
from obligations.turn import Refused
from portal.tests.world import confirmed, consent, hours_ago
from webhooks import collecting, endpoints

FIRST = 735_000_000  # no other number of a page begins like that
RUNNING = re.compile(r"735\d{6}")
AROUND = re.compile(r".{0,40}735\d{6}.{0,10}")
# UUIDs and digests may hold any digits.
RANDOM = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|\b[0-9a-f]{64}\b")


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


@pytest.fixture
def cast(far_numbers) -> SimpleNamespace:
    """Built anew, so that its keys are far ones too."""
    return build_cast()


def world(cast) -> None:
    """A matter of every kind for Acme, with alerts, messages, and a token and a calendar of each of its people."""
    for kind in sorted(BUILDERS):
        if not Matter.objects.filter(kind=kind, agreement=cast.a).exists():
            BUILDERS[kind](cast, hours_ago(3))
    confirmed(cast, cast.a, cast.carl)
    consent(cast, cast.a)
    for who in (cast.carl, cast.sven):
        addresses.make("Phone", customer=cast.a.customer, actor=who, now=timezone.now())
    row, _secret = endpoints.make(
        "https://hooks.example/", (), customer=cast.a.customer, actor=cast.carl, now=timezone.now()
    )
    type(row).objects.update(after=0)
    collecting.collect(timezone.now())
    alerts.sweep(timezone.now())
    delivery.deliver(timezone.now())
    assert min(row.pk for row in Matter.objects.all()) > FIRST


def test_no_page_of_a_customer_holds_a_running_number(cast):
    world(cast)
    bearer(cast.sven, "*:read", customer=cast.a.customer)
    own_pages = ("/people/tokens/", "/endpoints/", "/accounts/sessions/")
    starts = ["/", "/mailbox/", "/proof/", *own_pages, *own_addresses(cast.a.customer)]
    client = proved(signed_in(cast.sven))  # who signs is shown more than a contact
    pages = walked(client, *(a for a in starts if not a.startswith("/api/")))
    assert len(pages) > 150, "the walk has met too little"
    assert {
        where: found[:3] for where, text in pages.items() if (found := RUNNING.findall(RANDOM.sub("", text)))
    } == {}
    assert [where for where in pages if RUNNING.search(where)] == []


def many_steps(cast) -> int:
    """Every step of every matter of Acme that somebody may begin; how many were taken, each from a state it knows."""
    taken = 0
    people = (cast.olga, cast.anna, cast.adam, cast.carl, cast.sven)
    for row in Matter.objects.filter(customer=cast.a.customer).order_by("pk"):
        for step in row.clause.steps:
            starters = step.proposed_by if step.two_people else step.by
            who = next((one for one in people if one.roles_at(row.customer_id) & starters), None)
            if step.name == "open" or who is None:
                continue
            facts = ready(row, step, cast, hours_ago(1))
            found = put_in(row, step.from_states[0])
            with suppress(Refused, InvalidFacts), transaction.atomic():
                advance([found], step.name, actor=who, at=hours_ago(1), facts=facts)
                taken += 1
    return taken


def agreed_on(cast, row: Matter) -> None:
    """A due time extended, with evidence and by two people."""
    clock = Obligation.objects.filter(matter=row, state="open", due_at__gt=timezone.now()).first()
    facts = {"reason": "They agreed.", "evidence": proof(row, cast).pk}
    due = {"due_at": clock.due_at + dt.timedelta(days=1)}
    corrections.extend(clock, actor=cast.olga, at=timezone.now(), facts={**facts, **due})
    corrections.extend(clock, actor=cast.anna, at=timezone.now())


def asked(client: Client, headers: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Every answer that a token gets: all pages of all lists, each matter and what hangs on it, and refusals."""

    def read(address: str) -> dict[str, Any]:
        answer = client.get(address, **headers)
        found.append((address, everything(answer)))
        return {} if answer.streaming else answer.json()

    def rows(address: str) -> Iterator[dict[str, Any]]:
        page = read(f"{address}?limit=1")
        yield from page["results"]
        while page["next"]:
            found.append((address, str(b64decode(page["next"] + "==", altchars=b"-_"))))
            page = read(f"{address}?limit=100&cursor={page['next']}")
            yield from page["results"]

    found: list[tuple[str, str]] = []
    list(rows("/api/v1/obligations/"))
    for kind, clause in CLAUSES.items():
        for row in rows(f"/api/v1/{kind}/"):
            one = f"/api/v1/{kind}/{row['reference']}/"
            whole = read(one)
            for below in ("entries", "messages", "evidence"):
                for kept in rows(f"{one}{below}/"):
                    if kept.get("sha256"):
                        read(f"{one}evidence/{kept['sha256']}/")
            for step in clause.steps:
                sent = {"version": whole["version"], "facts": {}}
                answer = client.post(
                    f"{one}steps/{step.name}/", sent, content_type="application/json", **headers
                )
                found.append((f"{one}{step.name}", everything(answer)))
    yield from found


def test_no_answer_of_the_api_holds_a_running_number_of_a_row(cast, client):
    world(cast)
    agreed_on(cast, confirmed(cast, cast.a, cast.carl))
    assert many_steps(cast) > 100
    answers = list(asked(client, bearer(cast.carl, "*:write")))
    assert len(answers) > 300, "the walk has met too little"
    assert {
        met for where, text in answers for met in AROUND.findall(RANDOM.sub("", f"{where} {text}"))
    } == set()


def test_the_houses_pages_with_running_numbers_are_not_for_customers(cast):
    row = confirmed(cast, cast.a, cast.carl)
    pages = [
        *(reverse("matters", args=[kind]) for kind in BUILDERS),
        reverse("open", args=["audit"]),
        reverse("obligation", args=[Obligation.objects.filter(matter=row).first().pk]),
        reverse("evidence", args=[1]),
        reverse("agreements"),
        reverse("agreement", args=[cast.a.pk]),
        reverse("audit-entitlements"),
    ]
    carl = signed_in(cast.carl)
    assert {carl.get(address).status_code for address in pages} == {403}
    assert Evidence.objects.filter(matter=row).count() == 0


def test_a_door_that_both_sides_have_leads_a_customer_to_the_portals_form(cast):
    row = consent(cast, cast.a)
    answer = signed_in(cast.sven).get(reverse("step", args=[row.public_reference, "grant"]))
    assert answer.status_code == 302 and answer.url.startswith("/accounts/reauthenticate/")
