"""Checkpoints: Ed25519 signatures over where a chain stands. The keys are never in the database.

CHECKPOINT_KEYS: secrets, the first signs. CHECKPOINT_RETIRED: public keys whose secrets are destroyed. The
public half of all of them is published in every pack, with its id in every checkpoint.
"""

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings
from django.db.models import Max, Q

from accounts.scope import ALL, scope
from proof import witness
from proof.canonical import canonical, chain_name, instant
from proof.models import Checkpoint, Seal

EVERY = dt.timedelta(hours=24)


@lru_cache
def _private(secret: str) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(
        hashlib.sha256(b"dpa-tracker checkpoints:" + secret.encode()).digest()
    )


def key_id(public: bytes) -> str:
    """Name of a key: the beginning of its SHA-256."""
    return hashlib.sha256(public).hexdigest()[:16]


def public_keys() -> dict[str, str]:
    """Every key that ever signed: id -> 32 bytes in hex."""
    ours = [_private(secret).public_key().public_bytes_raw() for secret in settings.CHECKPOINT_KEYS]
    known = [*ours, *(bytes.fromhex(text) for text in settings.CHECKPOINT_RETIRED)]
    return {key_id(public): public.hex() for public in known}


def sign(statement: Any) -> tuple[str, str]:
    """(id of the key, signature in hex) over the canonical form."""
    private = _private(settings.CHECKPOINT_KEYS[0])
    return key_id(private.public_key().public_bytes_raw()), private.sign(canonical(statement)).hex()


def holds(statement: Any, key: str, signature: str) -> bool:
    """Whether one of our keys signed this."""
    public = public_keys().get(key)
    if public is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(public)).verify(
            bytes.fromhex(signature), canonical(statement)
        )
    except (InvalidSignature, ValueError):
        return False
    return True


def statement(chain: int, seq: int, found: str, at: dt.datetime) -> dict[str, Any]:
    """What a checkpoint says."""
    return {"chain": chain_name(chain), "seq": seq, "hash": found, "at": instant(at)}


def signed(chain: int, seq: int, found: str, at: dt.datetime) -> dict[str, Any]:
    """... with its signature: one line of the witness, of a mail and of a pack."""
    says = statement(chain, seq, found, at)
    key, signature = sign(says)
    return {**says, "key": key, "signature": signature}


def heads(made: Sequence[Seal], now: dt.datetime) -> list[dict[str, Any]]:
    """The end of every chain that grew, signed."""
    last = {row.chain: row for row in made}
    return [signed(row.chain, row.seq, row.hash, now) for row in last.values()]


def line(row: Checkpoint) -> dict[str, Any]:
    """A stored checkpoint as it is shown and verified."""
    return {
        **statement(row.chain, row.seq, row.hash, row.at),
        "key": row.key_id,
        "signature": row.signature,
    }


def checkpoint_is_due(now: dt.datetime) -> bool:
    """A day has passed since the last one, or there is none yet."""
    with scope(ALL, reason="checkpoints"):
        return not Checkpoint.objects.filter(at__gt=now - EVERY).exists()


def sign_all(now: dt.datetime) -> int:
    """A checkpoint for each chain that grew since its last one; returns how many."""
    with scope(ALL, reason="checkpoints"):
        known = dict(Checkpoint.objects.values_list("chain").annotate(last=Max("seq")))
        ends = dict(Seal.objects.values_list("chain").annotate(last=Max("seq")))
        wanted = [Q(chain=chain, seq=seq) for chain, seq in ends.items() if known.get(chain, 0) < seq]
        rows = [row for part in _parts(wanted) for row in Seal.objects.filter(_either(part))]
        made = []
        for row in rows:
            says = signed(row.chain, row.seq, row.hash, now)
            made.append(
                Checkpoint(
                    customer_id=row.customer_id, chain=row.chain, seq=row.seq, hash=row.hash, at=now,
                    key_id=says["key"], signature=says["signature"],
                )
            )  # fmt: skip
        Checkpoint.objects.bulk_create(made, ignore_conflicts=True, batch_size=500)
    witness.note(line(row) for row in made)
    return len(made)


def _parts(wanted: Sequence[Q]) -> Iterable[Sequence[Q]]:
    return (wanted[start : start + 400] for start in range(0, len(wanted), 400))


def _either(parts: Sequence[Q]) -> Q:
    found = Q(pk=None)
    for part in parts:
        found |= part
    return found
