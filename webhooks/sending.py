"""`deliver`: leases deliveries, posts them outside any transaction, and writes what came of it.

At least once, like messages: who dies between the receiver's yes and our commit sends again with the same webhook-id.
Posts of one batch run side by side, and no endpoint has more than its share of a batch, so a receiver that hangs
delays only itself. Threads only post; the database is spoken to by the caller's thread alone.
"""

import datetime as dt
import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from django.db import transaction
from django.db.models import Case, F, Q, QuerySet, Value, When, Window
from django.db.models.functions import RowNumber

from accounts.scope import ALL, scope
from obligations.bulk import set_columns
from webhooks import posting, signing
from webhooks.models import Attempt, Delivery, Endpoint

log = logging.getLogger(__name__)
# The published schedule: at once, then so long after each failure. About three days in all.
SCHEDULE: Final = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    *(dt.timedelta(hours=hours) for hours in (2, 5, 10, 14, 20, 24)),
)
DEAD_AFTER: Final = dt.timedelta(days=3)  # of nothing but failures
LONGEST_WAIT: Final = dt.timedelta(days=1)  # that a receiver may ask for
BATCH: Final = 32
SHARE: Final = 8  # of one endpoint in a batch; of one that fails a single delivery
LEASE: Final = dt.timedelta(seconds=90)  # longer than a batch can take
SENT: Final = ("state", "attempts", "next_attempt_at", "lease_until", "lease_token", "ended_at")
State = Delivery.State


@dataclass(frozen=True)
class Outcome:
    """What came of one post."""

    at: dt.datetime  # when it was sent
    status: int | None
    error: str
    address: str
    milliseconds: int
    wait: int = 0

    @property
    def good(self) -> bool:
        return self.status is not None and 200 <= self.status < 300


def deliver(
    now: dt.datetime, *, clock: Callable[[], dt.datetime] | None = None, seconds: float = 3600
) -> int:
    """Send what is due; returns how many an endpoint took. `clock` as in obligations/delivery.py.

    No new batch is begun after so many seconds: the next tick goes on.
    """
    clock = clock or (lambda: now)
    end, taken = time.monotonic() + seconds, 0
    with ThreadPoolExecutor(BATCH, thread_name_prefix="webhook") as pool:
        while time.monotonic() < end and (rows := _lease(clock())):
            posts = [pool.submit(_post, *_prepared(row, clock()), clock()) for row in rows]
            outcomes = [post.result() for post in posts]
            taken += _write(rows, outcomes, clock())
    return taken


def due(now: dt.datetime) -> "QuerySet[Delivery]":
    """Deliveries that may go out now. Nothing about a restricted matter, nothing to an endpoint that is disabled."""
    free = Q(lease_until=None) | Q(lease_until__lt=now) | Q(lease_until__gt=now + 4 * LEASE)
    rows: QuerySet[Delivery] = Delivery.objects.filter(
        free,
        state=State.WAITING,
        next_attempt_at__lte=now,
        endpoint__disabled_at=None,
        endpoint__removed_at=None,
        event__matter__restricted=False,
    )
    return rows


def _lease(now: dt.datetime) -> list[Delivery]:
    """The oldest due deliveries for ourselves, of each endpoint no more than its share."""
    token, order = uuid.uuid4(), (F("next_attempt_at").asc(), F("event_id").asc())
    place = Window(RowNumber(), partition_by="endpoint_id", order_by=order)
    share = Case(When(endpoint__failing_since=None, then=Value(SHARE)), default=Value(1))
    with scope(ALL, reason="webhooks"), transaction.atomic():
        ours = due(now).annotate(place=place, share=share).filter(place__lte=F("share"))
        ids = list(ours.order_by(*order).values_list("pk", flat=True)[:BATCH])
        if not ids:
            return []
        due(now).filter(pk__in=ids).update(lease_token=token, lease_until=now + LEASE)
        rows = Delivery.objects.select_related("endpoint", "event__matter")
        return list(rows.filter(pk__in=ids, lease_token=token).order_by("next_attempt_at", "event_id"))


def _prepared(row: Delivery, at: dt.datetime) -> tuple[str, Mapping[str, str], bytes]:
    content = signing.body(row.event)
    return row.endpoint.url, signing.headers(row, content, at), content


def _post(url: str, headers: Mapping[str, str], content: bytes, at: dt.datetime) -> Outcome:
    started = time.monotonic()

    def took() -> int:
        return int((time.monotonic() - started) * 1000)

    try:
        answer = posting.post(url, headers, content)
    except posting.NotSent as error:
        return Outcome(at, None, str(error)[:200], "", took())
    except Exception as error:  # one delivery that cannot be sent delays nobody else
        log.exception("a webhook cannot be sent")
        return Outcome(at, None, type(error).__name__, "", took())
    words = "" if 200 <= answer.status < 300 else f"Answered {answer.status}."
    return Outcome(at, answer.status, words, answer.address, took(), answer.wait)


def _write(rows: Sequence[Delivery], outcomes: Sequence[Outcome], now: dt.datetime) -> int:
    """What became of a batch that we hold the lease of: a fixed number of statements."""
    came = {row.pk: outcome for row, outcome in zip(rows, outcomes, strict=True)}
    with scope(ALL, reason="webhooks"), transaction.atomic():
        ours = Delivery.objects.filter(pk__in=came, lease_token=rows[0].lease_token, state=State.WAITING)
        held = set(ours.select_for_update(no_key=True).values_list("pk", flat=True))
        rows = [row for row in rows if row.pk in held]
        for row in rows:
            _settle(row, came[row.pk], now)
        Attempt.objects.bulk_create(_logged(row, came[row.pk]) for row in rows)
        set_columns(rows, SENT)
        _judge(rows, came, now)
    return sum(row.state == State.DELIVERED for row in rows)


def _settle(row: Delivery, outcome: Outcome, now: dt.datetime) -> None:
    row.lease_until = row.lease_token = None
    if outcome.good:
        row.state, row.ended_at = State.DELIVERED, now
    elif row.attempts >= len(SCHEDULE):
        row.state, row.ended_at = State.FAILED, now
    else:
        wished = min(dt.timedelta(seconds=outcome.wait), LONGEST_WAIT)
        row.next_attempt_at = now + max(SCHEDULE[row.attempts], wished)
    row.attempts += 1


def _logged(row: Delivery, outcome: Outcome) -> Attempt:
    return Attempt(
        delivery=row,
        customer_id=row.customer_id,
        at=outcome.at,
        status=outcome.status,
        error=outcome.error,
        address=outcome.address,
        milliseconds=outcome.milliseconds,
    )


def _judge(rows: Sequence[Delivery], came: Mapping[uuid.UUID, Outcome], now: dt.datetime) -> None:
    """Which endpoints work, which fail, and which are dead or gone: those are disabled, and their owners told."""
    good = {row.endpoint_id for row in rows if came[row.pk].good}
    bad = {row.endpoint_id for row in rows} - good
    gone = {row.endpoint_id for row in rows if came[row.pk].status == 410} - good
    live = Endpoint.objects.filter(disabled_at=None)
    live.filter(pk__in=good).exclude(failing_since=None).update(failing_since=None)
    live.filter(pk__in=bad, failing_since=None).update(failing_since=now)
    off = {"disabled_at": now, "mail_owed": True, "mail_lease": None}
    live.filter(pk__in=gone).update(why_disabled="It answered 410 Gone.", **off)
    dead = live.filter(pk__in=bad, failing_since__lte=now - DEAD_AFTER)
    dead.update(why_disabled=f"Every attempt failed for {DEAD_AFTER.days} days.", **off)
