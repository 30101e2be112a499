"""What exactly is hashed and signed: one way to write it, the same here and in verify_pack.py."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from obligations.models import Entry

GENESIS = ""  # the first seal of a chain follows nothing


def canonical(value: Any) -> bytes:
    """JSON with sorted keys, no spaces, UTF-8: equal values are equal bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(value: Any) -> str:
    """SHA-256 of the canonical form."""
    return hashlib.sha256(canonical(value)).hexdigest()


def instant(at: dt.datetime) -> str:
    """UTC with microseconds: what both databases keep, so that a hash never depends on which one."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def commitment(nonce: str, sha256: str) -> str:
    """Binds to a file's digest and tells nothing of it without the nonce."""
    return digest([nonce, sha256])


def content(row: Entry, salt: str, evidence: Sequence[str], reference: str) -> dict[str, Any]:
    """What a seal says of an entry. `row`: a digest that binds our own keys, which no customer needs to see."""
    keys = [row.pk, row.matter_id, row.customer_id, row.actor_id, row.proposer_id, row.proposal_id]
    return {
        "matter": reference,
        "step": row.step,
        "from": row.from_state,
        "to": row.to_state,
        "at": instant(row.at),
        "recorded_at": instant(row.recorded_at),
        "actor": row.actor_name,
        "proposed": row.proposed,
        "two_people": row.two_people,
        "proposer": row.proposer_name,
        "facts": row.facts,
        "evidence": list(evidence),
        "salt": salt,
        "row": digest([salt, keys]),
    }


def link(chain: str, seq: int, previous: str, content_digest: str, sealed_at: dt.datetime | str) -> str:
    """The hash of one seal. `chain`: its public name, see `chain_name`."""
    at = sealed_at if isinstance(sealed_at, str) else instant(sealed_at)
    return digest([chain, seq, previous, content_digest, at])


def chain_name(chain: int) -> str:
    """How a chain is called outside: nobody counts our customers by it."""
    return hashlib.sha256(f"dpa-tracker chain {chain}".encode()).hexdigest()[:16] if chain else "house"
