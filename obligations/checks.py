"""System checks: what rooms declare is proved at start-up, before anybody relies on it."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.roles import Role
from obligations import walls
from obligations.clauses import (
    CLAUSES,
    CONTROLLER,
    FIELD_TYPES,
    LINE_OF_ALERTS,
    PROCESSOR,
    RUNG_MOMENTS,
    RUNG_RECIPIENTS,
    TERM_TYPES,
    Clause,
    Duty,
    Notice,
    On,
    Step,
    term_specs,
)
from obligations.ladder import UNITS


@register()
def clauses_are_sound(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Every declaration points at something that exists."""
    return [Error(words, id="obligations.E001") for clause in CLAUSES.values() for words in problems(clause)]


@register(Tags.database)
def guards_stand(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """The ledger's triggers and the second wall stand (run with `check --database default`)."""
    if not databases or not _migrated():
        return []
    return [
        Error(
            f"Missing: {words}. Run `manage.py migrate` as the owner of the tables, then look for who dropped it.",
            id="obligations.E002",
        )
        for words in walls.missing()
    ]


def _migrated() -> bool:
    """`migrate` runs this check before it builds the guards: then it is too early."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def problems(clause: Clause) -> Iterator[str]:
    """What is wrong with a declaration, in words."""
    steps = {step.name for step in clause.steps}
    if "open" not in steps or clause.step("open").from_states != ("",):
        yield f"{clause.kind}: it needs a step `open` from the state NEW."
    yield from _of_states(clause)
    for step in clause.steps:
        unknown = step.takers - set(Role.values)
        if unknown:
            yield f"{clause.kind}.{step.name}: unknown roles {sorted(unknown)}; the roles are {Role.values}."
        yield from _of_fields(clause, step)
        if step.notice:
            for name in _steps_of(step.notice):
                if name and name not in steps:
                    yield f"{clause.kind}.{step.name}: its notice points at no step: {name!r}."
    for names in ([step.name for step in clause.steps], [duty.name for duty in clause.duties]):
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield f"{clause.kind}: two steps or two duties are called {name!r}."
    if clause.of not in ("house", "agreement"):
        yield f"{clause.kind}: it is of {clause.of!r}; it must be of the house or of an agreement."
    for on in clause.on:
        yield from _of_wire(clause, on, steps)
    for duty in clause.duties:
        yield from _of_duty(clause, duty, steps)
    for spec in clause.terms:
        if spec.type not in TERM_TYPES:
            yield f"{clause.kind}: term {spec.key} has the unknown type {spec.type!r}."


def _steps_of(notice: Notice) -> tuple[str, ...]:
    return notice.on_receipt, notice.on_relay, notice.on_failure, notice.on_exhausted


def _of_fields(clause: Clause, step: Step) -> Iterator[str]:
    where, types = f"{clause.kind}.{step.name}", {field.name: field.type for field in step.fields}
    for name, type_ in types.items():
        if type_ not in FIELD_TYPES:
            yield f"{where}.{name}: unknown type {type_!r}."
    if step.happened and types.get(step.happened) != "instant":
        yield f"{where}: `happened` must name a field of the step that is an instant, not {step.happened!r}."
    if step.restricts and types.get(step.restricts) != "people":
        yield f"{where}: `restricts` must name a field of the step that is people, not {step.restricts!r}."
    if step.two_people and any(field.private for field in step.fields):
        yield f"{where}: a proposal waits in the ledger, so a step of two people takes no private facts."


def _of_wire(clause: Clause, on: On, steps: set[str]) -> Iterator[str]:
    where = f"{clause.kind}: it waits for {on.kind}.{on.step}"
    if on.kind not in CLAUSES or on.step not in {step.name for step in CLAUSES[on.kind].steps}:
        yield f"{where}, which no room declares."
    if on.takes and (on.takes not in steps or not on.of):
        yield f"{where} to take {on.takes!r}: that must be a step of its own, with `of` to find its matters."
    elif on.takes and not _by_itself(clause.step(on.takes)):
        yield f"{where} to take {on.takes!r}: the system must be allowed to, and has no fact to give but its instant."
    if not on.takes and not on.spawns:
        yield f"{where}, and then does nothing."


def _by_itself(step: Step) -> bool:
    return Role.SYSTEM in step.by and {field.name for field in step.fields} <= {step.happened}


def _of_states(clause: Clause) -> Iterator[str]:
    reached, size = {""}, 0
    while len(reached) > size:
        size = len(reached)
        reached |= {s.to for s in clause.steps if s.to != "=" and reached & set(s.from_states)}
    for step in clause.steps:
        for state in set(step.from_states) - reached:
            yield f"{clause.kind}.{step.name}: no step leads to the state {state!r}."


def _of_duty(clause: Clause, duty: Duty, steps: set[str]) -> Iterator[str]:
    where = f"{clause.kind}.{duty.name}"
    used = {start.step for start in duty.starts} | set(duty.met_by) | set(duty.ends)
    for name in sorted(used - steps):
        yield f"{where}: it points at no step: {name!r}."
    for start in duty.starts:
        facts = {field.name for field in clause.step(start.step).fields} if start.step in steps else set()
        if start.fact and start.fact not in facts:
            yield f"{where}: step {start.step} has no fact {start.fact!r} to start from."
        if duty.due_fact and duty.due_fact not in facts:
            yield f"{where}: step {start.step} has no fact {duty.due_fact!r} to be due at."
    if not duty.term and not duty.due_fact:
        yield f"{where}: it needs a term to count, or a fact that is its due time."
    if duty.term and (duty.term not in term_specs() or term_specs()[duty.term].type != "period"):
        yield f"{where}: {duty.term!r} is no period that a room declares."
    if duty.owed_by not in (PROCESSOR, CONTROLLER):
        yield f"{where}: owed by {duty.owed_by!r}; it must be {PROCESSOR} or {CONTROLLER}."
    if not duty.source or not duty.met_by:
        yield f"{where}: a duty needs a source (clause or law) and a step that meets it."
    if not duty.ladder or not any(set(rung.recipients) & set(LINE_OF_ALERTS) for rung in duty.ladder):
        yield f"{where}: without a rung that tells staff, nobody would hear of it."
    for rung in duty.ladder:
        if rung.when not in RUNG_MOMENTS or set(rung.recipients) - set(RUNG_RECIPIENTS):
            yield f"{where}: unknown rung {rung.when!r} to {rung.to!r}."
        if rung.when == "after due every" and rung.n < 1:
            yield f'{where}: a rung "after due every" needs a number and a unit, such as 1, "hours".'
        if rung.n and rung.unit not in (*UNITS, "business days"):
            yield f"{where}: unknown unit {rung.unit!r} in a rung."
