"""Secret addresses of calendars. Written by addresses.py alone."""

from django.conf import settings
from django.db import models

from accounts.scope import Scoped


class Feed(Scoped):
    """An address that a person's calendar program reads: the clocks of a customer, or without one the person's own.

    Kept of its secret is the SHA-256: 256 random bits need no salt.
    """

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100)  # which program reads it
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} of {self.owner}"
