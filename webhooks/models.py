"""What is told to programs outside: endpoints, events, deliveries and their attempts. Written by this app alone."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scope import Scoped
from obligations.models import Entry, Matter, Obligation
from obligations.references import DatabaseReference


class Endpoint(Scoped):
    """An address outside that is told of events. With a customer: of that customer's alone; else of all.

    `secret` and `old_secret` are sealed (accounts/keyring.py). `after`: the newest entry when it was made; it is told
    what came later.
    """

    reference = models.CharField(max_length=11, unique=True, db_default=DatabaseReference())
    url = models.URLField(max_length=500)
    wants = models.JSONField(default=list)  # patterns such as "breach.*"; none: everything
    secret = models.TextField()
    old_secret = models.TextField(blank=True)
    old_secret_until = models.DateTimeField(null=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    after = models.PositiveBigIntegerField(default=0)
    failing_since = models.DateTimeField(null=True)  # nothing but failures since then
    disabled_at = models.DateTimeField(null=True)  # nothing is sent; what happens meanwhile waits
    why_disabled = models.CharField(max_length=200, blank=True)
    mail_owed = models.BooleanField(default=False)  # the owner has not been told that it is disabled
    mail_lease = models.DateTimeField(null=True)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(Scoped.Meta):
        indexes: ClassVar = [
            models.Index(fields=["id"], condition=Q(removed_at=None), name="webhook_endpoint_live")
        ]

    def __str__(self) -> str:
        return self.url


class Event(Scoped):
    """Something that happened, once: a step (its entry) or an alert. Made behind the verbs by one collector.

    `told`: a customer's endpoint may hear of it too. There is none of a restricted matter.
    """

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, null=True, related_name="+")
    round = models.PositiveSmallIntegerField(null=True)
    rung = models.PositiveSmallIntegerField(null=True)
    repeat = models.PositiveIntegerField(null=True)
    type = models.CharField(max_length=100)
    subject = models.CharField(max_length=60)  # the step, or the duty that rang
    at = models.DateTimeField()
    told = models.BooleanField()
    made_at = models.DateTimeField()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["obligation", "round", "rung", "repeat"], name="one_event_per_alert"
            ),
            models.CheckConstraint(
                condition=Q(entry__isnull=False, obligation=None)
                | Q(entry=None, obligation__isnull=False, round__isnull=False, rung__isnull=False)
                & Q(repeat__isnull=False),
                name="event_is_a_step_or_an_alert",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["made_at"], name="webhook_event_made")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Delivery(Scoped):
    """An event on its way to an endpoint. Its id is the webhook-id, the same at every attempt."""

    class State(models.TextChoices):
        WAITING = "waiting"
        DELIVERED = "delivered"
        FAILED = "failed"  # the whole schedule went by

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="deliveries")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="deliveries")
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)  # of this run: a replay begins anew
    next_attempt_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["endpoint", "event"], name="one_delivery_per_endpoint_and_event")
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["endpoint", "next_attempt_at"],
                condition=Q(state="waiting"),
                name="webhook_delivery_queue",
            ),
            models.Index(fields=["endpoint", "-event"], name="webhook_delivery_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.event} to {self.endpoint}: {self.state}"


class Attempt(Scoped):
    """One try of a delivery and what came of it. Of the answer only its status is kept."""

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="log")
    at = models.DateTimeField()
    status = models.PositiveSmallIntegerField(null=True)
    error = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True)  # to which it went
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta(Scoped.Meta):
        indexes: ClassVar = [models.Index(fields=["delivery", "at"], name="webhook_attempt")]

    def __str__(self) -> str:
        return f"{self.delivery_id} at {self.at:%Y-%m-%d %H:%M:%S}: {self.status or self.error}"
