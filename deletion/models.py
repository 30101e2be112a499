"""What an exit, an erasure, a retention and a hold are made of (clause 14)."""

from typing import ClassVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter


class Exit(Scoped):
    """The end of one agreement. `last_day` is a date: the two years end on the same date, wherever one reads it.

    `code`, `facts`, `sha256` and `issued_at` are empty until the certificate is issued; they never change then.
    """

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="exit")
    last_day = models.DateField()
    code = models.CharField(max_length=32, unique=True, null=True, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    issued_at = models.DateTimeField(null=True, blank=True)
    history = scoped_history()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(code=None, issued_at=None)
                | models.Q(code__isnull=False, issued_at__isnull=False),
                name="exit_code_iff_issued",
            )
        ]

    def __str__(self) -> str:
        return f"Exit {self.matter_id}"

    @property
    def page(self) -> tuple[str, str] | None:
        """Address and name of the certificate, once there is one."""
        return (
            (reverse("certificate", args=[self.code]), str(_("Certificate of erasure")))
            if self.code
            else None
        )


class Proof(Scoped):
    """How something was erased: the four facts that a certificate names (14.1)."""

    method = models.CharField(max_length=40, blank=True)
    erased_on = models.DateField(null=True, blank=True)
    operator = models.CharField(max_length=200, blank=True)
    proof = models.JSONField(null=True, blank=True)  # {"name", "sha256", "size"} of the evidence

    class Meta(Scoped.Meta):
        abstract = True


class Erasure(Proof):
    """Customer Content in one system, backup or sub-processor."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="erasure")
    place = models.CharField(max_length=20)  # system, backup, sub_processor
    name = models.CharField(max_length=200)
    last_day = models.DateField()
    history = scoped_history()

    def __str__(self) -> str:
        return f"Erasure {self.matter_id}"


class Retention(Proof):
    """What law obliges us to keep: isolated, not erased (14.2)."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="retention"
    )
    law = models.CharField(max_length=200)
    what = models.TextField()
    until = models.DateField()
    access_list = models.JSONField(default=list)  # ids of people of the house
    history = scoped_history()

    def __str__(self) -> str:
        return f"Retention {self.matter_id}"


class Hold(Scoped):
    """An order that stops erasure for a time (14.x). `systems`: names, one in a line; empty means all."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="hold")
    basis = models.CharField(max_length=40)
    law = models.CharField(max_length=200)
    what = models.TextField()
    systems = models.TextField(blank=True)
    history = scoped_history()

    def __str__(self) -> str:
        return f"Hold {self.matter_id}"

    def stops(self, name: str) -> bool:
        """Whether the system of that name is under the hold."""
        named = {line.strip().casefold() for line in self.systems.splitlines() if line.strip()}
        return not named or name.strip().casefold() in named
