"""Long work in chunks: started at a page, worked at each tick by whichever process comes first.

A lease says who works; a process that dies loses it after a minute. Each chunk and the marks of its rows are one
transaction, and the lease is looked at in it: every row takes effect exactly once, whoever is killed.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Count, Q

from accounts.roles import Actor, actor_of
from accounts.scope import ALL, scope
from jobs.models import Job, JobRow

log = logging.getLogger(__name__)
LEASE: Final = dt.timedelta(seconds=60)  # longer than any chunk
PART: Final = 500  # rows a statement
FAULT: Final = (
    "Something went wrong in the program. Nothing was changed by this row; the administrators can see why."
)


@dataclass(frozen=True)
class Result:
    """What became of a row. Words: why it was refused, or what was done."""

    state: str = JobRow.State.DONE
    words: str = ""


@dataclass(frozen=True)
class Todo:
    """A row to be worked. With `refused` it is none: it only says why."""

    about: str
    data: dict[str, Any] = field(default_factory=dict)
    refused: str = ""


@dataclass(frozen=True)
class Work:
    """`do` works some rows of a job as its owner and says what became of each, in order.

    `alone`: what a row does leaves the database (a mail): one row a time, which may happen again after a crash.
    """

    do: Callable[[Job, Sequence[JobRow], Actor, dt.datetime], Sequence[Result]]
    chunk: int = 200
    alone: bool = False


WORK: dict[str, Work] = {}  # kind of work -> how; filled in the ready() of upper storeys


def start(
    kind: str,
    rows: Iterable[Todo],
    *,
    title: str,
    actor: Actor,
    at: dt.datetime,
    key: uuid.UUID | None = None,
    facts: dict[str, Any] | None = None,
    back: str = "",
) -> Job:
    """Write down what is to be done; the next tick begins. The same `key` again: the job that it started."""
    if kind not in WORK:
        raise KeyError(f"There is no work of the kind {kind!r}; there is {', '.join(sorted(WORK))}.")
    known = Job.objects.filter(pk=key, owner=actor.user_id).first() if key else None
    if known:
        return known
    todo = list(rows)
    with transaction.atomic():
        job = Job.objects.create(
            pk=key or uuid.uuid4(), kind=kind, title=title[:200], owner_id=actor.user_id, facts=facts or {},
            back=back, total=len(todo), started_at=at,
        )  # fmt: skip
        made = [
            JobRow(
                job=job,
                number=number,
                about=row.about[:250],
                data=row.data,
                state=JobRow.State.REFUSED if row.refused else JobRow.State.WAITING,
                words=row.refused,
            )
            for number, row in enumerate(todo, 1)
        ]
        JobRow.objects.bulk_create(made, batch_size=PART)
    return job


def work(now: dt.datetime, seconds: float = 5.0) -> int:
    """Work on what waits for about so long, so that a tick stays a tick; returns how many rows were worked."""
    end, worked = time.monotonic() + seconds, 0
    while job := _claimed(now):
        while number := _chunk(job, now):
            worked += number
            if time.monotonic() >= end:
                break
        _released(job)
        if time.monotonic() >= end:
            break
    return worked


def stop(job: Job, now: dt.datetime) -> None:
    """End it after the chunk that is being worked; what was done stays done."""
    with transaction.atomic():
        if Job.objects.filter(pk=job.pk, finished_at=None).update(finished_at=now):
            JobRow.objects.filter(job=job, state=JobRow.State.WAITING).update(state=JobRow.State.STOPPED)


def forget(end: dt.datetime) -> int:
    """Delete jobs that were finished before `end`, with their rows; returns how many jobs."""
    jobs = list(Job.objects.filter(finished_at__lt=end).values_list("pk", flat=True))
    JobRow.objects.filter(job__in=jobs).delete()
    Job.objects.filter(pk__in=jobs).delete()
    return len(jobs)


def counts(job: Job) -> dict[str, int]:
    """How many rows are in which state."""
    rows = JobRow.objects.filter(job=job).values("state").annotate(n=Count("pk")).order_by("state")
    return {row["state"]: row["n"] for row in rows}


def _claimed(now: dt.datetime) -> Job | None:
    """The oldest job that nobody works on, ours for a minute."""
    token = uuid.uuid4()
    free = Q(finished_at=None) & (Q(lease_until=None) | Q(lease_until__lte=now))
    with scope(ALL, reason="jobs"):
        for pk in Job.objects.filter(free).order_by("started_at").values_list("pk", flat=True)[:5]:
            mine = Job.objects.filter(free, pk=pk)
            if mine.update(lease_until=now + LEASE, lease_token=token):
                return Job.objects.select_related("owner").get(pk=pk)
    return None


def _renewed(job: Job, now: dt.datetime) -> bool:
    """Still ours: asked first in each transaction, so that its row is locked until the rows are marked."""
    mine = Job.objects.filter(pk=job.pk, lease_token=job.lease_token, finished_at=None)
    return bool(mine.update(lease_until=now + LEASE))


def _released(job: Job) -> None:
    with scope(ALL, reason="jobs"):
        Job.objects.filter(pk=job.pk, lease_token=job.lease_token).update(lease_until=None, lease_token=None)


def _chunk(job: Job, now: dt.datetime) -> int:
    """Work the next rows and mark them. 0: nothing is left, or somebody else has taken over."""
    how = WORK[job.kind]
    one = nullcontext() if how.alone else transaction.atomic()
    with scope(ALL, reason=f"job {job.pk}", reader=job.owner_id), one:
        if not _renewed(job, now):
            return 0
        waiting = JobRow.objects.filter(job=job, state=JobRow.State.WAITING).order_by("number")
        rows = list(waiting[: 1 if how.alone else how.chunk])
        if not rows:
            Job.objects.filter(pk=job.pk).update(finished_at=now)
            return 0
        for row, result in zip(rows, _results(how, job, rows, now), strict=True):
            row.state, row.words = result.state, result.words
        JobRow.objects.bulk_update(rows, ["state", "words"], batch_size=PART)
        return len(rows)


def _results(how: Work, job: Job, rows: Sequence[JobRow], now: dt.datetime) -> list[Result]:
    """A chunk that fails is halved until the row that cannot be worked is alone; the others go on."""
    try:
        with nullcontext() if how.alone else transaction.atomic():
            return list(how.do(job, rows, _actor(job), now))
    except (OperationalError, InterfaceError):
        raise  # the database, not a row
    except Exception:
        if len(rows) == 1:
            log.exception("row %s of job %s cannot be worked", rows[0].number, job.pk)
            return [Result(JobRow.State.FAILED, FAULT)]
        middle = len(rows) // 2
        return [found for half in (rows[:middle], rows[middle:]) for found in _results(how, job, half, now)]


def _actor(job: Job) -> Actor:
    """The owner with the roles of today: whoever has lost them works no longer."""
    if job.owner.is_active:
        return actor_of(job.owner)
    return Actor(name=job.owner.name, user_id=job.owner_id)
