"""`deliver`: leases messages, sends them outside any transaction, and takes the steps that follow from it.

At least once: a process that dies after the mail server's yes and before our commit sends again, with the
same Message-ID. Nothing is marked done before it is done.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from accounts.roles import SYSTEM
from accounts.scope import ALL, scope
from obligations import alerts, failures, holding, mailing, notices, sending
from obligations.actions import advance
from obligations.bulk import chunks
from obligations.models import Matter, Message

log = logging.getLogger(__name__)
BATCH = 64
State = Message.State


def deliver(
    now: dt.datetime,
    *,
    clock: Callable[[], dt.datetime] | None = None,
    post: Callable[[], Any] = mailing.Post,
) -> int:
    """Send what waits; returns how many messages a server took.

    `clock` gives the instant of each acceptance (the doors pass the real one; without it `now` stands still).
    `post` makes a mail carrier: the real one, of which several send at once, or the demo's scripted one.
    """
    clock = clock or (lambda: now)
    taken = 0
    holding.settle(now)
    take_pending(now)
    holding.bind(now)
    connections = settings.MAIL_CONNECTIONS if post is mailing.Post else 1
    group = connections * sending.SHARE
    with sending.open_connections(post, connections) as carriers:
        while rows := _lease(clock()):
            taken += sum(sending.send(some, carriers, clock) for some in chunks(rows, group))
            holding.settle(clock())
            take_pending(clock())
            alerts.beat("deliver", clock())
    alerts.beat("deliver", clock())
    return taken


def _at_work() -> AbstractContextManager[None]:
    """A scope around each short transaction: on PostgreSQL it is one, and we send outside of any."""
    return scope(ALL, reason="deliver")


def _lease(now: dt.datetime) -> list[Message]:
    """Take the oldest waiting messages for ourselves; a dead worker's lease runs out.

    Messages that were never tried come first: a server that lets us wait delays only those that it made wait before.
    """
    token = uuid.uuid4()
    with _at_work(), transaction.atomic():
        ids = list(
            Message.objects.filter(_free(now), _due(now), holding.free(now), state=State.QUEUED)
            .order_by("attempts", "next_attempt_at", "queued_at", "matter_id", "id")
            .select_for_update(skip_locked=True, no_key=True)
            .values_list("pk", flat=True)[:BATCH]
        )
        Message.objects.filter(pk__in=ids).update(lease_token=token, lease_until=now + sending.LEASE)
        rows = Message.objects.in_bulk(ids)
    return [rows[pk] for pk in ids if rows[pk].lease_token == token]


def _free(now: dt.datetime) -> Q:
    """Nobody's, or of a lease that ran out. One that ends too far ahead was taken before the clock was set back."""
    return Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 4 * sending.LEASE)


def _due(now: dt.datetime) -> Q:
    """What was never tried is due whatever the clock says; no pause is longer than the longest one."""
    return Q(next_attempt_at__lte=now) | Q(attempts=0) | Q(next_attempt_at__gt=now + sending.BACKOFF[-1])


def report(
    message_id: uuid.UUID, *, received: bool, at: dt.datetime, now: dt.datetime, words: str = ""
) -> bool:
    """A delivery report (RFC 3464) or a provider's event says what became of a message that a relay took.

    Returns whether it changed anything: a report that comes twice, or "delivered" after the receipt, does not. A
    failure withdraws a receipt that only a server had given; what a person confirmed, it does not.
    """
    by_server = Q(state=State.SENT) | (Q(state=State.RECEIVED) & ~Q(proof=notices.ACKNOWLEDGED))
    with scope(ALL, reason="delivery report"), transaction.atomic():
        row = Message.objects.select_for_update(no_key=True).filter(by_server, pk=message_id).first()
        if row is None or (received and row.state == State.RECEIVED):
            return False
        changed: dict[str, Any]
        if received:
            changed = {"state": State.RECEIVED, "received_at": at, "proof": mailing.DELIVERED}
            step = row.step_on_receipt if mailing.DELIVERED in row.context.get("proofs", ()) else ""
        else:
            changed = {
                "state": State.FAILED,
                "failed_at": at,
                "error": words[:500],
                "received_at": None,
                "proof": "",
            }
            step = row.after_failure
        Message.objects.filter(pk=row.pk).update(
            **changed, pending_step=step, pending_at=at if step else None
        )
        if row.matter_id is None:
            holding.follow(Message.objects.get(pk=row.pk), now)
        take_pending(now)
        return True


def take_pending(now: dt.datetime) -> None:
    """Take the steps that acceptances and failures call for; one transaction a batch."""
    while True:
        with _at_work(), transaction.atomic():
            rows = list(
                Message.objects.exclude(pending_step="")
                .filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
                .select_related("obligation__matter__agreement", "obligation__owner", "entry")
                .order_by("pending_at", "id")
                .select_for_update(of=("self",), skip_locked=True, no_key=True)[:BATCH]
            )
            _take_or_halve(rows, now)
        if len(rows) < BATCH:
            return


def _take_or_halve(rows: Sequence[Message], now: dt.datetime) -> None:
    """A step that cannot be taken keeps its message alone waiting, with the reason; the others go on."""
    if not rows:
        return
    try:
        with transaction.atomic():
            ours = Message.objects.filter(pk__in=[row.pk for row in rows])
            ours.update(pending_step="", pending_at=None, next_attempt_at=None)
            _steps(rows, now)
    except (OperationalError, InterfaceError):
        raise  # the database, not a row
    except Exception as error:
        if len(rows) > 1:
            middle = len(rows) // 2
            _take_or_halve(rows[:middle], now)
            _take_or_halve(rows[middle:], now)
            return
        log.exception("message %s: step %s cannot be taken", rows[0].pk, rows[0].pending_step)
        words = f"step {rows[0].pending_step} cannot be taken: {type(error).__name__}: {error}"[:500]
        Message.objects.filter(pk=rows[0].pk).update(error=words, next_attempt_at=now + alerts.RETRY_FAULT)


def _steps(rows: Sequence[Message], now: dt.datetime) -> None:
    matters = Matter.objects.in_bulk({row.matter_id for row in rows})
    for kind, step in dict.fromkeys((matters[row.matter_id].kind, row.pending_step) for row in rows):
        batch = [row for row in rows if (matters[row.matter_id].kind, row.pending_step) == (kind, step)]
        moved: Iterable[int] = ()
        if step != "next contact":
            # A machine's clock may have been set back since the matter began or the message went out: that must not
            # refuse the step.
            at = {
                row.matter_id: max(row.pending_at or now, matters[row.matter_id].opened_at)
                for row in reversed(batch)
                if row.matter_id
            }
            wanted = [matters[pk] for pk in at]
            typed = max(now, *at.values())
            moved = advance(wanted, step, actor=SYSTEM, at=at, now=typed, partial=True).done
            for pk in moved:
                matters[pk].version += 1
        failed = [row for row in batch if row.state == State.FAILED]
        if failed:
            failures.follow(failed, set(moved), now)
