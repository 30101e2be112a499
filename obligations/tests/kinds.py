"""How the battery opens one matter of each kind, and facts that every step can use.

A new room adds one builder; test_battery.py fails until it has.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from conftest import report_breach
from obligations.clauses import SAME, Clause, Field
from obligations.models import Matter, Obligation

VALUES: Mapping[str, Callable[[Field, SimpleNamespace, dt.datetime], Any]] = {
    "text": lambda field, cast, at: "Words",
    "long_text": lambda field, cast, at: "More words.",
    "instant": lambda field, cast, at: at,
    "date": lambda field, cast, at: at.date(),
    "number": lambda field, cast, at: 1,
    "boolean": lambda field, cast, at: True,
    "choice": lambda field, cast, at: field.choices[0][0],
    "person": lambda field, cast, at: cast.olga.user_id,
    "agreements": lambda field, cast, at: [cast.a.pk],
}


def facts_for(fields: Sequence[Field], cast: SimpleNamespace, at: dt.datetime) -> dict[str, Any]:
    """A usable value for each field; instants are `at`."""
    return {field.name: VALUES[field.type](field, cast, at) for field in fields}


def _breach(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return report_breach(cast, [cast.a], at)


def _breach_notice(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return Matter.objects.get(parent=report_breach(cast, [cast.a], at))


def _agreement(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return Matter.objects.get(kind="agreement", agreement=cast.a)


BUILDERS: Mapping[str, Callable[[SimpleNamespace, dt.datetime], Matter]] = {
    "agreement": _agreement,
    "breach": _breach,
    "breach_notice": _breach_notice,
}


def built(kind: str, cast: SimpleNamespace, at: dt.datetime) -> Matter:
    """A matter of that kind, whose guards have nothing against any step: no clock runs below it."""
    made = BUILDERS[kind](cast, at)
    below = Obligation.objects.filter(matter__parent=made)
    below.update(state="lapsed", ended_at=at, next_alert_at=None)
    return Matter.objects.get(pk=made.pk)


def put_in(matter: Matter, state: str) -> Matter:
    """The matter as if steps had led it to that state."""
    Matter.objects.filter(pk=matter.pk).update(state=state)
    return Matter.objects.select_related("agreement", "customer", "proposal").get(pk=matter.pk)


def states_of(clause: Clause) -> list[str]:
    """Every state that a step leads to, in order."""
    return list(dict.fromkeys(step.to for step in clause.steps if step.to != SAME))
