"""What is sent, and the sign of life of those who send it. Written by the verbs, `sweep` and `deliver` alone."""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.scope import Scoped


class Message(Scoped):
    """Outbox row: an alert about an obligation, a notice that a step sends, or a digest of alerts.

    Its id is the Message-ID.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENT = "sent"  # a relay took it: not yet proof of receipt
        RECEIVED = "received"
        FAILED = "failed"  # bounced, or given up: a dead letter

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Empty for a digest alone: it gathers alerts of many matters, for a person of the house.
    matter = models.ForeignKey(
        "obligations.Matter", on_delete=models.PROTECT, null=True, related_name="messages"
    )
    obligation = models.ForeignKey(
        "obligations.Obligation", on_delete=models.PROTECT, null=True, related_name="messages"
    )
    round = models.PositiveSmallIntegerField(null=True)
    rung = models.PositiveSmallIntegerField(null=True)
    repeat = models.PositiveIntegerField(null=True)
    entry = models.ForeignKey(
        "obligations.Entry", on_delete=models.PROTECT, null=True, related_name="messages"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recipient = models.EmailField()
    recipient_name = models.CharField(max_length=150, blank=True)
    channel = models.CharField(max_length=10, default="email")
    template = models.CharField(max_length=60)
    context = models.JSONField(default=dict)  # frozen when it was queued
    subject = models.CharField(max_length=250, blank=True)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.QUEUED)
    queued_at = models.DateTimeField()
    next_attempt_at = models.DateTimeField(null=True)
    hold_until = models.DateTimeField(null=True)  # its reader wants it later (holding.py)
    digest = models.BooleanField(default=False)  # ... together with others
    carrier = models.UUIDField(null=True)  # the digest that carries this alert
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    sent_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    proof = models.CharField(max_length=12, blank=True)  # acknowledged, delivered, relayed
    error = models.CharField(max_length=500, blank=True)
    step_on_receipt = models.CharField(max_length=40, blank=True)
    step_on_relay = models.CharField(max_length=40, blank=True)
    step_on_failure = models.CharField(max_length=40, blank=True)
    pending_step = models.CharField(max_length=40, blank=True)  # a step that deliver still has to take
    pending_at = models.DateTimeField(null=True)  # ... and when its cause happened

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["obligation", "round", "rung", "repeat", "recipient", "channel"],
                condition=Q(entry=None),
                name="one_alert_per_rung_and_recipient",
            ),
            models.UniqueConstraint(
                fields=["entry", "template", "recipient", "channel"],
                condition=Q(obligation=None),
                name="one_notice_per_entry_and_recipient",
            ),
            models.CheckConstraint(
                condition=Q(
                    entry=None,
                    obligation__isnull=False,
                    round__isnull=False,
                    rung__isnull=False,
                    repeat__isnull=False,
                )
                | Q(entry__isnull=False, obligation=None, round=None, rung=None, repeat=None)
                | Q(matter=None, customer=None, entry=None, obligation=None, user__isnull=False),
                name="message_is_an_alert_a_notice_or_a_digest",
            ),
            models.CheckConstraint(
                condition=Q(matter__isnull=False) | Q(entry=None, obligation=None),
                name="only_a_digest_has_no_matter",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_attempt_at"], condition=Q(state="queued"), name="message_queue"),
            models.Index(
                fields=["carrier"],
                condition=Q(state="queued", carrier__isnull=False),
                name="message_carried",
            ),
            models.Index(
                fields=["hold_until"],
                condition=Q(state="queued", digest=True),
                name="message_for_a_digest",
            ),
            models.Index(fields=["pending_at"], condition=~Q(pending_step=""), name="message_pending_step"),
            models.Index(fields=["matter", "-queued_at"], name="message_matter"),
            models.Index(fields=["-queued_at", "-id"], name="message_newest"),
        ]

    def __str__(self) -> str:
        return f"{self.template} to {self.recipient}: {self.state}"

    @property
    def after_failure(self) -> str:
        """The step that follows when nobody takes it. A digest has none: each of its lines has its own."""
        return "" if self.matter_id is None else self.step_on_failure or "next contact"


class Heartbeat(models.Model):
    """The last tick of sweep and of deliver: the dead man's switch reads it."""

    name = models.CharField(max_length=20, primary_key=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=80, blank=True)

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"
