"""May a sub-processor start, and for whom? Read from consents, terms and clocks; nothing of it is stored (12.1).

Specific consent: silence is not consent. General authorisation: silence counts once the notice period, and where
the contract says so the objection window, is over; both are counted from the proven receipt.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obligations.clock import earliest
from obligations.models import Agreement, Matter, Obligation
from obligations.periods import parse_period
from obligations.terms import TermBook

CLEARED, OBJECTED, WAITING, NOT_ASKED, LEFT_OUT = "cleared", "objected", "waiting", "not asked", "left out"
KEYS = (
    "subprocessors.baseline",
    "subprocessors.consent",
    "subprocessors.silence",
    "subprocessors.start_after",
    "subprocessors.notice.before",
)


@dataclass(frozen=True)
class Verdict:
    """Where one customer stands on one sub-processor."""

    agreement: Agreement
    consent: Matter | None
    state: str
    words: str

    @property
    def customer(self) -> str:
        return str(self.agreement.customer)


def clearances(
    parents: Sequence[Matter], at: dt.datetime, agreements: Iterable[Agreement] | None = None
) -> dict[int, list[Verdict]]:
    """Verdicts by sub-processor on a start at `at`: of these agreements, or of those that were asked.

    The number of statements does not depend on how many there are.
    """
    consents = _consents(parents, agreements)
    asked: dict[int, Agreement]
    if agreements is None:
        asked = {c.agreement_id: c.agreement for c in consents.values() if c.agreement_id and c.agreement}
        pairs = {parent.pk: [asked[a] for p, a in consents if p == parent.pk] for parent in parents}
    else:
        asked = {agreement.pk: agreement for agreement in agreements}
        pairs = {parent.pk: list(asked.values()) for parent in parents}
    book = TermBook(asked.values(), KEYS)
    windows = _windows(consents.values())
    return {
        parent.pk: [
            _verdict(parent, agreement, consents.get((parent.pk, agreement.pk)), windows, book, at)
            for agreement in pairs[parent.pk]
        ]
        for parent in parents
    }


def count(verdicts: Iterable[Verdict]) -> Counter[str]:
    """How many are cleared, objected, waiting, not asked, left out."""
    return Counter(verdict.state for verdict in verdicts)


def live_agreements() -> Sequence[Agreement]:
    """Agreements that have not ended, by customer."""
    rows = Agreement.objects.filter(matters__kind="agreement", matters__closed_at=None)
    return list(rows.select_related("customer").order_by("customer__name", "pk"))


def _consents(
    parents: Sequence[Matter], agreements: Iterable[Agreement] | None
) -> dict[tuple[int, int], Matter]:
    rows = Matter.objects.filter(kind="consent", parent__in=[row.pk for row in parents]).exclude(state="void")
    if agreements is not None:
        rows = rows.filter(agreement__in=[agreement.pk for agreement in agreements])
    found = rows.select_related("agreement__customer").order_by("agreement__customer__name", "pk")
    return {(row.parent_id, row.agreement_id): row for row in found}  # the latest question counts


def _windows(consents: Iterable[Matter]) -> dict[int, Obligation]:
    rows = Obligation.objects.filter(matter__in=[row.pk for row in consents], duty="answer")
    return {row.matter_id: row for row in rows.order_by("occurrence", "round")}


def _verdict(
    parent: Matter,
    agreement: Agreement,
    consent: Matter | None,
    windows: dict[int, Obligation],
    book: TermBook,
    at: dt.datetime,
) -> Verdict:
    state = consent.state if consent else ""
    if state in ("objected", "withdrawn"):
        return Verdict(agreement, consent, OBJECTED, f"{agreement.customer} has {state} its consent."
                       if state == "withdrawn" else f"{agreement.customer} has objected.")  # fmt: skip
    if state == "left_out":
        return Verdict(agreement, consent, LEFT_OUT, "Not used for this customer.")
    if state == "granted":
        return Verdict(agreement, consent, CLEARED, "Consent given.")
    if _listed(parent.title, str(book.read(agreement, KEYS[0], when=at.date()).value)):
        return Verdict(agreement, consent, CLEARED, "Named in the list of the agreement.")
    if consent is None:
        return Verdict(agreement, None, NOT_ASKED, f"{agreement.customer} has not been asked.")
    window = windows.get(consent.pk)
    if state != "received" or window is None:
        return Verdict(
            agreement, consent, WAITING, f"{agreement.customer} has not received the question yet."
        )
    return _by_silence(agreement, consent, window, book, at)


def _by_silence(
    agreement: Agreement, consent: Matter, window: Obligation, book: TermBook, at: dt.datetime
) -> Verdict:
    words = f"{agreement.customer} has not consented."
    end = silence_counts_from(agreement, window, book)
    if end is None:
        return Verdict(agreement, consent, WAITING, f"{words} Silence is not consent.")
    if at < end:
        return Verdict(agreement, consent, WAITING, f"{words} Its silence counts from {_utc(end)}.")
    return Verdict(agreement, consent, CLEARED, f"No objection; silence counts since {_utc(end)}.")


def silence_counts_from(agreement: Agreement, window: Obligation, book: TermBook) -> dt.datetime | None:
    """When silence becomes consent, from the clock of the answer; None where it never does.

    The window may end after the change may take effect: then `subprocessors.start_after` decides which counts.
    """
    day = window.started_at.date()
    consent, silence, start_after = (
        book.read(agreement, f"subprocessors.{name}", when=day).value
        for name in ("consent", "silence", "start_after")
    )
    if consent != "general" or silence != "consent":
        return None
    notice = earliest_start(agreement, window.started_at, book)
    if start_after == "notice":
        return notice
    return max(notice, window.due_at) if window.due_at else None


def earliest_start(agreement: Agreement, told_at: dt.datetime, book: TermBook) -> dt.datetime:
    """The first instant after the minimum notice of a general authorisation; without one, the notice itself."""
    value = book.read(agreement, "subprocessors.notice.before", when=told_at.date()).value
    period, _target, _minimum = parse_period(value)
    found = earliest(period, told_at, agreement.calendar_of("processor"))
    return found.due_at if found.legal else told_at


def _listed(name: str, baseline: str) -> bool:
    """Whether the list of an agreement names it, as a whole word."""
    return bool(name) and re.search(rf"(?<!\w){re.escape(name)}(?!\w)", baseline, re.IGNORECASE) is not None


def is_listed(
    parents: Sequence[Matter], agreements: Sequence[Agreement], day: dt.date
) -> dict[int, list[str]]:
    """Customers whose agreement does not name the sub-processor, by sub-processor."""
    book = TermBook(agreements, KEYS[:1])
    lists = [(str(row.customer), str(book.read(row, KEYS[0], when=day).value)) for row in agreements]
    return {
        parent.pk: [name for name, words in lists if not _listed(parent.title, words)] for parent in parents
    }


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%-d %B %Y, %H:%M} UTC"
