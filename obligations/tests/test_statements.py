"""The number of SQL statements does not depend on how many agreements a breach affects.

Measured against budgets.json: a rise fails, and so does a fall that nobody wrote down.
"""

import json
import re
from itertools import groupby
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.roles import SYSTEM
from conftest import add_many, report_breach, utc
from obligations import alerts
from obligations.actions import acknowledge, advance
from obligations.models import Matter, Obligation

BUDGETS = json.loads((Path(__file__).parent / "budgets.json").read_text())
REPORTED = utc("27 Mar 17:00")
# Agreements a chunk on SQLite, where Django writes 999 parameters at once: 39 obligations, three of an agreement.
WRITTEN, READ = 12, 900
WRITES = re.compile(r'^(?:INSERT (?:OR IGNORE )?INTO|UPDATE) "\w+"')
LIST_OF_IDS = re.compile(r"IN \([\d, ]+\)")


def counted(captured: CaptureQueriesContext, rows: int) -> int:
    """Statements, the chunks of one taken as one. More and smaller ones than chunks can be are a loop."""
    total = 0
    for shape, group in groupby(captured.captured_queries, _shape):
        number = len(list(group))
        most = 1 + rows // (READ if shape.startswith("SELECT") else WRITTEN)
        assert number <= most, f"{number} statements for {rows} rows: {shape[:120]}"
        total += 1
    return total


def _shape(query: dict[str, str]) -> str:
    """What the chunks of one statement share."""
    found = WRITES.match(query["sql"])
    return found.group(0) if found else LIST_OF_IDS.sub("IN ()", query["sql"])


def opened(cast, number: int) -> int:
    agreements = add_many(cast, number)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        report_breach(cast, agreements, REPORTED)
    assert Matter.objects.filter(kind="breach_notice").count() == number
    return counted(captured, number)


def sent(cast, number: int) -> int:
    report_breach(cast, add_many(cast, number), REPORTED)
    rows = list(Matter.objects.filter(kind="breach_notice"))
    with CaptureQueriesContext(connection) as captured:
        advance(rows, "send", actor=cast.olga, at=utc("27 Mar 17:30"), facts={"text": "We suspect."})
    assert Matter.objects.filter(kind="breach_notice", state="sent").count() == number
    return counted(captured, number)


def received(cast, number: int) -> int:
    report_breach(cast, add_many(cast, number), REPORTED)
    Matter.objects.filter(kind="breach_notice").update(state="sent")
    rows = list(Matter.objects.filter(kind="breach_notice"))
    with CaptureQueriesContext(connection) as captured:
        advance(rows, "received", actor=SYSTEM, at=utc("27 Mar 17:31"))
    assert Obligation.objects.filter(duty="inform_authority", state="open").count() == number
    return counted(captured, number)


def swept(cast, number: int) -> int:
    report_breach(cast, add_many(cast, number), REPORTED)
    with CaptureQueriesContext(connection) as captured:
        assert alerts.sweep(REPORTED) == number
    return counted(captured, number)


def acknowledged(cast, number: int) -> int:
    report_breach(cast, add_many(cast, number), REPORTED)
    rows = list(Obligation.objects.filter(duty="notify_customer"))
    with CaptureQueriesContext(connection) as captured:
        assert acknowledge(rows, actor=cast.olga, at=utc("27 Mar 17:30")) == number
    return counted(captured, number)


WORK = {"open": opened, "send": sent, "received": received, "sweep": swept, "acknowledge": acknowledged}


@pytest.mark.parametrize("number", [1, 100])
@pytest.mark.parametrize("work", WORK)
def test_statements_stay_in_the_budget_for_one_and_for_a_hundred(cast, work, number):
    assert WORK[work](cast, number) == BUDGETS[connection.vendor][work]


def test_statements_stay_in_the_budget_for_five_thousand(cast):
    """One breach from its report to the receipts, each verb counted."""
    found = {"open": opened(cast, 5000)}
    rows = list(Obligation.objects.filter(duty="notify_customer"))
    with CaptureQueriesContext(connection) as captured:
        assert acknowledge(rows, actor=cast.olga, at=utc("27 Mar 17:30")) == 5000
    found["acknowledge"] = counted(captured, 5000)
    for step, actor, facts in (("send", cast.olga, {"text": "We suspect."}), ("received", SYSTEM, {})):
        rows = list(Matter.objects.filter(kind="breach_notice"))
        with CaptureQueriesContext(connection) as captured:
            advance(rows, step, actor=actor, at=utc("27 Mar 17:31"), facts=facts)
        found[step] = counted(captured, 5000)
    assert Obligation.objects.filter(duty="inform_authority", state="open").count() == 5000
    assert found == {work: BUDGETS[connection.vendor][work] for work in found}
