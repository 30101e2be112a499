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
    description = models.TextField()
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(happened_at=None) | Q(happened_at__lte=F("suspected_at")),
                name="breach_happened_before_it_was_suspected",
                violation_error_message="It cannot have happened after it was first suspected.",
            )
        ]

    def __str__(self) -> str:
        return f"Breach {self.matter_id}"
