"""What a policy and a measure are about (8, Appendix 2)."""

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter

ITEMS: Final = (
    ("policies", _("policies that are implemented, documented and reviewed")),
    ("access_control", _("access control")),
    ("change_management", _("change management")),
    ("training", _("awareness training at hire and every year")),
    ("restricted_areas", _("areas for authorised personnel only")),
)


class Policy(Scoped):
    """A policy of the house, as it stands now."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="policy")
    topic = models.CharField(max_length=20)
    version = models.CharField(max_length=200)
    history = scoped_history()

    def __str__(self) -> str:
        return f"Policy {self.matter_id}"


class Measure(Scoped):
    """A technical or organisational measure, and the item of Appendix 2 that it meets."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="measure")
    item = models.CharField(max_length=20, choices=ITEMS)
    description = models.TextField()
    history = scoped_history()

    def __str__(self) -> str:
        return f"Measure {self.matter_id}"
