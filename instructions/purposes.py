"""Whether a use of Customer Content serves a purpose of the customer's, and what a new one needs (16, 5.2)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from instructions.models import Purpose
from instructions.permission import references
from obligations.clauses import Turns
from obligations.models import Agreement, Matter
from obligations.terms import TermBook

TRAINING = "instructions.own_model_training"
USES = (
    ("service", _("providing the services")),
    ("analytics", _("analytics for the customer")),
    ("machine_learning", _("machine learning for the customer alone")),
    ("own_training", _("training of models of our own")),
    ("cross_customer", _("training with the content of several customers")),
)
BASES = (
    ("agreement", _("the agreement as it was signed")),
    ("instruction", _("an instruction of the customer")),
    ("amendment", _("an amendment in force")),
)
OURS = ("own_training", "cross_customer")
PERMITTED = {"instruction": ("in_scope", "executed"), "amendment": ("in_force",)}
NO_TRAINING = (
    "Training with Customer Content that is not for this customer alone is outside the agreement (16.2). "
    "Record an instruction: both sides must approve it, and an amendment must allow the training first (5.2)."
)


def is_permitted(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A use is the customer's own; one that the agreement does not name rests on an instruction or amendment."""
    rows = [row for row, _ in pairs]
    book, bases = _book(rows), _bases([str(facts.get("reference", "")) for _, facts in pairs])
    reasons = []
    for row, facts in pairs:
        words = _training(row.agreement, facts["use"], book, now)
        reasons.append(words or _basis(row, facts["basis"], facts.get("reference", ""), bases))
    return reasons


def is_still_permitted(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A use that the terms no longer allow is not reviewed but ended."""
    known, book = Purpose.objects.in_bulk([row.pk for row in rows]), _book(rows)
    found = {row.pk: _training(row.agreement, known[row.pk].use, book, now) for row in rows}
    return {pk: f"{words} End this use." for pk, words in found.items() if words}


def of_agreements(rows: Sequence[Matter]) -> Sequence[int]:
    """The purposes of the agreements that ended."""
    found = Matter.objects.filter(kind="purpose", agreement__in=[row.agreement_id for row in rows])
    return list(found.filter(closed_at=None).values_list("pk", flat=True))


def _book(rows: Sequence[Matter]) -> TermBook:
    return TermBook([row.agreement for row in rows if row.agreement], [TRAINING])


def _training(agreement: Agreement | None, use: str, book: TermBook, now: dt.datetime) -> str:
    allowed = book.read(agreement, TRAINING, when=now.date()).value == "allowed"
    return NO_TRAINING if use in OURS and not allowed else ""


def _bases(named: Sequence[str]) -> list[Matter]:
    """The instructions and amendments with these references, whoever's they are. One statement."""
    wanted = {text.strip().upper() for text in named} - {""}
    numbers = {
        int(tail) for text in wanted if (tail := text.rpartition("-")[2]).isdecimal() and len(tail) < 19
    }
    if not wanted:
        return []
    rows = Matter.objects.filter(Q(public_reference__in=wanted) | Q(pk__in=numbers), kind__in=PERMITTED)
    return list(rows)


def _basis(row: Matter, basis: str, reference: str, known: Sequence[Matter]) -> str:
    if basis == "agreement":
        return ""
    kind = "instruction" if basis == "instruction" else "amendment"
    wanted = reference.strip().casefold()
    for found in known:
        if found.kind == kind and found.agreement_id == row.agreement_id and wanted in references(found):
            if found.state in PERMITTED[kind]:
                return ""
            return f"{found.reference} is {found.state_label}; it does not permit this use. Settle it first."
    return (
        f"There is no {kind} “{reference}” of this agreement. A purpose that the agreement does not name needs an "
        f"instruction or an amendment first (5.2): give its reference."
    )
