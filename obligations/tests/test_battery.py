"""Every kind, every step, every role, every state: what the declarations say is what the verbs do."""

import datetime as dt
from typing import Any

import pytest
from django.db import transaction

from accounts.roles import Actor, Role
from conftest import utc
from obligations import ladder
from obligations.actions import advance
from obligations.clauses import CLAUSES, CONTROLLER, Duty, Step
from obligations.models import Entry, Matter
from obligations.tests.engine import actor, writes
from obligations.tests.kinds import BUILDERS, built, put_in, ready, states_of
from obligations.turn import Refused

OPENED = utc("27 Mar 17:00")
AT = utc("27 Mar 18:00")
STEPS = [
    (kind, step.name)
    for kind, clause in sorted(CLAUSES.items())
    for step in clause.steps
    if step.name != "open"
]
DUTIES = [(kind, duty.name) for kind, clause in sorted(CLAUSES.items()) for duty in clause.duties]


def test_every_kind_has_a_builder():
    assert set(BUILDERS) == set(CLAUSES)


@pytest.mark.parametrize("kind", sorted(CLAUSES))
def test_every_kind_opens_in_its_first_state_with_an_entry(cast, kind):
    made = BUILDERS[kind](cast, OPENED)
    step = CLAUSES[kind].step("open")
    entry = Entry.objects.get(matter=made, step="open")
    assert (made.state, made.version, entry.from_state, entry.to_state) == (step.to, 1, "", step.to)
    assert set(entry.facts) <= {field.name for field in step.fields}
    assert made.reference.startswith(CLAUSES[kind].prefix)
    open_duties = {d.name for d in CLAUSES[kind].duties if any(s.step == "open" for s in d.starts)}
    assert set(made.obligations.values_list("duty", flat=True)) == open_duties


def declared(step: Step, state: str, role: str) -> str:
    """What the declaration says: done, proposed, or the code of the refusal."""
    if role not in step.takers:
        return "forbidden"
    if state not in step.from_states:
        return "wrong-state"
    if not step.two_people:
        return "done"
    return "proposed" if role in step.proposed_by else "two-people"


def taken(matter: Matter, step: Step, who: Actor, facts: dict[str, Any]) -> str:
    """What the verb does; undone afterwards. Checks the entry of a step and that a refusal writes nothing."""
    known = set(Entry.objects.filter(matter=matter).values_list("pk", flat=True))
    with transaction.atomic(), writes() as written:
        try:
            outcome = advance([matter], step.name, actor=who, at=AT, facts=dict(facts))
        except Refused as refusal:
            assert not written
            return refusal.code
        assert written
        _check_entry(matter, step, who.name, known, proposed=bool(outcome.proposed))
        transaction.set_rollback(True)
    return "proposed" if outcome.proposed else "done"


def _check_entry(matter: Matter, step: Step, name: str, known: set[int], proposed: bool) -> None:
    (made,) = Entry.objects.filter(matter=matter).exclude(pk__in=known)
    to = matter.state if proposed else step.leads_to(matter.state)
    row = Matter.objects.get(pk=matter.pk)
    assert (made.step, made.from_state, made.to_state) == (step.name, matter.state, to)
    assert (made.actor_name, made.at, made.proposed) == (name, AT, proposed)
    assert (row.state, row.version) == (to, matter.version + 1)
    assert (row.closed_at is not None) == (step.closes and not proposed)


@pytest.mark.parametrize(("kind", "name"), STEPS)
def test_each_role_in_each_state_may_do_what_is_declared(cast, kind, name):
    clause, matter = CLAUSES[kind], built(kind, cast, OPENED)
    step = clause.step(name)
    people = {role: actor(role, matter.customer_id) for role in Role.values}
    wanted, done = {}, {}
    for state in states_of(clause):
        with transaction.atomic():
            row = put_in(matter, state)
            facts = ready(row, step, cast, AT)
            for role, who in people.items():
                wanted[state, role] = declared(step, state, role)
                done[state, role] = taken(row, step, who, facts)
            transaction.set_rollback(True)
    assert done == wanted
    assert {"done", "proposed"} & set(done.values())


TWO_PEOPLE = [(kind, name) for kind, name in STEPS if CLAUSES[kind].step(name).two_people]


@pytest.mark.parametrize(("kind", "name"), TWO_PEOPLE)
def test_a_step_of_two_people_is_done_when_each_approving_role_agrees(cast, kind, name):
    clause, matter = CLAUSES[kind], built(kind, cast, OPENED)
    step = clause.step(name)
    for state in step.from_states:
        with transaction.atomic():
            row = put_in(matter, state)
            first, second = min(step.proposed_by), min(step.by)
            facts = ready(row, step, cast, AT)
            advance([row], name, actor=actor(first, row.customer_id), at=AT, facts=facts)
            row = Matter.objects.get(pk=matter.pk)
            advance([row], name, actor=actor(second, row.customer_id), at=AT)
            made = Entry.objects.get(matter=matter, step=name, proposed=False)
            assert (made.two_people, made.to_state) == (True, step.leads_to(state))
            transaction.set_rollback(True)


SHAPES = {
    "a legal period": (None, AT + dt.timedelta(days=3)),
    "a vague word": (AT + dt.timedelta(days=1), None),
    "both": (AT + dt.timedelta(days=1), AT + dt.timedelta(days=3)),
}


def _told(duty: Duty, target: dt.datetime | None, due: dt.datetime | None) -> set[str]:
    clock = ladder.Clock(AT, target, due, None)
    told = {to for moment in ladder.moments(duty.ladder, clock) for to in moment.rung.recipients}
    turns = [r for r in duty.ladder if r.when == "after due every"] if due else []
    return told | {to for rung in turns for to in rung.recipients}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("kind", "name"), DUTIES)
def test_every_duty_rings_for_staff_however_its_term_was_negotiated(kind, name, shape):
    """A customer may negotiate a period where the text has a word, and a word where it has a period."""
    duty = CLAUSES[kind].duty(name)
    told = _told(duty, *SHAPES[shape])
    assert told & set(ladder.LINE_OF_ALERTS), f"nobody hears of {name} when its term is {shape}"


@pytest.mark.parametrize(("kind", "name"), DUTIES)
def test_our_own_duties_ring_before_they_are_late(kind, name):
    duty = CLAUSES[kind].duty(name)
    clock = ladder.Clock(AT, *SHAPES["both"], None)
    (first, *_) = ladder.moments(duty.ladder, clock)
    assert duty.owed_by == CONTROLLER or first.at < SHAPES["both"][0]
