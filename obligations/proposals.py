"""A step that a first person has proposed and that waits on its matter for a second one."""

from collections.abc import Sequence

from obligations.clauses import Facts, Step
from obligations.models import Entry, Matter


def waits_for(matter: Matter, step: str) -> bool:
    """Whether a first person has proposed this step of the matter."""
    return matter.proposal is not None and matter.proposal.step == step


def told(matter: Matter, step: Step, facts: Facts | None) -> Facts:
    """The facts of a step: those that were proposed, else those that came with it."""
    return matter.proposal.facts if matter.proposal and waits_for(matter, step.name) else facts or {}


def once(rows: Sequence[Matter], step: Step) -> Sequence[Matter]:
    """Facts that are the same for all are checked once; proposals may differ."""
    return rows if any(waits_for(m, step.name) for m in rows) else rows[:1]


def still_waiting(matter: Matter, taken: Step) -> Entry | None:
    """The proposal that goes on waiting after another step, as long as it fits the new state."""
    waiting = matter.proposal
    if waiting is None or waiting.step == taken.name:
        return None
    wanted = next((step for step in matter.clause.steps if step.name == waiting.step), None)
    return waiting if wanted is None or matter.state in wanted.from_states else None
