"""Tokens of machines, and the keys with which they repeat a request safely. Written by tokens.py and the API."""

from typing import ClassVar

from django.conf import settings
from django.db import models


class ApiToken(models.Model):
    """A secret with which a program acts for its owner. Only its SHA-256 is kept: 256 random bits need no salt.

    `scopes`: such as ["breach:write", "*:read"]. `customer`: it sees and touches that customer's rows alone.
    """

    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)  # of the secret, so that a person can tell tokens apart
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="tokens")
    customer = models.ForeignKey("accounts.Customer", on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}...)"


class UsedKey(models.Model):
    """An Idempotency-Key and the answer that its request got, committed together with what the request did."""

    owner = models.CharField(max_length=40)  # "token:12" or "user:5": a key never crosses owners
    key = models.CharField(max_length=255)
    request = models.CharField(max_length=64)  # SHA-256 of method, address and body
    status = models.PositiveSmallIntegerField()
    body = models.TextField()
    headers = models.JSONField(default=dict)
    at = models.DateTimeField(db_index=True)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "key"], name="one_answer_per_owner_and_key")
        ]

    def __str__(self) -> str:
        return f"{self.owner}: {self.key}"
