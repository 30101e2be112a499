"""The doors of passing time. Beat's task works in its own process; alertd's tick must not wait for receivers, so it
hands the sending to a thread of its own. Both at once are harmless."""

import datetime as dt
import logging
import threading
from typing import Final

from celery import shared_task
from django.db import Error, close_old_connections, connection
from django.utils import timezone

from accounts.scope import ALL, scope
from webhooks import collecting, mailing, sending
from webhooks.models import Endpoint

log = logging.getLogger(__name__)
SECONDS: Final = 12  # of sending for each tick; what is left goes with the next one
_sending = threading.Lock()


@shared_task(name="webhooks.tasks.work")
def work() -> int:
    """Collect, send and tell."""
    _collect(timezone.now())
    return sending.deliver(timezone.now(), clock=timezone.now, seconds=SECONDS)


def tick(now: dt.datetime) -> None:
    """Collect now, and see that somebody sends."""
    _collect(now)
    with scope(ALL, reason="webhooks"):
        waits = sending.due(now).exists()
    if waits and _sending.acquire(blocking=False):
        threading.Thread(target=_send, name="webhooks").start()


def _collect(now: dt.datetime) -> None:
    """Where there is no endpoint this is one small statement."""
    with scope(ALL, reason="webhooks"):
        if not Endpoint.objects.exists():
            return
    collecting.collect(now)
    mailing.tell(now)
    collecting.forget_daily(now)


def _send() -> None:
    try:
        close_old_connections()
        sending.deliver(timezone.now(), clock=timezone.now, seconds=SECONDS)
    except Error:
        log.exception("the database does not answer; webhooks go on with the next tick")
    finally:
        connection.close()
        _sending.release()
