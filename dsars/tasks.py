"""What Celery beat fires every hour: the purge of data that nobody needs any more."""

from celery import shared_task
from django.utils import timezone

from dsars import purging


@shared_task(name="dsars.tasks.purge")
def purge() -> int:
    """Purge every request whose retention is over; returns how many."""
    return purging.purge_due(timezone.now())
