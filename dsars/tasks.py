"""What Celery beat fires every hour: the purge of data that nobody needs any more."""

from celery import shared_task
from django.utils import timezone

from accounts.roles import SYSTEM
from accounts.scope import ALL, scope
from dsars import subjects
from obligations.actions import advance


@shared_task(name="dsars.tasks.purge")
def purge() -> int:
    """Purge every request whose retention is over; returns how many."""
    now = timezone.now()
    with scope(ALL, reason="purge of data subjects' data"):
        done = 0
        rows = subjects.due(now)
        for kind in subjects.KINDS:
            batch = [row for row in rows if row.kind == kind]
            if batch:
                outcome = advance(batch, "purge", actor=SYSTEM, at=now, facts={}, partial=True)
                done += len(outcome.done)
        return done
