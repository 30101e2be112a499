"""Who the data subject is: kept apart from everything else, without history, until it is purged."""

from django.db import models

from accounts.scope import Scoped
from obligations.models import Matter


class DsarSubject(Scoped):
    """The person behind one request, or behind one forwarding of it. No history: the purge leaves nothing."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="dsar_subject"
    )
    name = models.CharField(max_length=200)
    contact = models.CharField(max_length=200)
    request = models.JSONField()  # {"name", "sha256", "size"} of the request, unchanged

    def __str__(self) -> str:
        return f"Data subject of {self.matter_id}"
