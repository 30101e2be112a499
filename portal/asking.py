"""What a customer's person can ask for, what happens then, and by when. From the declarations."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from accounts.roles import CUSTOMER_SIDE, Actor
from obligations.clauses import CLAUSES, PROCESSOR, Clause, Duty, Step
from obligations.models import Agreement, Matter
from obligations.periods import describe_period
from obligations.terms import TermBook
from portal.needs import open_steps
from portal.stations import way

ORDER = (
    "audit",
    "information_request",
    "instruction",
    "dpia",
    "dsar_assistance",
    "amendment",
    "termination_notice",
)
# Steps of a running matter that are requests in their own right.
REQUESTS = (("exit", "request_return"), ("exit", "request_erasure"), ("dsar_forwarding", "instruct"))


@dataclass(frozen=True)
class Promise:
    """What we owe after a request: the duty, its clause, the period in words."""

    title: str
    source: str
    period: str


@dataclass(frozen=True)
class Ask:
    """One kind of request."""

    clause: Clause
    step: Step
    promises: Sequence[Promise]
    stations: Sequence[str]


def kinds(actor: Actor) -> list[Clause]:
    """The kinds that this person may open somewhere, the usual ones first."""
    found = [clause for clause in CLAUSES.values() if may_ask(actor, clause)]
    return sorted(found, key=lambda c: (ORDER.index(c.kind) if c.kind in ORDER else len(ORDER), str(c.title)))


def may_ask(actor: Actor, clause: Clause) -> bool:
    held = frozenset[str]().union(*actor.at_customers.values())
    return (
        clause.opened_by_hand
        and clause.of == "agreement"
        and bool(held & clause.step("open").by & CUSTOMER_SIDE)
    )


def asks(actor: Actor, agreement: Agreement | None, today: dt.date) -> list[Ask]:
    """Every kind of request, with what this agreement promises."""
    book = TermBook([agreement] if agreement else [])
    return [ask(clause, agreement, book, today) for clause in kinds(actor)]


def ask(clause: Clause, agreement: Agreement | None, book: TermBook, today: dt.date) -> Ask:
    """What follows from a request of this kind."""
    step = clause.step("open")
    stations = [clause.state_label(step.to), *(clause.state_label(state) for state in way(clause, step.to))]
    return Ask(clause, step, _promises(clause, "open", agreement, book, today), stations)


def _promises(
    clause: Clause, step: str, agreement: Agreement | None, book: TermBook, today: dt.date
) -> list[Promise]:
    return [
        Promise(str(duty.title), duty.source, _period(duty, agreement, book, today))
        for duty in clause.duties
        if duty.owed_by == PROCESSOR and any(start.step == step for start in duty.starts)
    ]


def _period(duty: Duty, agreement: Agreement | None, book: TermBook, today: dt.date) -> str:
    if not duty.term or agreement is None or duty.due_fact:
        return ""
    return describe_period(book.read(agreement, duty.term, when=today).value)


def running(actor: Actor) -> list[tuple[Matter, Step]]:
    """Requests that belong to a matter which runs: the exit's return and erasure, help with a forwarded request."""
    rows = Matter.objects.filter(
        kind__in={kind for kind, _step in REQUESTS}, closed_at=None, customer__in=actor.at_customers.keys()
    )
    return [
        (row, step)
        for row in rows.select_related("customer", "agreement").order_by("-pk")[:50]
        for step in open_steps(row, actor.roles_at(row.customer_id))
        if (row.kind, step.name) in REQUESTS
    ]


def live_agreements(actor: Actor) -> Iterable[Agreement]:
    """The agreements about which this person may ask."""
    rows = Agreement.objects.filter(customer__in=actor.at_customers.keys())
    return rows.select_related("customer", "profile").order_by("customer__name", "title")
