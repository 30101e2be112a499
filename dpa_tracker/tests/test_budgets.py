"""Statements of every page, every operation of the API and every step: the budget stands in budgets.json.

A page costs the same with one matter of each kind as with several.
`UPDATE_BUDGETS=1` writes the budgets anew; read the difference before you commit it.
"""

import json
import os
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from conftest import add_many, report_breach, utc
from dpa_tracker.tests.crowd import signed_in
from dpa_tracker.tests.test_routes import address, routes, samples
from obligations import alerts
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.models import Agreement, Matter
from obligations.tests.engine import actor
from obligations.tests.kinds import BUILDERS, built, put_in, ready
from obligations.turn import Refused

FILE = Path(alerts.__file__).parent / "tests" / "budgets.json"
AT = utc("27 Mar 18:00")
FRAME = ("SAVEPOINT", "RELEASE", "ROLLBACK")


def cost(work: Callable[[], Any]) -> int:
    """Statements of the work, which leaves nothing."""
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            work()
        transaction.set_rollback(True)
    return sum(not query["sql"].startswith(FRAME) for query in captured)


def compare(part: str, found: dict[str, int]) -> None:
    """Against the budgets of this database; a rise fails, and so does a fall that nobody wrote down."""
    known = json.loads(FILE.read_text())
    if os.environ.get("UPDATE_BUDGETS"):
        known[connection.vendor][part] = known[connection.vendor].get(part, {}) | found
        FILE.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
    budget = known[connection.vendor][part]
    assert {name: number for name, number in found.items() if budget.get(name) != number} == {}


def pages(known: dict[str, Any]) -> Iterator[tuple[str, Client, str]]:
    """(pattern, who reads it, address): the officer, in the portal the signatory."""
    officer, signatory = signed_in("olga"), signed_in("sven")
    for text, _pattern in routes():
        yield text, signatory if text.startswith("/portal/") else officer, address(text, known)


def costs(known: dict[str, Any]) -> dict[str, int]:
    """Of each page that opens; the second time, when nothing is found for the first time."""
    found = {}
    for name in ("sweep", "deliver"):
        alerts.beat(name, timezone.now())
    for text, reader, where in pages(known):
        with transaction.atomic():
            opens = reader.get(where).status_code == 200
            transaction.set_rollback(True)
        if opens:
            found[text] = cost(partial(reader.get, where))
    return found


def grow(cast: SimpleNamespace, *agreements: Agreement) -> None:
    """One matter of every kind at each of these agreements, where it may have one."""
    for kind in BUILDERS:
        for agreement in agreements:
            try:
                with transaction.atomic():
                    BUILDERS[kind](SimpleNamespace(**{**vars(cast), "a": agreement}), AT)
            except (Refused, Matter.MultipleObjectsReturned):
                continue


def test_every_page_costs_the_same_however_much_is_stored(cast):
    known = samples(cast)
    grow(cast, cast.a)
    before = costs(known)
    grow(cast, cast.b, cast.c)
    notices = Matter.objects.filter(parent=report_breach(cast, add_many(cast, 20), AT))
    advance(list(notices), "send", actor=cast.olga, at=AT, facts={"text": "We suspect."})
    after = costs(known)
    assert len(before) > 60
    assert {text: (n, after.get(text)) for text, n in before.items() if after.get(text) != n} == {}
    compare("pages", before)


@pytest.mark.parametrize("kind", sorted(CLAUSES))
def test_every_step_stays_in_its_budget(cast, kind):
    matter = built(kind, cast, utc("27 Mar 17:00"))
    found = {}
    for step in CLAUSES[kind].steps:
        if step.name == "open":
            continue
        with transaction.atomic():
            row = put_in(matter, step.from_states[0])
            who = actor(min(step.proposed_by if step.two_people else step.by), row.customer_id)
            facts = ready(row, step, cast, AT)
            found[step.name] = cost(partial(advance, [row], step.name, actor=who, at=AT, facts=facts))
            transaction.set_rollback(True)
    compare("steps", {f"{kind}.{name}": number for name, number in found.items()})
