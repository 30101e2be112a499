"""Rows as the API shows them."""

from typing import Any, Final

from obligations.models import Entry, Evidence, Matter, Message, Obligation
from obligations.reading import Clock

MATTER: Final = (  # columns of a row of a list: plain values, no objects
    "public_reference",
    "kind",
    "state",
    "title",
    "customer__name",
    "agreement__title",
    "version",
    "opened_at",
    "closed_at",
)


def listed(row: dict[str, Any]) -> dict[str, Any]:
    """A matter of a list, from `.values(*MATTER)`."""
    return {
        "reference": row["public_reference"],
        "kind": row["kind"],
        "state": row["state"],
        "title": row["title"],
        "customer": row["customer__name"],
        "version": row["version"],
        "agreement": row["agreement__title"],
        "opened_at": row["opened_at"],
        "closed_at": row["closed_at"],
    }


def matter(row: Matter) -> dict[str, Any]:
    """A matter without what hangs on it."""
    return {
        "reference": row.public_reference,
        "kind": row.kind,
        "state": row.state,
        "title": row.title,
        "customer": str(row.customer) if row.customer else None,
        "version": row.version,
        "agreement": str(row.agreement) if row.agreement else None,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
    }


def clock_id(row: Obligation) -> str:
    """A clock's own name: unique, for good, and made of what the reader knows. `row.matter` must be loaded."""
    return f"{row.matter.public_reference}:{row.duty}:{row.occurrence}:{row.round}"


def obligation(clock: Clock) -> dict[str, Any]:
    """A clock with the reckoning that explains it. `row.matter` must be loaded."""
    row = clock.row
    return {
        "id": clock_id(row),
        "duty": row.duty,
        "source": row.source,
        "owed_by": row.owed_by,
        "round": row.round,
        "occurrence": row.occurrence,
        "state": row.state,
        "verdict": clock.verdict,
        "started_at": row.started_at,
        "target_at": row.target_at,
        "due_at": row.due_at,
        "met_at": row.met_at,
        "provisional": row.provisional,
        "period": row.period,
        "reckoning": _reckoning(row.reckoning),
    }


def _reckoning(kept: dict[str, Any]) -> dict[str, Any]:
    """As it is kept; of what was agreed on, the instant and the reason."""
    if "extended" not in kept:
        return kept
    agreed = {name: kept["extended"].get(name) for name in ("due_at", "reason")}
    return {**kept, "extended": agreed}


def entry(row: Entry, facts: dict[str, Any]) -> dict[str, Any]:
    """A row of the ledger, with its facts as api_facts names them."""
    return {
        "step": row.step,
        "from": row.from_state,
        "to": row.to_state,
        "at": row.at,
        "recorded_at": row.recorded_at,
        "actor": row.actor_name,
        "proposed_by": row.proposer_name or None,
        "facts": facts,
    }


def message(row: Message) -> dict[str, Any]:
    """A message and its fate, without its text."""
    return {
        "id": str(row.pk),
        "template": row.template,
        "recipient": row.recipient,
        "channel": row.channel,
        "state": row.state,
        "subject": row.subject,
        "queued_at": row.queued_at,
        "sent_at": row.sent_at,
        "received_at": row.received_at,
        "failed_at": row.failed_at,
        "proof": row.proof or None,
        "error": row.error or None,
    }


def evidence(row: Evidence) -> dict[str, Any]:
    """A proof. Its file is found by its digest: `evidence/<sha256>/`."""
    return {
        "title": row.title,
        "sha256": row.sha256 or None,
        "size": row.size,
        "link": row.link or None,
        "added_at": row.added_at,
    }
