"""After a restore: what the journal says was sent counts as sent, and passing time is lived through again.

The database is as old as its backup. What had fallen due since is raised at the very instants at which it was raised
then, so that the same messages come about; those that a server took are marked, the others wait for `deliver`.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.scope import ALL, scope
from obligations import alerts, delivery, journal, sending
from obligations.models import Message

Line = Mapping[str, Any]
MARGIN = dt.timedelta(hours=1)  # longer than any message is on its way between a server's yes and our commit


@dataclass
class Replayed:
    """How many messages were marked, and how many lines are about matters that the backup does not know."""

    marked: int = 0
    unknown: int = 0


def replay(folders: Iterable[Path], since: dt.datetime) -> Replayed:
    """Live through what the journals tell; `since`: when the backup was made."""
    lines = [
        line for folder in folders for path in sorted(folder.glob("*.jsonl")) for line in journal.lines(path)
    ]
    lines = [line for line in lines if _at(line) >= since - MARGIN]
    moments = {_queued(line) for line in lines if _queued(line) > since}
    events = [(at, 0, None) for at in moments] + [(_at(line), 1, line) for line in lines]
    done, left = 0, []
    for _, group in groupby(sorted(events, key=lambda event: event[:2]), key=lambda event: event[1]):
        batch = list(group)
        if batch[0][2] is None:
            for at, _, _ in batch:
                alerts.sweep(at)
            continue
        left += [line for _, _, line in batch if line]
        marked = _mark(left)
        left = [line for line in left if line["id"] not in marked and line["key"] not in marked]
        done += len(marked)
    known = _known(left)
    return Replayed(done, sum(line["id"] not in known for line in left))


def _mark(lines: Sequence[Line]) -> set[str]:
    """Write what became of the queued messages that these lines are about, and take the steps that follow."""
    marked: set[str] = set()
    with scope(ALL, reason="replay"), transaction.atomic():
        by_id = {line["id"]: line for line in lines}
        by_key = {line["key"]: line for line in lines}
        for row in Message.objects.filter(state=Message.State.QUEUED).select_for_update(no_key=True):
            line = by_id.get(str(row.pk)) or by_key.get(journal.key(row))
            if line:
                Message.objects.filter(pk=row.pk).update(**sending.outcome(row, line["how"], _at(line)))
                marked.add(line["id"] if line["id"] in by_id else line["key"])
    if marked:
        delivery.take_pending(max(_at(line) for line in lines))
    return marked


def _known(lines: Sequence[Line]) -> set[str]:
    """Those of the lines' ids that the database knows: they were marked before it was copied."""
    with scope(ALL, reason="replay"):
        found = Message.objects.filter(pk__in=[line["id"] for line in lines]).values_list("pk", flat=True)
        return {str(pk) for pk in found}


def _at(line: Line) -> dt.datetime:
    return dt.datetime.fromisoformat(line["at"])


def _queued(line: Line) -> dt.datetime:
    return dt.datetime.fromisoformat(line["queued_at"])
