"""What an audit and a quote are made of (clauses 9.2 and 10). The other kinds keep their facts in their entries."""

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped, scoped_history
from audits import entitlement, vetting
from obligations.models import Matter

NOT_BEGUN = ("requested", "wished", "offered", "agreed")


class Audit(Scoped):
    """Who audits, when, and what was found about the auditor. `conducted_on`: the local date at the site (10.3)."""

    class By(models.TextChoices):
        CUSTOMER = "customer", _("the customer itself")
        AFFILIATE = "affiliate", _("an affiliate of the customer")
        THIRD_PARTY = "third_party", _("an independent third party")

    class Check(models.TextChoices):
        CLEAR = "no_competitor", _("no competitor of ours")
        COMPETITOR = "competitor", _("a competitor of ours")

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="audit")
    conducted_by = models.CharField(max_length=20, choices=By.choices)
    auditor = models.CharField(max_length=200)  # the organisation
    competitor = models.CharField(max_length=20, choices=Check.choices, blank=True)
    nda = models.JSONField(null=True, blank=True)  # {"name", "sha256", "size"} of the evidence
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    conducted_on = models.DateField(null=True, blank=True)
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(starts_at=None, ends_at=None) | Q(ends_at__gt=F("starts_at")),
                name="audit_slot_ends_after_it_starts",
                violation_error_message=_("The slot cannot end before it starts."),
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["customer", "conducted_on"],
                condition=Q(conducted_on__isnull=False),
                name="audit_conducted",
            )
        ]

    def __str__(self) -> str:
        return f"Audit {self.matter_id}"

    @property
    def page(self) -> tuple[str, str]:
        """Address and name of the entitlement that it belongs to."""
        return reverse("audit-entitlement", args=[self.matter.public_reference]), str(_("Free or billable?"))

    @property
    def notes(self) -> list[str]:
        """What its page says above everything else: whether it is free, and what it waits for before it begins."""
        now = timezone.now()
        free = [found.words for found in entitlement.of_audits([self.matter], now).values()]
        return [*free, *(vetting.missing(self, now) if self.matter.state in NOT_BEGUN else [])]


class Quote(Scoped):
    """The price of extra effort, before the work. Only the extra hours have a price (9.2, 17.2)."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="quote")
    normal_hours = models.PositiveIntegerField(default=0)
    extra_hours = models.PositiveIntegerField()
    hourly_rate = models.PositiveIntegerField()  # whole units of the currency
    currency = models.CharField(max_length=3)
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(extra_hours__gt=0), name="quote_is_for_extra_effort")
        ]

    def __str__(self) -> str:
        return f"Quote {self.matter_id}"

    @property
    def total(self) -> int:
        """What the customer pays at most."""
        return self.extra_hours * self.hourly_rate

    @property
    def notes(self) -> list[str]:
        """The price in words, on the quote's page."""
        words = _(
            "%(total)s %(currency)s for %(extra)s extra hours; %(normal)s hours are part of the normal service."
        )
        known: dict[str, Any] = {
            "total": f"{self.total:,}",
            "currency": self.currency,
            "extra": self.extra_hours,
            "normal": self.normal_hours,
        }
        return [words % known]
