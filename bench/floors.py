"""What the same work costs at the least: bare SQL, a minimal REST framework view, a bare JSON view, a bare loop."""

import datetime as dt
import smtplib
import uuid
from email.message import EmailMessage
from typing import Any

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.generics import CreateAPIView, ListAPIView

from accounts.doors import EVERYBODY, door
from accounts.roles import Role
from obligations.models import Heartbeat, Matter

SWEEP = """
WITH due AS (
    SELECT id, matter_id, customer_id, owner_id FROM obligations_obligation
    WHERE state = 'open' AND next_alert_at <= %(now)s ORDER BY next_alert_at FOR NO KEY UPDATE SKIP LOCKED),
told AS (
    INSERT INTO obligations_message (id, matter_id, customer_id, obligation_id, round, rung, repeat, user_id, recipient,
        recipient_name, channel, template, context, subject, text, html, state, queued_at, next_attempt_at, attempts,
        proof, error, step_on_receipt, step_on_relay, step_on_failure, pending_step, digest)
    SELECT gen_random_uuid(), matter_id, customer_id, id, 1, 0, 0, owner_id, n || 'olga@bench.example', 'Olga', 'email',
        'obligations/alert', %(context)s, '', '', '', 'queued', %(now)s, %(now)s, 0, '', '', '', '', '', '', false
    FROM due CROSS JOIN LATERAL generate_series(1, CASE WHEN id %% 100 < %(two)s THEN 2 ELSE 1 END) n
    ON CONFLICT DO NOTHING)
UPDATE obligations_obligation o SET next_alert_at = %(later)s, rung = 1, rang_at = %(now)s FROM due WHERE o.id = due.id
"""


def sweep_in_sql(now: dt.datetime, context: str, two: int) -> None:
    """One statement that claims what is due, writes the alerts and moves the clock.

    Each alert says `context`; of a hundred obligations `two` tell two people, the others one.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('app.customers', '*', false)")
        cursor.execute(
            SWEEP, {"now": now, "later": now + dt.timedelta(days=1), "context": context, "two": two}
        )


class MatterOut(serializers.ModelSerializer[Matter]):
    """Twelve fields, no more."""

    class Meta:
        model = Matter
        fields = (
            "id", "kind", "state", "title", "customer_id", "agreement_id", "owner_id", "opened_at", "closed_at",
            "version", "public_reference", "restricted",
        )  # fmt: skip


class MinimalList(ListAPIView[Matter]):
    """The newest 100 of a kind, without a count."""

    door = EVERYBODY | {Role.MACHINE}
    serializer_class = MatterOut
    pagination_class = None

    def get_queryset(self) -> Any:
        return Matter.objects.filter(kind=self.kwargs["kind"]).order_by("-pk")[:100]


class RowIn(serializers.ModelSerializer[Heartbeat]):
    """A row without relations."""

    class Meta:
        model = Heartbeat
        fields = ("by",)


class OneInsert(CreateAPIView[Heartbeat]):
    """The least that a REST framework view can write."""

    door = EVERYBODY | {Role.MACHINE}
    serializer_class = RowIn

    def perform_create(self, serializer: Any) -> None:
        serializer.save(name=uuid.uuid4().hex[:20], at=timezone.now())


@door(*EVERYBODY, Role.MACHINE)
def bare_list(request: HttpRequest, kind: str) -> JsonResponse:
    """The same rows as plain values."""
    rows = Matter.objects.filter(kind=kind).order_by("-pk").values(*MatterOut.Meta.fields)[:100]
    return JsonResponse({"results": list(rows)})


@door(*EVERYBODY, Role.MACHINE)
def hello(request: HttpRequest) -> JsonResponse:
    """What a request costs that does nothing."""
    return JsonResponse({"hello": True})


urlpatterns = [
    path("api/floor/hello/", hello),
    path("api/floor/list/<slug:kind>/", MinimalList.as_view()),
    path("api/floor/insert/", OneInsert.as_view()),
    path("api/floor/bare/<slug:kind>/", bare_list),
    path("", include("dpa_tracker.urls")),
]


def mail_loop(address: str, number: int) -> None:
    """A bare loop over one open connection."""
    host, _, port = address.rpartition(":")
    with smtplib.SMTP(host, int(port)) as server:
        for place in range(number):
            mail = EmailMessage()
            mail["From"], mail["To"] = "tracker@bench.example", f"desk-{place}@c.example"
            mail["Subject"], mail["Message-ID"] = "Alert", f"<{place}@bench.example>"
            mail.set_content("An obligation is due.\n" * 20)
            server.send_message(mail)
