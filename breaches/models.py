"""What a breach is made of. The notices have no table of their own: their facts are in their entries."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter


class Breach(Scoped):
    """Facts of a personal data breach, actual or suspected (clause 11; GDPR Art. 4(12) where it is wider)."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="breach")
    where = models.CharField(max_length=20)  # processor or sub-processor
    sub_processor = models.CharField(max_length=100, blank=True)
    categories = models.CharField(max_length=40)
    suspected_at = models.DateTimeField()
    happened_at = models.DateTimeField(null=True, blank=True)
    known_there_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    description = models.TextField()
    # What Art. 33(3) asks for; empty: unknown yet
    nature = models.TextField(blank=True)
    subjects = models.CharField(max_length=200, blank=True)
    subjects_number = models.CharField(max_length=200, blank=True)
    records = models.CharField(max_length=200, blank=True)
    records_number = models.CharField(max_length=200, blank=True)
    contact_point = models.CharField(max_length=200, blank=True)
    consequences = models.TextField(blank=True)
    measures = models.TextField(blank=True)
    # Where we are a controller ourselves
    risk = models.CharField(max_length=20, blank=True)
    risk_reasons = models.TextField(blank=True)
    conclusion = models.TextField(blank=True)
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(happened_at=None) | Q(happened_at__lte=F("suspected_at")),
                name="breach_happened_before_it_was_suspected",
                violation_error_message="It cannot have happened after it was first suspected.",
            ),
            models.CheckConstraint(
                condition=Q(happened_at=None)
                | Q(known_there_at=None)
                | Q(happened_at__lte=F("known_there_at")),
                name="breach_happened_before_it_was_known_there",
                violation_error_message="The sub-processor cannot have known it before it happened.",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(confirmed_at__gte=F("suspected_at")),
                name="breach_confirmed_after_it_was_suspected",
                violation_error_message="It cannot have been confirmed before it was first suspected.",
            ),
        ]

    def __str__(self) -> str:
        return f"Breach {self.matter_id}"
