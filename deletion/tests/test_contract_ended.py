"""Clauses 4.1b and 14.1: the end of a contract opens its exit, and the agreement outlives the contract."""

import datetime as dt

import pytest

from conftest import utc
from deletion.tests.builders import READY, exit_of
from obligations.actions import advance
from obligations.models import Matter
from obligations.tests.engine import open_clock
from obligations.turn import Refused

AT = utc("2 Feb 09:00")
LAST_DAY = dt.date(2026, 1, 31)
SIGNED = {"signed_by_us_on": dt.date(2025, 1, 2), "signed_by_customer_on": dt.date(2025, 1, 3)}


@pytest.fixture
def agreement(cast) -> Matter:
    """Acme's agreement, in force."""
    row = Matter.objects.get(kind="agreement", agreement=cast.a)
    advance([row], "sign", actor=cast.olga, at=AT, facts=SIGNED)
    return Matter.objects.get(pk=row.pk)


def end(cast, row: Matter) -> None:
    advance([row], "contract_ended", actor=cast.olga, at=AT, facts={"last_day": LAST_DAY})


def certify(cast, row: Matter) -> None:
    advance([row], "plan", actor=cast.olga, at=AT, facts={"systems": "Database"})
    Matter.objects.filter(parent=row).update(state="dropped")
    READY["exit", "certify"](cast, row, AT)
    for actor in (cast.olga, cast.anna):
        advance([Matter.objects.get(pk=row.pk)], "certify", actor=actor, at=AT, facts={})


def test_the_end_of_a_contract_opens_its_exit_with_the_last_day(cast, agreement):
    end(cast, agreement)
    row = Matter.objects.get(kind="exit", parent=agreement)
    assert row.exit.last_day == LAST_DAY
    assert open_clock(row, "erase_all").reckoning["due"]["last_day"] == "2028-01-31"


def test_an_exit_that_an_officer_opened_before_is_not_doubled(cast, agreement):
    exit_of(cast, cast.a, AT, LAST_DAY)
    assert Matter.objects.get(pk=agreement.pk).state == "ending"
    assert Matter.objects.filter(kind="exit").count() == 1


def test_the_agreement_outlives_its_contract_until_deletion_is_proven(cast, agreement):
    end(cast, agreement)
    row = Matter.objects.get(pk=agreement.pk)
    with pytest.raises(Refused, match="until deletion is proven"):
        advance([row], "end", actor=cast.olga, at=AT, facts={})
    certify(cast, Matter.objects.get(kind="exit"))
    row.refresh_from_db()
    assert (row.state, row.closed_at) == ("ended", AT)


def test_a_withdrawn_exit_brings_the_agreement_back_into_force(cast, agreement):
    end(cast, agreement)
    row = Matter.objects.get(kind="exit")
    for actor in (cast.olga, cast.anna):
        advance([row], "withdraw", actor=actor, at=AT, facts={"reason": "It was prolonged."})
        row.refresh_from_db()
    assert Matter.objects.get(pk=agreement.pk).state == "in_force"
