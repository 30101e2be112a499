"""The wording of an agreement's contract, clause by clause, and what an amendment would change."""

from typing import ClassVar

from django.db import models

from accounts.scope import Scoped, scoped_history
from obligations.models import Agreement, Evidence, Matter


class ClauseText(Scoped):
    """The span of one clause in the attached contract. The file itself is evidence, with its SHA-256."""

    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="clause_texts")
    evidence = models.ForeignKey(Evidence, on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=10)
    heading = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    start = models.PositiveIntegerField()  # characters from the beginning of the file
    end = models.PositiveIntegerField()
    inferred = models.JSONField(default=list)  # what the split concluded and a person confirmed

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["agreement", "evidence", "number"], name="one_text_per_clause_and_file"
            ),
            models.CheckConstraint(
                condition=models.Q(start__lt=models.F("end")), name="clause_text_is_a_span"
            ),
        ]
        ordering: ClassVar = ["start"]

    def __str__(self) -> str:
        return f"{self.number} {self.heading}"


class Amendment(Scoped):
    """A change of an agreement. `changes`: the terms as lines of a profile, in force from the last signature."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="amendment"
    )
    subject = models.CharField(max_length=200)
    needed_by_law = models.BooleanField(default=False)
    changes = models.TextField(blank=True)
    effective_from = models.DateField(null=True, blank=True)
    history = scoped_history()

    def __str__(self) -> str:
        return f"Amendment {self.matter_id}"
