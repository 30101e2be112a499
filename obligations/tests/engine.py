"""What the engine's tests share: a reported breach, the state of the ledger, and actors with one role."""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

from django.db import connection

from accounts.models import User
from accounts.roles import CUSTOMER_SIDE, SYSTEM, Actor, Role
from conftest import report_breach, utc
from obligations.models import Entry, Evidence, Matter, Message, Obligation

REPORTED = utc("27 Mar 17:00")


def reported(cast: SimpleNamespace) -> SimpleNamespace:
    """A breach suspected on Friday 27 March 2026, 17:00 UTC, and its notices a, b and c."""
    breach = report_breach(cast, [cast.a, cast.b, cast.c], REPORTED)
    rows = {row.agreement_id: row for row in Matter.objects.filter(parent=breach)}
    return SimpleNamespace(
        breach=Matter.objects.get(pk=breach.pk),
        a=rows[cast.a.pk],
        b=rows[cast.b.pk],
        c=rows[cast.c.pk],
        all=[rows[cast.a.pk], rows[cast.b.pk], rows[cast.c.pk]],
    )


def fresh(row: Matter) -> Matter:
    """The matter as it is stored now."""
    return Matter.objects.get(pk=row.pk)


def open_clock(matter: Matter, duty: str) -> Obligation:
    """The running obligation of that duty."""
    return Obligation.objects.get(matter=matter, duty=duty, state="open")


def rounds(matter: Matter, duty: str) -> list[Obligation]:
    """Every row of that duty, oldest first."""
    return list(Obligation.objects.filter(matter=matter, duty=duty).order_by("occurrence", "round"))


def proof(matter: Matter, cast: SimpleNamespace) -> Evidence:
    """The other side's agreement in writing."""
    return Evidence.objects.create(
        matter=matter,
        customer_id=matter.customer_id,
        title="Letter",
        link="https://letters.example/1",
        added_by_id=cast.olga.user_id,
    )


def ledger() -> dict[str, list[Any]]:
    """Everything a verb may write, by table."""
    return {
        "matters": list(
            Matter.objects.order_by("pk").values_list("pk", "state", "version", "proposal", "closed_at")
        ),
        "entries": list(Entry.objects.order_by("pk").values_list("pk", flat=True)),
        "messages": list(Message.objects.order_by("pk").values_list("pk", "state", "received_at")),
        "obligations": list(
            Obligation.objects.order_by("pk").values_list(
                "pk", "state", "due_at", "target_at", "met_at", "acknowledged_at", "next_alert_at"
            )
        ),
    }


@contextmanager
def nothing_changes() -> Iterator[None]:
    """The rows afterwards are the rows before."""
    before = ledger()
    yield
    assert ledger() == before


@contextmanager
def writes() -> Iterator[list[str]]:
    """The statements that write, while it is open: cheaper than comparing every table, and stricter."""
    found: list[str] = []

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE")):
            found.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield found


def actor(role: str, customer_id: int | None) -> Actor:
    """A person (or the system) who holds this role and no other."""
    if role == Role.SYSTEM:
        return SYSTEM
    user, _ = User.objects.get_or_create(email=f"{role}@roles.example", defaults={"name": role.capitalize()})
    if role in CUSTOMER_SIDE:
        return Actor(user.name, user.pk, at_customers={customer_id or 0: frozenset({role})})
    return Actor(user.name, user.pk, house=frozenset({role}))


def later(at: dt.datetime, hours: float) -> dt.datetime:
    """That many hours after `at`."""
    return at + dt.timedelta(hours=hours)
