"""The verb that ends what matters of earlier years have left open: nobody is told now of what was due then."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import transaction
from django.db.models import Q

from accounts.roles import Actor
from obligations import duties, ladder
from obligations.actions import entry
from obligations.bulk import set_columns
from obligations.clauses import CLAUSES, CONTROLLER
from obligations.models import Entry, Matter, Obligation

STEP = "settle"


def settle(matters: Iterable[int], *, actor: Actor, now: dt.datetime) -> None:
    """After the steps of their past were recorded; these matters and those right below them. Five statements.

    What was over before now and belongs to a matter that is closed (or whose parent is) lapses on that day, with an
    entry that names it. What a customer still owes stays open, and what should have reminded it then does not now.
    What we owe ourselves in a matter that is left open rings like anything else: nobody has done it.
    """
    ids = list(matters)
    with transaction.atomic():
        rows = Obligation.objects.select_related(
            "matter__agreement", "matter__parent", "matter__proposal", "owner"
        )
        found = list(
            rows.filter(Q(matter__in=ids) | Q(matter__parent__in=ids), state=Obligation.State.OPEN)
            .select_for_update(of=("self",), no_key=True)
            .order_by("pk")
        )
        over = [row for row in found if _closed_at(row.matter) and _was_over(row, now)]
        for row in over:
            duties.close(row, Obligation.State.LAPSED, max(_closed_at(row.matter) or now, row.started_at))
        duties.write_states(over)
        Entry.objects.bulk_create(_entries(over, actor, now))
        theirs = [row for row in found if row.is_open and row.owed_by == CONTROLLER]
        set_columns([row for row in theirs if _silenced(row, now)], ("rung", "next_alert_at"))


def _closed_at(matter: Matter) -> dt.datetime | None:
    return matter.closed_at or (matter.parent.closed_at if matter.parent else None)


def _was_over(row: Obligation, now: dt.datetime) -> bool:
    when = row.due_at or row.target_at
    return when is not None and when <= now


def _silenced(row: Obligation, now: dt.datetime) -> bool:
    """Past the moments of its ladder that lie behind, as if they had rung."""
    if row.next_alert_at is None or row.next_alert_at > now:
        return False
    passed = ladder.ring(
        CLAUSES[row.matter.kind].duty(row.duty).ladder,
        duties.clock_of(row, row.owner, row.matter),
        now=now, rung=row.rung, repeat=row.repeat, rang_at=None, acknowledged=False, escalates=False,
    )  # fmt: skip
    row.rung, row.next_alert_at = passed.next_rung, passed.next_at
    return True


def _entries(over: Sequence[Obligation], actor: Actor, now: dt.datetime) -> list[Entry]:
    lapsed: dict[int, list[Obligation]] = {}
    for row in over:
        lapsed.setdefault(row.matter_id, []).append(row)
    return [
        entry(
            rows[0].matter,
            STEP,
            actor,
            _ended(rows),
            now,
            facts={"lapsed": sorted({row.duty for row in rows})},
        )
        for rows in lapsed.values()
    ]


def _ended(rows: Sequence[Obligation]) -> dt.datetime:
    return max(row.ended_at for row in rows if row.ended_at)
