"""The certificate of erasure: its facts, its digest, and a code with which anybody can check it (14.1)."""

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from simple_history.utils import bulk_update_with_history

from accounts.models import User
from accounts.roles import Actor
from deletion.models import Erasure, Exit, Retention
from obligations.clauses import Turns
from obligations.models import Entry, Matter

COLUMNS = ("code", "facts", "sha256", "issued_at")


def digest(facts: Mapping[str, Any]) -> str:
    """SHA-256 over the facts as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def issue(pairs: Turns, actor: Actor, at: dt.datetime) -> None:
    """Write the certificates of these exits. Six statements, however many."""
    exits = [matter for matter, _ in pairs]
    ids = [matter.pk for matter in exits]
    erased, signed = _erased(ids), _signed(ids)
    rows = list(Exit.objects.filter(matter__in=ids).select_related("matter__customer", "matter__agreement"))
    for row in rows:
        row.facts = _facts(row, erased.get(row.matter_id, ()), signed[row.matter_id], at)
        row.sha256, row.issued_at = digest(row.facts), at
        row.code = secrets.token_hex(16)  # 128 bits: nobody guesses one
    user = User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
    bulk_update_with_history(rows, Exit, COLUMNS, default_user=user, default_date=at)


def _facts(
    row: Exit, erased: Sequence[Mapping[str, Any]], signed: Sequence[str], at: dt.datetime
) -> dict[str, Any]:
    matter: Matter = row.matter
    return {
        "agreement": str(matter.agreement),
        "customer": str(matter.customer),
        "reference": matter.public_reference,
        "last_day": row.last_day.isoformat(),
        "issued_on": at.date().isoformat(),
        "issued_by": list(signed),
        "erased": list(erased),
    }


def _signed(exits: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The two people of each certificate."""
    rows = Entry.objects.filter(matter__in=exits, step="certify", proposed=False).order_by("pk")
    return {row.matter_id: (row.proposer_name, row.actor_name) for row in rows}


def _erased(exits: Sequence[int]) -> dict[int, list[dict[str, Any]]]:
    rows = Erasure.objects.filter(matter__parent__in=exits).exclude(matter__state="dropped")
    retained: dict[int, list[Retention]] = {}
    for late in Retention.objects.filter(matter__parent__parent__in=exits).select_related("matter"):
        retained.setdefault(late.matter.parent_id, []).append(late)
    found: dict[int, list[dict[str, Any]]] = {}
    for row in rows.select_related("matter").order_by("pk"):
        lines = found.setdefault(row.matter.parent_id, [])
        if row.erased_on:
            lines.append(_line(row, row))
        lines.extend(_line(row, late, late.law) for late in retained.get(row.matter_id, ()))
    return found


def _line(where: Erasure, how: Erasure | Retention, law: str = "") -> dict[str, Any]:
    return {
        "place": where.place,
        "name": where.name,
        "method": how.method,
        "erased_on": how.erased_on.isoformat() if how.erased_on else "",
        "operator": how.operator,
        "proof_sha256": (how.proof or {}).get("sha256", ""),
        "retained_by": law,
    }
