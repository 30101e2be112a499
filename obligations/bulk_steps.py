"""A step of so many matters that no page waits for it: a job, worked in chunks, with a result for each matter."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final

from accounts.roles import Actor
from jobs import working
from jobs.models import Job, JobRow
from jobs.working import Result, Todo
from obligations import people
from obligations.actions import advance
from obligations.clauses import Facts, Step
from obligations.facts import InvalidFacts, as_json, clean
from obligations.models import Matter
from obligations.proposals import once, told
from obligations.turn import Refused

KIND: Final = "step"
AT_ONCE: Final = 200  # so many a page does itself
CHUNK: Final = 250


def is_long(rows: Sequence[Matter], step: Step, actor: Actor) -> bool:
    """Whether a page hands this to a job. Private facts never: they are kept nowhere but with their matter."""
    return len(rows) > AT_ONCE and actor.is_staff and not any(field.private for field in step.fields)


def start(
    step: Step,
    groups: Iterable[tuple[Facts, Sequence[Matter]]],
    *,
    refused: Iterable[tuple[Matter, str]] = (),
    actor: Actor,
    at: dt.datetime,
    now: dt.datetime,
    key: uuid.UUID | None,
    back: str = "",
) -> Job:
    """Take the step of each group with its facts, and of each matter as its reader saw it (`version`).

    InvalidFacts at once when no matter could be moved with such facts.
    """
    todo = [Todo(str(row), refused=why) for row, why in refused]
    kept: list[dict[str, Any]] = []
    for facts, rows in groups:
        for row in once(rows, step):
            people.check(step, [clean(step.fields, told(row, step, facts))])
        data = {"facts": len(kept)}
        kept.append(as_json(facts))
        todo += [Todo(str(row), {"matter": row.pk, "version": row.version, **data}) for row in rows]
    return working.start(
        KIND, todo, title=f"{step.label}: {len(todo)}", actor=actor, at=now, key=key, back=back,
        facts={"step": step.name, "at": at.isoformat(), "facts": kept},
    )  # fmt: skip


def do(job: Job, rows: Sequence[JobRow], actor: Actor, now: dt.datetime) -> list[Result]:
    """Some rows of such a job: one batch for each of their facts."""
    found: dict[int, Result] = {}
    for place in dict.fromkeys(row.data["facts"] for row in rows):
        group = [row for row in rows if row.data["facts"] == place]
        found |= _taken(job, job.facts["facts"][place], group, actor, now)
    return [found[row.pk] for row in rows]


def _taken(
    job: Job, facts: Facts, rows: Sequence[JobRow], actor: Actor, now: dt.datetime
) -> dict[int, Result]:
    matters = [Matter(pk=row.data["matter"], version=row.data["version"]) for row in rows]
    at = dt.datetime.fromisoformat(job.facts["at"])
    try:
        outcome = advance(matters, job.facts["step"], actor=actor, at=at, now=now, facts=facts, partial=True)
    except (InvalidFacts, Refused) as error:
        return {row.pk: Result(JobRow.State.REFUSED, str(error)) for row in rows}
    proposed = Result(words="Proposed; it waits for a second person.")
    known = {
        **{pk: Result(JobRow.State.REFUSED, words) for pk, words in outcome.refused.items()},
        **dict.fromkeys(outcome.proposed, proposed),
        **dict.fromkeys(outcome.done, Result()),
    }
    return {row.pk: known[row.data["matter"]] for row in rows}
