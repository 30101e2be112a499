"""Who the data subject is: kept apart from everything else, sealed, without history, until it is purged."""

from django.db import models

from accounts.keyring import Sealed
from accounts.scope import Scoped
from obligations.models import Matter


class DsarSubject(Scoped):
    """The person behind one request, or behind one forwarding of it. No history: the purge leaves nothing."""

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, primary_key=True, related_name="dsar_subject"
    )
    name = Sealed()
    contact = Sealed()
    request = Sealed()  # {"name", "sha256", "size"} of the request, unchanged

    def __str__(self) -> str:
        return f"Data subject of {self.matter_id}"
