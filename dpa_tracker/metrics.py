"""What Prometheus reads: a fixed number of statements, and numbers alone. Restricted matters are in none of them.

The text format is a line a number, so no library is needed to write it.
"""

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.db.models import Avg, Count, ExpressionWrapper, F, Max, Min, Q
from django.db.models.fields import DurationField

from obligations.models import Heartbeat, Message, Obligation
from webhooks.models import Delivery, Endpoint

LATELY = dt.timedelta(hours=24)
Line = tuple[str, str, str, float]  # name, labels, help, value


def text(now: dt.datetime) -> str:
    """Every number, in the exposition format of Prometheus. Seven statements."""
    said: set[str] = set()
    lines = []
    for name, labels, words, value in _all(now):
        if name not in said:
            said.add(name)
            lines += [f"# HELP {name} {words}", f"# TYPE {name} gauge"]
        lines.append(f"{name}{{{labels}}} {value}" if labels else f"{name} {value}")
    return "\n".join(lines) + "\n"


def _all(now: dt.datetime) -> Iterator[Line]:
    yield from _beats(now)
    yield from _clocks(now)
    yield from _outbox(now)
    yield from _webhooks(now)


def _seconds(since: dt.datetime | None, now: dt.datetime) -> float:
    return max((now - since).total_seconds(), 0.0) if since else 0.0


def _beats(now: dt.datetime) -> Iterator[Line]:
    for beat in Heartbeat.objects.order_by("name"):
        words = "Age of the last tick; sweep and deliver tick every 15 s."
        yield "dpa_tick_age_seconds", f'name="{beat.name}"', words, _seconds(beat.at, now)


def _clocks(now: dt.datetime) -> Iterator[Line]:
    open_ones = Obligation.objects.filter(state=Obligation.State.OPEN, matter__restricted=False)
    late = Q(due_at__lte=now)
    found: dict[str, Any] = open_ones.aggregate(
        running=Count("pk"),
        late=Count("pk", filter=late),
        over=Count("pk", filter=Q(target_at__lte=now) & ~late),
        unheard=Count("pk", filter=Q(rang_at__isnull=False, acknowledged_at=None)),
        fault=Count("pk", filter=~Q(fault="")),
        silent=Count("pk", filter=Q(next_alert_at__lte=now)),
        silent_since=Min("next_alert_at"),
    )
    words = "Open obligations: all, late (past due), over target, alerts that nobody acknowledged, clocks in fault."
    for state in ("running", "late", "over", "unheard", "fault"):
        yield "dpa_obligations", f'state="{state}"', words, found[state]
    yield "dpa_alerts_due", "", "Alerts that are due and have not been raised.", found["silent"]
    lateness = _seconds(found["silent_since"], now)
    yield (
        "dpa_alert_lateness_seconds",
        "",
        "How late the oldest alert is that is due and not raised.",
        lateness,
    )


def _outbox(now: dt.datetime) -> Iterator[Line]:
    shown = Message.objects.filter(matter__restricted=False)
    lately = shown.filter(queued_at__gt=now - LATELY)
    states = dict.fromkeys(Message.State.values, 0) | dict(
        lately.order_by().values_list("state").annotate(Count("pk"))
    )
    for state, number in sorted(states.items()):
        yield "dpa_messages", f'state="{state}"', "Messages of the last 24 hours by their fate.", number
    waiting = shown.filter(state=Message.State.QUEUED).aggregate(number=Count("pk"), oldest=Min("queued_at"))
    yield "dpa_outbox_waiting", "", "Messages that wait to be sent.", waiting["number"]
    yield "dpa_outbox_oldest_seconds", "", "Age of the oldest of them.", _seconds(waiting["oldest"], now)
    took = ExpressionWrapper(F("sent_at") - F("queued_at"), output_field=DurationField())
    sent = lately.exclude(sent_at=None).aggregate(longest=Max(took), mean=Avg(took))
    words = "From queued to accepted by a server, of the messages of the last 24 hours."
    for name in ("longest", "mean"):
        value = sent[name].total_seconds() if sent[name] else 0.0
        yield "dpa_delivery_seconds", f'which="{name}"', words, value


def _webhooks(now: dt.datetime) -> Iterator[Line]:
    waiting = Delivery.objects.filter(
        state=Delivery.State.WAITING, endpoint__removed_at=None, endpoint__disabled_at=None
    ).aggregate(number=Count("pk"), late=Min("next_attempt_at"))
    yield "dpa_webhooks_waiting", "", "Deliveries that wait for their next attempt.", waiting["number"]
    yield "dpa_webhooks_lateness_seconds", "", "How late the oldest is.", _seconds(waiting["late"], now)
    found = Endpoint.objects.filter(removed_at=None).aggregate(
        on=Count("pk", filter=Q(disabled_at=None, failing_since=None)),
        failing=Count("pk", filter=Q(disabled_at=None, failing_since__isnull=False)),
        disabled=Count("pk", filter=Q(disabled_at__isnull=False)),
    )
    for state, number in found.items():
        yield (
            "dpa_webhook_endpoints",
            f'state="{state}"',
            "Endpoints that work, fail or are disabled.",
            number,
        )
