"""Messages that a step sends to the customer: who gets them, and what they say, frozen when they are queued."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Final, NamedTuple

from accounts.roles import SYSTEM, Actor
from obligations import told
from obligations.bulk import chunks
from obligations.clauses import Clause, Notice
from obligations.models import Entry, Matter, Message, NoticeContact
from obligations.terms import TermBook
from obligations.turn import Turn

_withheld: Final[ContextVar[bool]] = ContextVar("notices withheld", default=False)
ACKNOWLEDGED = "acknowledged"  # a person confirmed it: the proof that nothing takes back


class Address(NamedTuple):
    """Where a notice goes. `language`: the reader's own; empty is the agreement's."""

    email: str
    name: str
    user_id: int | None
    language: str = ""


@contextmanager
def withheld() -> Iterator[None]:
    """Steps that are taken in here were taken long ago: what they told customers was told then, by other means."""
    token = _withheld.set(True)
    try:
        yield
    finally:
        _withheld.reset(token)


def are_withheld() -> bool:
    """Whether steps are being recorded that were taken long ago."""
    return _withheld.get()


def missing_contacts(matters: Sequence[Matter], notice: Notice | None) -> dict[int, str]:
    """Why a notice could not be addressed: an agreement without a contact."""
    if notice is None or notice.to != "first contact" or _withheld.get():
        return {}
    with_contact = set(
        NoticeContact.objects.filter(agreement__in=_agreements(matters)).values_list(
            "agreement_id", flat=True
        )
    )
    return {
        matter.pk: f"{matter.agreement or 'This matter'} has no notice contact. Add one to the agreement first."
        for matter in matters
        if matter.agreement_id not in with_contact
    }


def queue(turn: Turn) -> None:
    """Queue the notice of a step, one for each addressee. Four statements, however many matters."""
    notice = turn.step.notice
    if notice is None or _withheld.get():
        return
    to = first_contacts(turn.matters) if notice.to == "first contact" else _told(turn.matters)
    book = TermBook(matter.agreement for matter in turn.matters if matter.agreement)
    rows = [
        message(notice, matter, turn.entries[matter.pk], address, turn.now, book)
        for matter in turn.matters
        for address in to.get(matter.pk, ())
    ]
    for chunk in chunks(rows):
        Message.objects.bulk_create(chunk, ignore_conflicts=True)


def mark_acknowledged(turn: Turn, actor: Actor) -> None:
    """A person confirmed receipt: the notices count as received, and no late bounce takes that back."""
    if actor == SYSTEM or turn.step.name not in _proofs(turn.clause):
        return
    rows = Message.objects.filter(matter__in=[m.pk for m in turn.matters]).exclude(step_on_receipt="")
    rows.filter(state=Message.State.RECEIVED).update(proof=ACKNOWLEDGED)
    rows.filter(state=Message.State.SENT).update(
        state=Message.State.RECEIVED, proof=ACKNOWLEDGED, received_at=next(iter(turn.entries.values())).at
    )


def _proofs(clause: Clause) -> set[str]:
    """Steps that prove receipt: those that messages name, and those that meet the same duty (a telephone call)."""
    receipts = {step.notice.on_receipt for step in clause.steps if step.notice} - {""}
    return receipts.union(*(duty.met_by for duty in clause.duties if receipts & set(duty.met_by)))


def message(
    notice: Notice, matter: Matter, entry: Entry, to: Address, now: dt.datetime, book: TermBook
) -> Message:
    """The outbox row of one notice to one addressee (not yet stored)."""
    proofs = book.read(matter.agreement, "proof_of_receipt", when=entry.at.date()).value
    return Message(
        matter=matter,
        customer_id=matter.customer_id,
        entry=entry,
        user_id=to.user_id,
        recipient=to.email,
        recipient_name=to.name,
        template=notice.template,
        queued_at=now,
        next_attempt_at=now,
        context={**_frozen(matter, entry, to.language), "recipient": to.name, "proofs": list(proofs)},
        step_on_receipt=notice.on_receipt,
        step_on_relay=notice.on_relay,
        step_on_failure=notice.on_failure,
    )


def next_contact(
    failed: Message, contacts: Iterable[NoticeContact], kind: str, tried: set[str]
) -> Address | None:
    """The first contact of the agreement, in order, whom no notice of this entry has tried."""
    for contact in told.in_order(contacts, kind):
        if contact.email not in tried and contact.email != failed.recipient:
            return _of(contact)
    return None


def _of(contact: NoticeContact) -> Address:
    return Address(contact.email, contact.name, contact.user_id, contact.language)


def _frozen(matter: Matter, entry: Entry, language: str) -> dict[str, Any]:
    return {
        "reference": matter.public_reference,
        "matter": matter.pk,
        "title": matter.title,
        "customer": str(matter.customer or ""),
        "agreement": str(matter.agreement or ""),
        "language": language or (matter.agreement.language if matter.agreement else "en"),
        "at": entry.at.isoformat(),
        "by": entry.actor_name,
        "facts": dict(entry.facts),
    }


def _agreements(matters: Sequence[Matter]) -> list[int]:
    return [matter.agreement_id for matter in matters if matter.agreement_id]


def first_contacts(matters: Sequence[Matter]) -> Mapping[int, list[Address]]:
    """Whom a notice goes to at first, by matter id. One statement."""
    of: dict[int, list[NoticeContact]] = {}
    for contact in NoticeContact.objects.filter(agreement__in=_agreements(matters)):
        of.setdefault(contact.agreement_id, []).append(contact)
    found = {m.pk: told.in_order(of.get(m.agreement_id or 0, ()), m.kind) for m in matters}
    return {pk: [_of(contacts[0])] for pk, contacts in found.items() if contacts}


def _told(matters: Sequence[Matter]) -> Mapping[int, list[Address]]:
    """Everybody whom an earlier notice of the matter was sent to and did not fail."""
    rows = (
        Message.objects.filter(matter__in=[m.pk for m in matters], entry__isnull=False)
        .exclude(state=Message.State.FAILED)
        .order_by("queued_at")
        .values_list("matter_id", "recipient", "recipient_name", "user_id", "context__language")
    )
    found: dict[int, dict[str, Address]] = {}
    for matter_id, email, name, user_id, language in rows:
        found.setdefault(matter_id, {})[email] = Address(email, name, user_id, language or "")
    return {pk: list(addresses.values()) for pk, addresses in found.items()}
