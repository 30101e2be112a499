"""The end of a data subject's data: when its retention is over it goes, and nothing to guess it from stays.

The retention runs from the hand-over; its length is the term `dsars.purge.within`. The Entry of the purge says what
was done and why, and the seal of an entry that had a file keeps a commitment that nobody can open any more.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Final

from django.db import transaction
from django.db.models import Q

from accounts.roles import SYSTEM, Actor
from accounts.scope import ALL, scope
from dsars.models import DsarSubject
from dsars.subjects import KINDS, still_open
from obligations import alerts, evidence
from obligations.actions import advance
from obligations.clauses import Turns
from obligations.erasing import erase_words
from obligations.models import Evidence, Matter, Obligation

EVERY: Final = dt.timedelta(hours=1)
MARK: Final = "purge"  # the heartbeat that says when we looked
STANDING: Final = ("requested", "in_force")  # a hold: what is erased cannot be brought back
PURGED: Final = "The data subject's data was purged; notes beside it may have named them."
WHY: Final = "Its retention is over (term dsars.purge.within)."


def purge(pairs: Turns, actor: Actor, at: dt.datetime) -> None:
    """Delete the person, what staff noted, files' rows with their titles and, if nobody else needs them, the files."""
    ids = [matter.pk for matter, _facts in pairs]
    erase_words([matter for matter, _facts in pairs], actor=actor, at=at, why=PURGED)
    DsarSubject.objects.filter(matter__in=ids).delete()
    files = Evidence.objects.filter(Q(matter__in=ids) | Q(obligation__matter__in=ids))
    digests = set(files.values_list("sha256", flat=True))
    files.delete()
    with scope(ALL, reason="whether a file is still evidence of something else"):
        needed = set(Evidence.objects.filter(sha256__in=digests).values_list("sha256", flat=True))
    transaction.on_commit(lambda: evidence.forget(digests - needed))


def nothing_needs_it(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Nothing is purged that the customer still needs us for, or that a hold of its agreement stops."""
    words = "The customer's instruction is still open. Assist first."
    return {**_held(rows), **dict.fromkeys(still_open(rows, "assist"), words)}


def _held(rows: Sequence[Matter]) -> dict[int, str]:
    """By matter: a hold of its agreement stands, or of one to which it was forwarded."""
    ids = [row.pk for row in rows]
    with scope(ALL, reason="a secret hold stops everybody"):
        below = Matter.objects.filter(parent__in=ids, kind="dsar_forwarding").values_list(
            "parent", "agreement"
        )
        concerned = {(row.pk, row.agreement_id) for row in rows if row.agreement_id} | set(below)
        holds = Matter.objects.filter(
            kind="hold", state__in=STANDING, agreement__in={agreement for _pk, agreement in concerned}
        )
        held = set(holds.values_list("agreement", flat=True))
    words = "A hold stops erasure for this agreement. Release it first."
    return {pk: words for pk, agreement in concerned if agreement in held}


def due(now: dt.datetime) -> list[Matter]:
    """Matters whose data should be gone: their purge has passed its target or its end."""
    past = Q(target_at__lte=now) | Q(due_at__lte=now)
    rows = Obligation.objects.filter(past, duty="purge", state="open", matter__kind__in=KINDS)
    return list(Matter.objects.filter(pk__in=rows.values("matter_id")).order_by("pk"))


def purge_due(now: dt.datetime) -> int:
    """Purge every request whose retention is over; returns how many."""
    done = 0
    with scope(ALL, reason="purge of data subjects' data"):
        rows = due(now)
        for kind in KINDS:
            batch = [row for row in rows if row.kind == kind]
            if batch:
                outcome = advance(batch, "purge", actor=SYSTEM, at=now, facts={"why": WHY}, partial=True)
                done += len(outcome.done)
    return done


def tick(now: dt.datetime) -> None:
    """Once an hour, by whoever comes first: alertd does it where no broker wakes anybody."""
    if alerts.its_turn(MARK, EVERY, now):
        purge_due(now)
