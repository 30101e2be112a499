"""What is known of a demand. Whose content it touches and what was handed over stand in its entries."""

from django.db import models

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter


class Disclosure(Scoped):
    """A demand for Customer Content (7.1). `law`: what obliges us; `prohibition`: what forbids telling."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="disclosure"
    )
    authority = models.CharField(max_length=200)
    authority_kind = models.CharField(max_length=20)
    what = models.TextField()
    law = models.CharField(max_length=200, blank=True)
    prohibition = models.TextField(blank=True)
    history = scoped_history()

    def __str__(self) -> str:
        return f"Disclosure {self.matter_id}"
