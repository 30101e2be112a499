"""Attach the text of a contract to an agreement: propose the split, and store it once a person confirms."""

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from accounts.roles import Actor
from agreements.models import ClauseText
from agreements.splitting import Piece, Proposal, read_text, split
from obligations import evidence
from obligations.models import Agreement, Evidence, Matter


def propose(agreement: Agreement, data: bytes) -> Proposal:
    """How the text divides into the clauses of the agreement's profile, and what was inferred. Stores nothing."""
    clauses = agreement.profile.clauses
    return split(read_text(data), {number: clause["title"] for number, clause in clauses.items()})


def confirm(
    agreement: Agreement, data: bytes, proposal: Proposal, *, filename: str, actor: Actor, at: dt.datetime
) -> Evidence:
    """Keep the file as evidence and the split as it was proposed. The same file twice is kept once."""
    matter = Matter.objects.get(kind="agreement", agreement=agreement, closed_at=None)
    with transaction.atomic():
        kept = evidence.add_file(matter, title=filename, chunks=[data], actor=actor, at=at)
        earlier = Evidence.objects.filter(matter=matter, sha256=kept.sha256).exclude(pk=kept.pk).first()
        if earlier is not None:
            kept.delete()
            return earlier
        ClauseText.objects.bulk_create(_rows(agreement, kept, proposal.clauses))
        return kept


def _rows(agreement: Agreement, kept: Evidence, pieces: Sequence[Piece]) -> list[ClauseText]:
    return [
        ClauseText(
            agreement=agreement,
            customer_id=agreement.customer_id,
            evidence=kept,
            number=piece.number,
            heading=piece.heading[:200],
            text=piece.text,
            start=piece.start,
            end=piece.end,
            inferred=list(piece.inferred),
        )
        for piece in pieces
    ]
