"""The wall between customers: what a scope shows, what the database refuses by itself, and restricted matters."""

import datetime as dt

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from accounts import scope as scopes
from accounts.models import Customer
from accounts.scope import ALL, ScopeError, scope
from breaches.models import Breach
from conftest import utc
from obligations import alerts, walls
from obligations.actions import advance, open_matter
from obligations.clauses import CLAUSES, NEW, PROCESSOR, Clause, Duty, Field, Rung, Start, Step, TermSpec
from obligations.models import (
    Agreement,
    Entry,
    Matter,
    Message,
    NoticeContact,
    Obligation,
    RestrictedTo,
    Term,
)
from obligations.tests.engine import fresh, reported

AT = utc("27 Mar 18:00")
MONDAY = utc("30 Mar 10:00")
SCOPED = [Matter, Entry, Obligation, Message, Agreement, NoticeContact, Term, Breach]


@pytest.fixture
def no_scope():
    token = scopes._now_open.set(None)
    yield
    scopes._now_open.reset(token)


@pytest.mark.parametrize("model", SCOPED)
@pytest.mark.parametrize(
    "query",
    [
        lambda m: list(m.objects.all()),
        lambda m: m.objects.exists(),
        lambda m: m.objects.count(),
        lambda m: m.objects.bulk_create([]),
        lambda m: list(m._base_manager.all()),
        lambda m: m._default_manager.update(),
    ],
)
def test_without_a_scope_every_query_raises(db, no_scope, model, query):
    with pytest.raises(ScopeError, match="No scope is open"):
        query(model)


def test_history_stands_behind_the_same_wall(cast, no_scope):
    with pytest.raises(ScopeError):
        list(Agreement.history.all())
    with scope([cast.a.customer_id], "test"):
        assert {row.customer_id for row in Agreement.history.all()} == {cast.a.customer_id}


def test_a_scope_shows_its_customers_rows_and_nothing_of_the_house(cast):
    reported(cast)
    with scope([cast.a.customer_id], "test"):
        assert {row.customer_id for row in Matter.objects.all()} == {cast.a.customer_id}
        assert not Matter.objects.filter(kind="breach").exists()
        assert [row.pk for row in Customer.objects.all()] == [cast.a.customer_id]


def test_a_scope_inside_a_scope_ends_with_it(cast):
    with scope([cast.a.customer_id], "outer"):
        with scope(ALL, "inner"):
            assert Customer.objects.count() == 3
        assert Customer.objects.count() == 1


def walk_past_the_first_wall(monkeypatch) -> None:
    monkeypatch.setattr(scopes, "narrowed", lambda rows, customer, matter: rows)


def test_with_the_first_wall_off_the_database_shows_no_more(cast, monkeypatch):
    """SQLite has one wall; there everything is seen, which proves that the wall was really off."""
    reported(cast)
    walk_past_the_first_wall(monkeypatch)
    with scope([cast.a.customer_id], "test"):
        seen = {model: set(model.objects.values_list("customer_id", flat=True)) for model in SCOPED}
        customers = set(Customer.objects.values_list("pk", flat=True))
    if connection.vendor == "postgresql":
        assert customers == {cast.a.customer_id}
        assert all(found <= {cast.a.customer_id} for found in seen.values())
    else:
        assert len(customers) == 3


@pytest.mark.postgresql
def test_the_database_shows_nothing_to_a_connection_that_names_no_customers(cast, monkeypatch):
    walk_past_the_first_wall(monkeypatch)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customers', '', true)")
        assert [model for model in SCOPED if model.objects.exists()] == []


@pytest.mark.postgresql
def test_a_row_of_another_customer_cannot_be_written_in_a_scope(cast):
    foreign = NoticeContact(
        agreement=cast.b, customer=cast.b.customer, position=9, name="X", email="x@b.example"
    )
    with (
        scope([cast.a.customer_id], "test"),
        pytest.raises(DatabaseError, match="row-level security"),
        transaction.atomic(),
    ):
        NoticeContact.objects.bulk_create([foreign])


def crossing_contact(cast) -> NoticeContact:
    return NoticeContact(
        agreement=cast.b, customer=cast.a.customer, position=9, name="X", email="x@b.example"
    )


def test_a_row_that_points_at_another_customers_row_is_refused_on_both_databases(cast):
    with pytest.raises(IntegrityError, match="another customer"), transaction.atomic():
        NoticeContact.objects.bulk_create([crossing_contact(cast)])


def test_the_refusal_does_not_depend_on_what_the_scope_can_see(cast):
    with (
        scope([cast.a.customer_id], "test"),
        pytest.raises(IntegrityError, match="another customer"),
        transaction.atomic(),
    ):
        NoticeContact.objects.bulk_create([crossing_contact(cast)])


def test_a_row_cannot_be_moved_to_another_customer(cast):
    with pytest.raises(IntegrityError, match="another customer"), transaction.atomic():
        NoticeContact.objects.filter(agreement=cast.a).update(agreement=cast.b, position=9)


def test_a_row_of_a_customer_may_point_at_a_row_of_the_house(cast):
    case = reported(cast)
    assert (case.a.parent_id, case.breach.customer_id) == (case.breach.pk, None)


def test_every_scoped_table_is_guarded_and_a_lost_guard_is_named(db):
    assert walls.missing() == []
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ALTER TABLE obligations_term NO FORCE ROW LEVEL SECURITY")
            assert walls.missing() == ["row-level security of obligations_term"]
        else:
            cursor.execute("DROP TRIGGER obligations_term_keeps_apart_insert")
            assert walls.missing() == ["trigger obligations_term_keeps_apart_insert"]


# --- restricted matters -------------------------------------------------------------------------------
ORDER = Clause(
    kind="order",
    title="Order",
    plural="Orders",
    prefix="OR",
    of="agreement",
    steps=(
        Step(
            "open",
            "Open",
            frm=NEW,
            to="come",
            by={"officer"},
            restricts="need_to_know",
            fields=(Field("need_to_know", "people", "Who may know", required=False),),
        ),
        Step("release", "Release", frm="come", to="open", by={"officer"}, lifts=True),
    ),
    duties=(
        Duty(
            "review",
            "Review",
            source="7.1d",
            owed_by=PROCESSOR,
            starts=(Start("open"),),
            met_by=("release",),
            term="orders.review.within",
            ladder=(Rung("after start", 0, to=("owner", "admins", "contacts")),),
        ),
    ),
    terms=(TermSpec("orders.review.within", "period", {"days": 30}, "Review"),),
)


@pytest.fixture
def gagged(cast, monkeypatch) -> Matter:
    """A matter that only Olga, who opened it, and Anna may see."""
    monkeypatch.setitem(CLAUSES, "order", ORDER)
    facts = {"need_to_know": [cast.anna.user_id]}
    return open_matter("order", actor=cast.olga, at=AT, facts=facts, title="Order", agreement=cast.a)


def seen_by(who, customers=ALL) -> list[int]:
    with scope(customers, "test", reader=who.user_id):
        rows = [model.objects.values_list(column, flat=True) for model, column in BELOW]
        return sorted({pk for found in rows for pk in found})


BELOW = [(Matter, "pk"), (Entry, "matter_id"), (Obligation, "matter_id"), (Message, "matter_id")]


def test_only_those_who_are_named_see_a_restricted_matter_and_what_is_below_it(cast, gagged):
    alerts.sweep(MONDAY)
    assert all(gagged.pk in seen_by(who) for who in (cast.olga, cast.anna))
    for who in (cast.dora, cast.adam, cast.aude):
        assert gagged.pk not in seen_by(who)
    assert gagged.pk not in seen_by(cast.carl, [cast.a.customer_id])


@pytest.mark.postgresql
def test_the_database_hides_it_too(cast, gagged, monkeypatch):
    alerts.sweep(MONDAY)
    walk_past_the_first_wall(monkeypatch)
    assert gagged.pk in seen_by(cast.olga)
    assert gagged.pk not in seen_by(cast.aude)
    assert gagged.pk not in seen_by(cast.carl, [cast.a.customer_id])


def test_its_alerts_reach_only_those_who_may_know(cast, gagged):
    alerts.sweep(MONDAY)
    told = set(Message.objects.filter(matter=gagged).values_list("user", flat=True))
    assert told <= {cast.olga.user_id, cast.anna.user_id}
    assert told


def test_releasing_it_shows_it_to_everybody_again(cast, gagged):
    advance([fresh(gagged)], "release", actor=cast.olga, at=AT + dt.timedelta(hours=1))
    assert not RestrictedTo.objects.exists()
    assert gagged.pk in seen_by(cast.aude)
    assert gagged.pk in seen_by(cast.carl, [cast.a.customer_id])


def test_what_is_opened_below_a_restricted_matter_is_restricted(cast, gagged, monkeypatch):
    from dataclasses import replace

    from obligations.clauses import Draft

    def a_child(matters, facts):
        return {
            m.pk: [Draft("breach_notice", "Child", m.agreement_id, {"suspected_at": AT})] for m in matters
        }

    (opened, _) = ORDER.steps
    more = Step("more", "More", frm="come", to="come", by={"officer"}, spawns=a_child)
    monkeypatch.setitem(CLAUSES, "order", replace(ORDER, steps=(opened, more)))
    advance([fresh(gagged)], "more", actor=cast.olga, at=AT)
    child = Matter.objects.get(parent=gagged)
    assert child.pk in seen_by(cast.anna)
    assert child.pk not in seen_by(cast.carl, [cast.a.customer_id])
