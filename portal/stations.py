"""Where a matter is on its way, like a parcel: the states it has been in, the one it is in, those that lie ahead."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from obligations.clauses import SAME, Clause, Step
from obligations.models import Entry, Matter

LONGEST = 12


@dataclass(frozen=True)
class Station:
    """`at` is empty ahead; `now` marks the present one."""

    label: str
    at: dt.datetime | None = None
    now: bool = False


def of(matter: Matter, entries: Sequence[Entry]) -> list[Station]:
    """`entries`: those of the matter that move it, oldest first."""
    clause = matter.clause
    moves = [e for e in entries if not e.proposed and e.to_state != e.from_state]
    passed = [Station(clause.state_label(e.to_state), e.at) for e in moves[-LONGEST:]]
    if not passed:
        passed = [Station(matter.state_label, matter.opened_at)]
    here = passed.pop()
    ahead = [] if matter.closed_at else way(clause, matter.state)
    return [*passed, Station(here.label, here.at, now=True), *(Station(clause.state_label(s)) for s in ahead)]


def way(clause: Clause, state: str) -> list[str]:
    """The states that lie ahead when nothing goes wrong: at each, the first step that leads onward."""
    order = list(dict.fromkeys([*dict(clause.states), *(s.to for s in clause.steps if s.to != SAME)]))
    found: list[str] = []
    while len(found) < LONGEST:
        here = found[-1] if found else state
        onward = [s for s in clause.steps if _leads_onward(clause, s, here, order)]
        if not onward:
            return found
        found.append(min(onward, key=lambda step: step.two_people).to)
    return found


def _leads_onward(clause: Clause, step: Step, state: str, order: Sequence[str]) -> bool:
    failures = {
        name for s in clause.steps if s.notice for name in (s.notice.on_failure, s.notice.on_exhausted)
    }
    if step.to == SAME or state not in step.from_states or step.name in failures | _taking_back(clause):
        return False
    return order.index(step.to) > (order.index(state) if state in order else -1)


def _taking_back(clause: Clause) -> set[str]:
    """Steps that are no way ahead: changes of mind, after which no duty is met, started or ended and nothing is sent
    or opened; and ways out that are there from the first state on."""
    met = {name for duty in clause.duties for name in duty.met_by}
    known = met | {name for d in clause.duties for name in (*d.ends, *(start.step for start in d.starts))}
    first = clause.step("open").to
    return {
        step.name
        for step in clause.steps
        if step.name not in met | {"open"}
        and (
            (step.closes and first in step.from_states and len(step.from_states) > 1)
            or not (step.name in known or step.closes or step.notice or step.spawns)
        )
    }
