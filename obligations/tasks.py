"""What Celery beat fires every 15 s: the same two functions as `manage.py alertd`. Both at once are harmless."""

from celery import shared_task
from django.utils import timezone

from accounts import tokens
from obligations import alerts, delivery, recalculating, retention


@shared_task(name="obligations.tasks.sweep")
def sweep() -> int:
    """Raise what is due."""
    return alerts.sweep(timezone.now())


@shared_task(name="obligations.tasks.deliver")
def deliver() -> int:
    """Send what waits."""
    return delivery.deliver(timezone.now(), clock=timezone.now)


@shared_task(name="obligations.tasks.recalculate")
def recalculate() -> None:
    """Let open clocks follow changed calendars, where that is earlier."""
    recalculating.tick(timezone.now())


@shared_task(name="obligations.tasks.forget_used_keys")
def forget_used_keys() -> int:
    """Answers that were kept for repeated requests of the API."""
    return tokens.forget_used_keys(timezone.now())


@shared_task(name="obligations.tasks.tidy")
def tidy() -> None:
    """The program's own records follow their retention terms, once a day."""
    retention.tick(timezone.now())
