"""The nouns of the engine: Agreement, Term, Matter, Obligation, Message, Entry, Evidence.

Written only by the verbs (actions.py, corrections.py, alerts.py). Files of nouns: models_agreement.py has
the contract side, models_outbox.py what is sent, this one what happens under the contract.
"""

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.scope import Scoped
from obligations.clauses import CLAUSES, Clause
from obligations.models_agreement import Agreement, NoticeContact, Profile, Term
from obligations.models_outbox import Heartbeat, Message
from obligations.references import random_reference

__all__ = [
    "Agreement",
    "Entry",
    "Evidence",
    "Heartbeat",
    "Matter",
    "Message",
    "NoticeContact",
    "Obligation",
    "Profile",
    "RestrictedTo",
    "Term",
]


class Matter(Scoped):
    """Something that happened or is kept. Its state changes only through `advance`."""

    kind = models.CharField(max_length=40)
    state = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="children")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, null=True, related_name="matters")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    public_reference = models.CharField(max_length=11, unique=True, default=random_reference)
    open_key = models.UUIDField(unique=True, default=uuid.uuid4)  # a form sent twice opens one matter
    proposal = models.ForeignKey("Entry", on_delete=models.PROTECT, null=True, related_name="+")
    restricted = models.BooleanField(default=False)  # only those in RestrictedTo may see it

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(kind="agreement", closed_at=None),
                name="one_live_matter_per_agreement",
            ),
            models.CheckConstraint(
                condition=Q(agreement=None) | Q(customer__isnull=False), name="matter_carries_its_customer"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-id"], name="matter_kind"),
            models.Index(fields=["customer", "kind", "-id"], name="matter_customer"),
            models.Index(fields=["kind", "state", "-id"], condition=Q(closed_at=None), name="matter_open"),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.title}"

    @property
    def clause(self) -> Clause:
        return CLAUSES[self.kind]

    @property
    def reference(self) -> str:
        """The running staff reference, such as BR-12."""
        return f"{self.clause.prefix}-{self.pk}"

    @property
    def state_label(self) -> str:
        return self.clause.state_label(self.state)


class Entry(Scoped):
    """Append-only ledger row. Triggers on both databases refuse UPDATE and DELETE (append_only.py)."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="entries")
    step = models.CharField(max_length=40)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40)
    at = models.DateTimeField()  # when it happened
    recorded_at = models.DateTimeField()  # when it was typed
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    actor_name = models.CharField(max_length=150)
    proposed = models.BooleanField(default=False)  # waits for a second person; the state did not move
    two_people = models.BooleanField(default=False)
    proposal = models.OneToOneField("self", on_delete=models.PROTECT, null=True, related_name="approval")
    proposer = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    proposer_name = models.CharField(max_length=150, blank=True)
    facts = models.JSONField(default=dict)
    # A step of earlier years that was read from a table: nobody hears of it now.
    imported = models.BooleanField(default=False, db_default=False)

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(at__lte=F("recorded_at")), name="entry_happened_before_it_was_typed"
            ),
            models.CheckConstraint(
                condition=Q(two_people=False)
                | (Q(proposer__isnull=False, actor__isnull=False) & ~Q(proposer=F("actor"))),
                name="two_people_are_two",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["matter", "id"], name="entry_matter")]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.step} {self.at:%Y-%m-%d %H:%M}"


UNHEARD = Q(state="open", rang_at__isnull=False, acknowledged_at=None)


class Obligation(Scoped):
    """A duty that runs, with the clock of its own agreement's terms. Late and over target are derived."""

    class State(models.TextChoices):
        OPEN = "open"
        MET = "met"
        WAIVED = "waived"
        LAPSED = "lapsed"

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="obligations")
    duty = models.CharField(max_length=60)
    occurrence = models.PositiveIntegerField(default=1)
    round = models.PositiveSmallIntegerField(default=1)
    source = models.CharField(max_length=40)
    owed_by = models.CharField(max_length=10)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    started_at = models.DateTimeField()
    start_fact = models.CharField(max_length=60, blank=True)
    provisional = models.BooleanField(default=False)
    target_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    period = models.CharField(max_length=120)  # in words
    reckoning = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.OPEN)
    met_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    next_alert_at = models.DateTimeField(null=True)
    rung = models.PositiveSmallIntegerField(default=0)
    repeat = models.PositiveIntegerField(default=0)
    rang_at = models.DateTimeField(null=True)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    fault = models.CharField(max_length=200, blank=True)  # why its alerts cannot be computed; shown in red

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["matter", "duty", "occurrence"],
                condition=Q(state="open"),
                name="one_open_obligation_per_turn",
            ),
            models.UniqueConstraint(
                fields=["matter", "duty", "occurrence", "round"], name="one_obligation_per_round"
            ),
            models.CheckConstraint(
                condition=Q(state="met", met_at__isnull=False) | (~Q(state="met") & Q(met_at=None)),
                name="met_iff_met_at",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["next_alert_at"], condition=Q(state="open"), name="obligation_next_alert"),
            models.Index(fields=["due_at", "id"], condition=Q(state="open"), name="obligation_open_due"),
            models.Index(fields=["met_at"], condition=Q(state="met"), name="obligation_met"),
            # What comes next, of all parties (Find) and of one.
            models.Index(
                Coalesce("target_at", "due_at"),
                F("id"),
                condition=Q(state="open"),
                name="obligation_open_when",
            ),
            # Today: what comes next, of everybody and of one person; and alerts that nobody has heard.
            models.Index(
                F("owed_by"),
                Coalesce("target_at", "due_at"),
                F("id"),
                condition=Q(state="open"),
                name="obligation_open_next",
            ),
            models.Index(
                F("owner"),
                F("owed_by"),
                Coalesce("target_at", "due_at"),
                F("id"),
                condition=Q(state="open"),
                name="obligation_owner_next",
            ),
            models.Index(fields=["owed_by", "rang_at", "id"], condition=UNHEARD, name="obligation_unheard"),
            models.Index(
                fields=["owner", "owed_by", "rang_at", "id"],
                condition=UNHEARD,
                name="obligation_owner_unheard",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.matter_id} {self.duty} round {self.round}"

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN


class Evidence(Scoped):
    """A file or link that proves something. The stored file's name is its SHA-256."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="evidence")
    obligation = models.ForeignKey(Obligation, on_delete=models.PROTECT, null=True, related_name="evidence")
    title = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    link = models.URLField(blank=True)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(default=timezone.now)

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(sha256="", link="") & (Q(sha256="") | Q(link="")),
                name="evidence_is_a_file_or_a_link",
            )
        ]

    def __str__(self) -> str:
        return self.title


class RestrictedTo(models.Model):
    """One person who may see a restricted matter. Written by restrictions.py; read by both walls."""

    matter = models.ForeignKey(Matter, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matter", "user"], name="one_row_per_matter_and_reader")
        ]

    def __str__(self) -> str:
        return f"{self.matter_id}: {self.user_id}"
