"""10.3: one audit in twelve months is free; a customer and its affiliates share it; authorities do not count."""

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Customer, User
from agreements import records
from audits import entitlement
from audits.models import Audit
from audits.tests.builders import asked, dated, held
from conftest import START, add_agreement, add_many, utc
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
NOW = utc("20 May 09:00")
MARCH = dt.date(2026, 3, 2)


def ledger(agreement: Agreement, now: dt.datetime = NOW) -> entitlement.Ledger:
    (found,) = entitlement.ledgers([agreement], now)
    return found


def on(cast, agreement: Agreement, day: dt.date) -> str:
    """The verdict on a new audit on that day."""
    row = asked(cast, agreement, utc("19 May 09:00"))
    return entitlement.of_days([(row, day)], NOW)[row.pk].state


def term(cast, agreement: Agreement, key: str, value: object) -> None:
    records.set_term(agreement, key, value, effective_from=START.date(), actor=cast.olga, at=START)


def group(cast, name: str, head: Agreement) -> Agreement:
    """An agreement of an affiliate of that agreement's customer."""
    made = add_agreement(cast, name)
    Customer.objects.filter(pk=made.customer_id).update(affiliate_of=head.customer)
    return made


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
    return client


def test_the_first_audit_is_free_and_a_second_within_twelve_months_is_billable(cast):
    held(cast, cast.a, MARCH)
    held(cast, cast.a, dt.date(2026, 5, 4))
    found = ledger(cast.a)
    assert [line.verdict for line in found.lines] == ["free", "billable"]
    assert (found.next_free, found.next_undisputed) == (dt.date(2027, 3, 2), dt.date(2027, 3, 3))


@pytest.mark.parametrize(
    ("day", "state"),
    [
        (dt.date(2027, 3, 1), "billable"),
        (dt.date(2027, 3, 2), "arguable"),
        (dt.date(2027, 3, 3), "free"),
    ],
)
def test_the_anniversary_is_free_but_arguable(cast, day, state):
    held(cast, cast.a, MARCH)
    assert on(cast, cast.a, day) == state


def test_affiliates_share_the_allowance_through_every_level(cast):
    daughter = group(cast, "Acme Daughter", cast.a)
    granddaughter = group(cast, "Acme Granddaughter", daughter)
    held(cast, granddaughter, MARCH)
    for agreement in (cast.a, daughter, granddaughter):
        assert on(cast, agreement, dt.date(2026, 6, 1)) == "billable"
    assert on(cast, cast.b, dt.date(2026, 6, 1)) == "free"


def address(agreement: Agreement) -> str:
    row = Matter.objects.get(kind="agreement", agreement=agreement)
    return reverse("audit-entitlement", args=[row.public_reference])


def test_an_affiliates_audit_counts_but_is_not_named_to_the_customer(cast):
    daughter = group(cast, "Acme Daughter", cast.a)
    held(cast, daughter, MARCH)
    page = signed_in("carl").get(address(cast.a)).content.decode()
    assert "an audit of an affiliate" in page and "Daughter" not in page
    assert "2 Mar 2027" in page and "arguable" in page


def test_a_visit_of_an_authority_uses_no_place(cast):
    at = utc("2 Mar 09:00")
    facts = {"authority": "Berlin Commissioner", "asks_for": "audit", "what": "A visit."}
    row = open_matter(
        "authority_request", actor=cast.olga, at=at, facts=facts, title="Visit", agreement=cast.a
    )
    advance([row], "cooperate", actor=cast.olga, at=at, facts={"done": "They visited us."})
    assert not ledger(cast.a).lines
    assert on(cast, cast.a, dt.date(2026, 6, 1)) == "free"


def test_a_cancelled_audit_uses_no_place_and_a_planned_one_does(cast):
    first = asked(cast, cast.a, utc("1 May 09:00"))
    planned = {"starts_at": utc("25 May 08:00"), "ends_at": utc("25 May 10:00")}
    dated(first, "agreed", NOW, **planned)
    assert on(cast, cast.a, dt.date(2026, 6, 1)) == "billable"
    dated(first, "cancelled", NOW)
    assert on(cast, cast.a, dt.date(2026, 6, 1)) == "free"


def test_the_local_date_at_the_site_counts_not_the_date_in_utc(cast):
    row = asked(cast, cast.a, utc("1 May 09:00"))
    found = dated(row, "agreed", NOW, starts_at=utc("25 May 22:30"), ends_at=utc("25 May 23:30"))
    assert "26 May 2026" in entitlement.of_audits([found], NOW)[row.pk].words


def test_other_contracts_count_by_calendar_year_or_by_contract_year(cast):
    term(cast, cast.a, "audits.mode", "calendar_year")
    term(cast, cast.b, "audits.mode", "contract_year")  # in force from 5 January 2026
    for agreement in (cast.a, cast.b):
        held(cast, agreement, MARCH)
    assert on(cast, cast.a, dt.date(2027, 1, 1)) == "free"
    assert on(cast, cast.b, dt.date(2027, 1, 4)) == "billable"
    assert on(cast, cast.b, dt.date(2027, 1, 5)) == "free"


def test_a_contract_may_make_all_audits_free_or_none(cast):
    term(cast, cast.a, "audits.fees", "processor")
    term(cast, cast.b, "audits.free", 0)
    held(cast, cast.a, MARCH)
    assert on(cast, cast.a, MARCH) == "free"
    assert on(cast, cast.b, MARCH) == "billable" and ledger(cast.b).never


def test_a_conducted_audit_keeps_its_verdict_whatever_is_planned(cast):
    planned = asked(cast, cast.a, utc("2 Feb 09:00"))
    dated(planned, "agreed", NOW, starts_at=utc("9 Feb 09:00"), ends_at=utc("9 Feb 11:00"))
    row = held(cast, cast.a, MARCH)
    assert entitlement.of_audits([row], NOW)[row.pk].state == "free"


def test_the_list_costs_the_same_for_three_agreements_and_for_thirty(cast):
    def statements() -> int:
        agreements = list(Agreement.objects.select_related("customer"))
        with CaptureQueriesContext(
            connection,
        ) as found:
            entitlement.ledgers(agreements, NOW)
        return len(found)

    held(cast, cast.a, MARCH)
    few = statements()
    for agreement in add_many(cast, 27):
        row = Matter.objects.create(
            kind="audit",
            state="closed",
            title="A",
            agreement=agreement,
            customer=agreement.customer,
            opened_at=NOW,
        )
        Audit.objects.create(
            matter=row, customer=agreement.customer, conducted_by="customer", auditor="A", conducted_on=MARCH
        )
    assert statements() == few


def test_a_customer_sees_its_own_entitlement_and_no_other(cast):
    client = signed_in("carl")
    assert client.get(address(cast.a)).status_code == 200
    assert client.get(address(cast.b)).status_code == 404
    assert client.get(reverse("audit-entitlements")).status_code == 403
    assert "Bodega" in signed_in("olga").get(reverse("audit-entitlements")).content.decode()
