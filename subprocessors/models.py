"""What a sub-processor, a consent and a transfer are made of (clauses 12 and 13, Appendix 1)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter
from subprocessors.mechanisms import CHOICES, ORIGINS


class SubProcessor(Scoped):
    """A party that works with Customer Content for us. `list_version`: of the list that names it (A1.4)."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="sub_processor"
    )
    service = models.CharField(max_length=200)
    country = models.CharField(max_length=2)  # ISO 3166, where it processes
    list_version = models.CharField(max_length=40)
    contract_signed_on = models.DateField(null=True, blank=True)
    contract_until = models.DateField(null=True, blank=True)
    contract = models.JSONField(null=True, blank=True)  # {"name", "sha256", "size"} of the evidence
    history = scoped_history()

    def __str__(self) -> str:
        return f"Sub-processor {self.matter_id}"

    @property
    def page(self) -> tuple[str, str]:
        """Address and name of the page that says whether it may start."""
        return reverse("gate", args=[self.matter.public_reference]), str(_("May it start?"))


class Consent(Scoped):
    """One customer's answer: who, when, and to which version of the list (12.1)."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="consent")
    starts_on = models.DateField()
    list_version = models.CharField(max_length=40)
    typed_name = models.CharField(max_length=200, blank=True)
    history = scoped_history()

    def __str__(self) -> str:
        return f"Consent {self.matter_id}"


class Transfer(Scoped):
    """Content of one origin that leaves for a third country, and what that rests on (clause 13)."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="transfer")
    origin = models.CharField(max_length=2, choices=ORIGINS)
    country = models.CharField(max_length=2)
    importer = models.CharField(max_length=200)
    mechanism = models.CharField(max_length=20, choices=CHOICES)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    assessed_on = models.DateField(null=True, blank=True)  # transfer impact assessment
    appendices = models.CharField(max_length=100, blank=True)
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="transfer_ends_after_it_begins",
                violation_error_message="The mechanism cannot end before it begins.",
            )
        ]

    def __str__(self) -> str:
        return f"Transfer {self.matter_id}"
