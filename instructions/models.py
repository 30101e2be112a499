"""The register of purposes: what Customer Content is used for, and for which purpose of the customer's own."""

from django.db import models

from accounts.scope import Scoped, scoped_history
from obligations.models import Matter


class Purpose(Scoped):
    """One use of Customer Content, analytics and machine learning included (2.2b, 16.1)."""

    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, primary_key=True, related_name="purpose")
    purpose = models.CharField(max_length=200)  # the customer's own
    use = models.CharField(max_length=20)
    what = models.TextField()
    basis = models.CharField(max_length=20)
    reference = models.CharField(max_length=200, blank=True)
    history = scoped_history()

    def __str__(self) -> str:
        return self.purpose
