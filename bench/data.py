"""Believable data in bulk: 5,000 agreements, matters of every kind, ten years of obligations. PostgreSQL only.

The rows do not come through the verbs (that would take hours), but each is shaped like one that did: a duty of its
kind, counted once from that duty's own term and shifted, closed and met like most of ten years, or running.
"""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from psycopg2.extras import Json

from accounts.models import Customer, Membership, User
from agreements.management.commands.load_profile import load
from obligations.clauses import CLAUSES, Clause, Duty
from obligations.counting import count
from obligations.models import Agreement, Matter, NoticeContact, Profile
from obligations.terms import TermBook

AGREEMENTS = 5000
TODAY = dt.datetime(2026, 11, 25, 12, tzinfo=dt.UTC)
TEN_YEARS = dt.timedelta(days=3652)
OPEN = 20_000  # so many obligations run (at least 5 %, at most 25 % of all); the others were met
PLACES = (
    {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"},
    {"country": "ES", "subdivision": "MD", "tz": "Europe/Madrid"},
    {"country": "IE", "tz": "Europe/Dublin"},
    {"country": "US", "subdivision": "NY", "tz": "America/New_York"},
)
PASSWORD = "Bench only: change me"
# How often a kind of matter happens, relative to the others.
OFTEN = {"dsar_forwarding": 30, "consent": 20, "breach_notice": 10, "instruction": 10, "person": 5}
NOT_IN_BULK = ("agreement",)

MATTERS = """
INSERT INTO obligations_matter (kind, state, title, agreement_id, customer_id, owner_id, opened_at, closed_at,
    version, public_reference, open_key, restricted, parent_id, proposal_id)
SELECT %(kind)s, %(state)s, %(title)s || ' ' || n, a.id, a.customer_id, %(owner)s, at.opened,
    CASE WHEN %(running)s THEN NULL ELSE at.opened + interval '20 days' END, 3,
    'B' || upper(substr(md5(%(kind)s || %(state)s || n), 1, 10)), gen_random_uuid(), false, NULL, NULL
FROM generate_series(1, %(number)s) AS n
LEFT JOIN obligations_agreement a
    ON %(of_agreement)s AND a.id = %(first)s + (n * 7919) %% %(agreements)s
CROSS JOIN LATERAL (SELECT %(today)s - (n::float8 / %(number)s) * %(span)s AS opened) AS at
RETURNING id
"""
OBLIGATIONS = """
INSERT INTO obligations_obligation (matter_id, customer_id, duty, occurrence, round, source, owed_by, owner_id,
    started_at, start_fact, provisional, target_at, due_at, period, reckoning, state, met_at, ended_at, next_alert_at,
    rung, repeat, rang_at, acknowledged_at, acknowledged_by_id, fault)
SELECT m.id, m.customer_id, %(duty)s, 1, 1, %(source)s, %(owed_by)s, %(owner)s, m.opened_at, '', false,
    m.opened_at + %(to_target)s, m.opened_at + %(to_due)s, %(period)s, %(reckoning)s, %(state)s,
    CASE WHEN %(running)s THEN NULL ELSE m.opened_at + interval '3 hours' + (m.id %% 40) * interval '6 hours' END,
    CASE WHEN %(running)s THEN NULL ELSE m.opened_at + interval '3 hours' + (m.id %% 40) * interval '6 hours' END,
    CASE WHEN %(running)s THEN %(today)s + interval '1 day' + (m.id %% 700) * interval '1 day' END,
    0, 0, NULL, NULL, NULL, ''
FROM obligations_matter m WHERE m.id BETWEEN %(low)s AND %(high)s
"""
ENTRIES = """
INSERT INTO obligations_entry (matter_id, customer_id, step, from_state, to_state, at, recorded_at, actor_id,
    actor_name, proposed, two_people, proposal_id, proposer_id, proposer_name, facts)
SELECT m.id, m.customer_id, 'open', '', m.state, m.opened_at, m.opened_at, %(owner)s, 'Olga Bench', false, false,
    NULL, NULL, '', '{}'
FROM obligations_matter m WHERE m.id BETWEEN %(low)s AND %(high)s
"""


@dataclass(frozen=True)
class World:
    """Who and what the measurements use."""

    olga: User
    anna: User
    agreements: tuple[int, ...]


def build(number: int, say: Callable[[str], None]) -> None:
    """`number` obligations. Takes about a minute for each half million."""
    profile, _house = load("365-aitech", at=TODAY)[0], load("house", at=TODAY)
    olga = _person("olga", "officer")
    _person("anna", "approver")
    say(f"{AGREEMENTS:,} agreements")
    agreements = _agreements(profile, olga)
    shares = {kind: OFTEN.get(kind, 2) for kind, clause in CLAUSES.items() if _usable(kind, clause)}
    whole = sum(share * len(CLAUSES[kind].duties) for kind, share in shares.items())
    running_share = min(max(OPEN / number, 0.05), 0.25)
    done = 0
    for kind, share in shares.items():
        clause = CLAUSES[kind]
        matters = max(round(number * share / whole), 2)
        for running in (False, True):
            some = max(round(matters * (running_share if running else 1 - running_share)), 1)
            done += _matters(clause, some, running, olga, agreements)
        say(f"{done:>9,} obligations, after {clause.plural}")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def world() -> World:
    """The world of a database that was built before."""
    ids = tuple(Agreement.objects.order_by("pk").values_list("pk", flat=True))
    people = {user.name.split()[0].lower(): user for user in User.objects.all()}
    return World(people["olga"], people["anna"], ids)


def _usable(kind: str, clause: Clause) -> bool:
    return kind not in NOT_IN_BULK and bool(clause.duties)


def _of_agreement(clause: Clause) -> bool:
    """Also kinds that only follow from another matter, such as a notice."""
    return clause.of == "agreement" or not clause.opened_by_hand


def _person(name: str, role: str) -> User:
    user = User.objects.create(
        email=f"{name}@bench.example", name=f"{name.title()} Bench", password=make_password(PASSWORD)
    )
    Membership.objects.create(user=user, role=role)
    return user


def _agreements(profile: Profile, olga: User) -> list[Agreement]:
    customers = Customer.objects.bulk_create(
        Customer(name=f"Customer {place:05}") for place in range(AGREEMENTS)
    )
    made = Agreement.objects.bulk_create(
        [
            Agreement(
                customer=customer,
                title=f"Agreement with {customer.name}",
                profile=profile,
                customer_role="controller",
                our_calendar=PLACES[0],
                their_calendar=PLACES[place % len(PLACES)],
                owner=olga,
            )
            for place, customer in enumerate(customers)
        ],
        batch_size=1000,
    )
    NoticeContact.objects.bulk_create(
        [
            NoticeContact(
                agreement=row,
                customer_id=row.customer_id,
                position=1,
                name="Desk",
                email=f"desk-{row.pk}@c.example",
            )
            for row in made
        ],
        batch_size=1000,
    )
    Matter.objects.bulk_create(
        [
            Matter(kind="agreement", state="in_force", title=row.title, agreement=row, customer_id=row.customer_id,
                   owner=olga, opened_at=TODAY - TEN_YEARS)
            for row in made
        ],
        batch_size=1000,
    )  # fmt: skip
    return made


def _matters(clause: Clause, number: int, running: bool, olga: User, agreements: list[Agreement]) -> int:
    """Matters of one kind with their obligations and first entries; returns the number of obligations."""
    first = clause.step("open").to
    ended = [step.to for step in clause.steps if step.closes and step.to != "="]
    values = {
        "kind": clause.kind,
        "state": first if running or not ended else ended[0],
        "title": str(clause.title),
        "owner": olga.pk,
        "running": running,
        "number": number,
        "of_agreement": _of_agreement(clause),
        "first": agreements[0].pk,
        "agreements": len(agreements),
        "today": TODAY,
        "span": dt.timedelta(days=20) if running else TEN_YEARS,
    }
    with connection.cursor() as cursor:
        cursor.execute(MATTERS, values)
        ids = [row[0] for row in cursor.fetchall()]
        span = {"low": min(ids), "high": max(ids), "owner": olga.pk}
        cursor.execute(ENTRIES, span)
        for duty in clause.duties:
            cursor.execute(
                OBLIGATIONS,
                {
                    **values,
                    **span,
                    **_sample(clause, duty, agreements[0]),
                    "state": "open" if running else "met",
                },
            )
    return len(ids) * len(clause.duties)


def _sample(clause: Clause, duty: Duty, agreement: Agreement) -> dict[str, Any]:
    """The duty counted once, as distances from its start."""
    of = agreement if _of_agreement(clause) else None
    start = TODAY - dt.timedelta(days=30)
    due_at = start + dt.timedelta(days=60) if duty.due_fact else None
    matter = Matter(kind=clause.kind, agreement=of)
    found = count(matter, duty, start, TermBook([agreement]), due_at)
    return {
        "duty": duty.name,
        "source": duty.source,
        "owed_by": duty.owed_by,
        "period": found.words,
        "reckoning": Json(dict(found.kept)),
        "to_target": found.target_at and found.target_at - start,
        "to_due": found.due_at and found.due_at - start,
    }
