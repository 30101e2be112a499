"""Clause 14.1: the end of a contract opens its exit by itself, once."""

import dataclasses as dc
import datetime as dt

import pytest

from conftest import utc
from deletion import exits
from deletion.tests.builders import exit_of
from obligations.actions import advance
from obligations.clauses import CLAUSES, SAME, Field, On, Step
from obligations.models import Matter
from obligations.tests.engine import open_clock

AT = utc("2 Feb 09:00")
LAST_DAY = dt.date(2026, 1, 31)
ENDED = Step(
    "contract_ended",
    "Contract ended",
    frm=("unsigned", "in_force"),
    to=SAME,
    by={"officer"},
    fields=(Field("last_day", "date", "Last day"),),
)


@pytest.fixture
def agreement(cast, monkeypatch) -> Matter:
    """Acme's agreement, whose clause has the step, and the wire to the exit."""
    clause = CLAUSES["agreement"]
    if ENDED.name not in {step.name for step in clause.steps}:
        monkeypatch.setitem(CLAUSES, "agreement", dc.replace(clause, steps=(*clause.steps, ENDED)))
    wire = On("agreement", ENDED.name, spawns=exits.exits_for)
    wires = [on for on in CLAUSES["exit"].on if on.kind != "agreement"]
    monkeypatch.setitem(CLAUSES, "exit", dc.replace(CLAUSES["exit"], on=(*wires, wire)))
    return Matter.objects.get(kind="agreement", agreement=cast.a)


def end(cast, row: Matter) -> None:
    advance([row], ENDED.name, actor=cast.olga, at=AT, facts={"last_day": LAST_DAY})


def test_the_end_of_a_contract_opens_its_exit_with_the_last_day(cast, agreement):
    end(cast, agreement)
    row = Matter.objects.get(kind="exit", parent=agreement)
    assert row.exit.last_day == LAST_DAY
    assert open_clock(row, "erase_all").reckoning["due"]["last_day"] == "2028-01-31"


def test_an_exit_that_an_officer_opened_before_is_not_doubled(cast, agreement):
    exit_of(cast, cast.a, AT, LAST_DAY)
    end(cast, agreement)
    assert Matter.objects.filter(kind="exit").count() == 1
