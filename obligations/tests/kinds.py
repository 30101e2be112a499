"""How the battery opens one matter of each kind, and facts that every step can use.

Each room brings tests/builders.py; test_battery.py fails until it has.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from django.apps import apps

from obligations import evidence
from obligations.clauses import CLAUSES, SAME, Clause, Field, Step
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
    "people": lambda field, cast, at: [cast.olga.user_id],
    "file": lambda field, cast, at: evidence.kept("proof.txt", [b"Proof."]),
    "agreements": lambda field, cast, at: [cast.a.pk],
}


def facts_for(fields: Sequence[Field], cast: SimpleNamespace, at: dt.datetime) -> dict[str, Any]:
    """A usable value for each field; instants are `at`."""
    return {field.name: VALUES[field.type](field, cast, at) for field in fields}


def rooms() -> list[ModuleType]:
    """`<room>/tests/builders.py` of every room that declares a kind.

    BUILDERS: kind -> how to open one. FACTS: (kind, step) -> facts where the plain values do not fit.
    READY: (kind, step) -> what a guard wants to see before that step. DUE_TIMES: see test_due_times.py.
    """
    found = [app for app in apps.get_app_configs() if Path(app.path, "tests", "builders.py").exists()]
    return [import_module(f"{app.name}.tests.builders") for app in found]


Builder = Callable[[SimpleNamespace, dt.datetime], Matter]
BUILDERS: Mapping[str, Builder] = {k: v for room in rooms() for k, v in room.BUILDERS.items()}
FACTS = {k: v for room in rooms() for k, v in getattr(room, "FACTS", {}).items()}
READY = {k: v for room in rooms() for k, v in getattr(room, "READY", {}).items()}


def built(kind: str, cast: SimpleNamespace, at: dt.datetime) -> Matter:
    """A matter of that kind, whose guards have nothing against any step: no clock runs below it."""
    made = BUILDERS[kind](cast, at)
    below = Obligation.objects.filter(matter__parent=made)
    below.update(state="lapsed", ended_at=at, next_alert_at=None)
    return Matter.objects.get(pk=made.pk)


def ready(matter: Matter, step: Step, cast: SimpleNamespace, at: dt.datetime) -> dict[str, Any]:
    """Facts with which the step can be taken of this matter, once what its guard wants to see is there."""
    if (matter.kind, step.name) in READY:
        READY[matter.kind, step.name](cast, matter, at)
    own = FACTS.get((matter.kind, step.name))
    return {**facts_for(step.fields, cast, at), **(own(cast, matter, at) if own else {})}


def opening(kind: str, cast: SimpleNamespace, at: dt.datetime) -> dict[str, Any]:
    """Facts with which a matter of that kind can be opened by hand (FACTS of its step `open`, if any)."""
    own = FACTS.get((kind, "open"))
    fields = CLAUSES[kind].step("open").fields
    return {**facts_for(fields, cast, at), **(own(cast, None, at) if own else {})}


def put_in(matter: Matter, state: str) -> Matter:
    """The matter as if steps had led it to that state."""
    Matter.objects.filter(pk=matter.pk).update(state=state)
    return Matter.objects.select_related("agreement", "customer", "proposal").get(pk=matter.pk)


def states_of(clause: Clause) -> list[str]:
    """Every state that a step leads to, in order."""
    return list(dict.fromkeys(step.to for step in clause.steps if step.to != SAME))
