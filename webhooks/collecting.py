"""The collector: what the ledger and the alerts say becomes events, each once, with a delivery for each endpoint.

It follows the verbs instead of hanging in them: no step waits for a webhook, and none can be forgotten, since what
has no event yet is found by looking (docs/decisions/013). One collector at a time; the constraints refuse a second
event of the same thing all the same. An event and its deliveries are one transaction.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

from django.db import connection, transaction
from django.db.models import Exists, Min, OuterRef, Q, QuerySet

from accounts.scope import ALL, scope
from obligations import alerts
from obligations.bulk import chunks
from obligations.changes import INTERNAL
from obligations.clauses import CLAUSES
from obligations.models import Entry, Heartbeat, Message
from webhooks.models import Attempt, Delivery, Endpoint, Event

BATCH: Final = 2000
LOCK: Final = 5_062_013  # any number that nobody else of this database uses
LOOK_BACK: Final = dt.timedelta(hours=1)  # longer than any transaction
KEPT: Final = dt.timedelta(days=90)  # events, deliveries and their log; a replay reaches as far
BEAT: Final = "webhooks"
DAILY: Final = "webhooks forget"
TO_CONTACTS: Final = "obligations/reminder"  # the template of alerts that go to the customer


def collect(now: dt.datetime) -> int:
    """Make the events that are missing; returns how many. Nothing when another process is at it."""
    made = 0
    while True:
        with scope(ALL, reason="webhooks"), transaction.atomic():
            endpoints = list(Endpoint.objects.filter(removed_at=None)) if _alone() else []
            if not endpoints:
                return made
            fresh = _missing(endpoints, now)
            _store(fresh, endpoints, now)
            if len(fresh) < BATCH:
                alerts.beat(BEAT, now)
        made += len(fresh)
        if len(fresh) < BATCH:
            return made


def _alone() -> bool:
    """Held to the end of the transaction. SQLite: BEGIN IMMEDIATE has let in only one writer already."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def _missing(endpoints: Sequence[Endpoint], now: dt.datetime) -> list[Event]:
    entries = [_of_entry(row, now) for row in _entries(endpoints, now)[:BATCH]]
    if len(entries) == BATCH:
        return entries
    rows = _alerts(endpoints, now)
    return entries + [_of_alert(row, now) for row in rows[: BATCH - len(entries)]]


def _entries(endpoints: Sequence[Endpoint], now: dt.datetime) -> "QuerySet[Entry]":
    """Entries without an event, in order: newer than any that was settled an hour ago, or of a lifted matter.

    A number is drawn before its transaction commits, so a lower one may become visible later: hence the look back.
    """
    settled = (
        Event.objects.filter(entry__isnull=False, made_at__lt=now - LOOK_BACK)
        .order_by("-entry")
        .values_list("entry", flat=True)
        .first()
    )
    first = min(endpoint.after for endpoint in endpoints)
    new = Entry.objects.filter(pk__gt=max(settled or 0, first))
    lifted = new.filter(_lifting()).values("matter")
    below = Q(matter__in=lifted) | Q(matter__parent__in=lifted) | Q(matter__parent__parent__in=lifted)
    rows: QuerySet[Entry] = (
        Entry.objects.filter(
            Q(pk__gt=max(settled or 0, first)) | below & Q(pk__gt=first, recorded_at__gt=now - KEPT)
        )
        .filter(~Exists(Event.objects.filter(entry=OuterRef("pk"))), imported=False, matter__restricted=False)
        .select_related("matter")
        .order_by("pk")
    )
    return rows


def _lifting() -> Q:
    """Steps that end a gag. What happened under it may be told from then on, and is."""
    found = Q(pk=None)
    for clause in CLAUSES.values():
        names = [step.name for step in clause.steps if step.lifts]
        if names:
            found |= Q(matter__kind=clause.kind, step__in=names, proposed=False)
    return found


def _alerts(endpoints: Sequence[Endpoint], now: dt.datetime) -> "QuerySet[Any]":
    """Alerts without an event. One that rang for five people is one; so is one that was told the next in line."""
    last = Heartbeat.objects.filter(pk=BEAT).values_list("at", flat=True).first()
    since = min(last, now) - LOOK_BACK if last else min(endpoint.made_at for endpoint in endpoints)
    known = {name: OuterRef(name) for name in ("obligation", "round", "rung", "repeat")}
    rows: QuerySet[Any] = (
        Message.objects.filter(entry=None, queued_at__gte=since, matter__restricted=False)
        .filter(~Exists(Event.objects.filter(**known)))
        .values(
            "obligation", "round", "rung", "repeat", "obligation__duty", "matter", "matter__kind", "customer"
        )
        .annotate(at=Min("queued_at"), to_contacts=Min("template", filter=Q(template=TO_CONTACTS)))
        .order_by("at", "obligation", "rung", "repeat")
    )
    return rows


def _of_entry(row: Entry, now: dt.datetime) -> Event:
    proposed = ".proposed" if row.proposed else ""
    return Event(
        matter=row.matter,
        customer_id=row.customer_id,
        entry=row,
        type=f"{row.matter.kind}.{row.step}{proposed}",
        subject=row.step,
        at=row.at,
        told=row.step not in INTERNAL and not row.proposed,
        made_at=now,
    )


def _of_alert(row: dict[str, Any], now: dt.datetime) -> Event:
    return Event(
        matter_id=row["matter"],
        customer_id=row["customer"],
        obligation_id=row["obligation"],
        round=row["round"],
        rung=row["rung"],
        repeat=row["repeat"],
        type=f"{row['matter__kind']}.alert",
        subject=row["obligation__duty"],
        at=row["at"],
        told=row["to_contacts"] is not None,
        made_at=now,
    )


def _store(fresh: Sequence[Event], endpoints: Sequence[Endpoint], now: dt.datetime) -> None:
    for chunk in chunks(fresh):
        Event.objects.bulk_create(chunk)
    live: dict[int | None, list[Endpoint]] = defaultdict(list)
    for endpoint in endpoints:
        if endpoint.disabled_at is None:
            live[endpoint.customer_id].append(endpoint)
    send(
        [
            delivery(endpoint, event, now)
            for event in fresh
            for customer in dict.fromkeys((None, event.customer_id))
            for endpoint in live[customer]
            if wanted(endpoint, event)
        ]
    )


def send(deliveries: Sequence[Delivery]) -> None:
    """Queue deliveries; one that is there already stays as it is."""
    for rows in chunks(deliveries):
        Delivery.objects.bulk_create(rows, ignore_conflicts=True)


def wanted(endpoint: Endpoint, event: Event) -> bool:
    """Whether the endpoint is told of an event: its customer's, not the house's inner work, and asked for."""
    if endpoint.customer_id is not None and (endpoint.customer_id != event.customer_id or not event.told):
        return False
    later = event.entry_id > endpoint.after if event.entry_id else event.at >= endpoint.made_at
    patterns = endpoint.wants or ["*"]
    return later and any(fnmatchcase(event.type, pattern) for pattern in patterns)


def delivery(endpoint: Endpoint, event: Event, now: dt.datetime) -> Delivery:
    """A delivery that is due at once (not yet stored)."""
    return Delivery(endpoint=endpoint, event=event, customer_id=event.customer_id, next_attempt_at=now)


def forget(now: dt.datetime) -> None:
    """Take away what is older than KEPT; of the ledger's events the newest old one stays, as the mark to look from."""
    with scope(ALL, reason="webhooks: old events"), transaction.atomic():
        old = Event.objects.filter(made_at__lt=now - KEPT)
        mark = old.filter(entry__isnull=False).order_by("-entry").values_list("pk", flat=True).first()
        Delivery.objects.filter(event__in=old).delete()
        old.exclude(pk=mark).delete()


def forget_attempts(end: dt.datetime) -> int:
    """Delete the log of attempts before `end`, of deliveries that have ended; returns how many."""
    waiting = Delivery.State.WAITING
    return int(Attempt.objects.filter(at__lt=end).exclude(delivery__state=waiting).delete()[0])


def forget_daily(now: dt.datetime) -> None:
    """`forget`, once a day: whichever tick comes first."""
    last = Heartbeat.objects.filter(pk=DAILY).values_list("at", flat=True).first()
    if last is None or not last <= now < last + dt.timedelta(days=1):
        forget(now)
        alerts.beat(DAILY, now)
