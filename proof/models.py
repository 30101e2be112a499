"""The proof of the ledger: seals, what opens their evidence, and signed checkpoints. Written by this app alone."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from accounts.scope import Scoped
from obligations.models import Evidence

HOUSE = 0  # the chain of the house's own entries, and of restricted ones


class Seal(Scoped):
    """One Entry in its chain. Append-only, and never written by the verbs: one sealer follows them.

    `entry` is a number, not a reference: a restricted entry of a customer is sealed in the house's chain, where
    the wall would refuse a reference across customers; and an entry that was taken away must leave its seal behind.
    """

    chain = models.PositiveBigIntegerField()  # the customer's id, or HOUSE
    seq = models.PositiveBigIntegerField()
    entry = models.PositiveBigIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    salt = models.CharField(max_length=32)  # without it nobody can guess what a withheld entry says
    # Of an entry whose words were erased: what the hash binds, instead of them (erased.py); the salt is gone then.
    content_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    evidence = models.JSONField(default=list)  # commitments to the digests of what was attached, in order
    sealed_at = models.DateTimeField()

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="one_seal_per_place"),
            models.UniqueConstraint(fields=["chain", "previous_hash"], name="a_chain_does_not_fork"),
            models.UniqueConstraint(fields=["entry", "chain"], name="one_seal_per_entry_and_chain"),
            models.CheckConstraint(
                condition=Q(chain=HOUSE, customer=None) | Q(chain=F("customer_id"), customer__isnull=False),
                name="seal_is_in_its_customers_chain",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq}"


class Exhibit(Scoped):
    """What opens the commitment to one piece of evidence. Goes with the evidence: then nobody can guess it back."""

    evidence = models.OneToOneField(Evidence, on_delete=models.CASCADE, primary_key=True, related_name="+")
    entry = models.PositiveBigIntegerField(db_index=True)
    nonce = models.CharField(max_length=32)

    def __str__(self) -> str:
        return f"{self.evidence_id} with entry {self.entry}"


class Checkpoint(Scoped):
    """A signed statement of how far a chain went on a day; the customer keeps a copy as its outside witness."""

    chain = models.PositiveBigIntegerField()
    seq = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=64)
    at = models.DateTimeField()
    key_id = models.CharField(max_length=16)
    signature = models.CharField(max_length=128)
    mailed_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)  # somebody is mailing it

    class Meta(Scoped.Meta):
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["chain", "seq"], name="one_checkpoint_per_place")
        ]
        indexes: ClassVar = [
            models.Index(fields=["at"], name="checkpoint_at"),
            models.Index(fields=["id"], condition=Q(mailed_at=None), name="checkpoint_unmailed"),
        ]

    def __str__(self) -> str:
        return f"{self.chain}/{self.seq} of {self.at:%Y-%m-%d}"
