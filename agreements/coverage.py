"""An agreement clause by clause: wording, terms as they stand today, and the obligations each clause causes."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max, Q

from agreements import matrix
from agreements.models import ClauseText
from obligations.clauses import CLAUSES, term_specs
from obligations.models import Agreement, Evidence, Obligation
from obligations.periods import describe_period
from obligations.reading import Clock, clock, clocks
from obligations.terms import TermBook


@dataclass(frozen=True)
class TermLine:
    """One term of a clause, in words."""

    label: str
    words: str
    origin: str
    negotiated: bool


@dataclass(frozen=True)
class Proof:
    """The duty that was met last, and the newest file or link of its matter, if there is one."""

    clock: Clock
    evidence: Evidence | None


@dataclass(frozen=True)
class ClauseView:
    """One clause of the agreement's profile, with what hangs on it."""

    number: str
    title: str
    says: str
    covers: Sequence[str]
    text: ClauseText | None
    terms: Sequence[TermLine]
    clocks: Sequence[Clock]
    proof: Proof | None = None


def clauses(
    agreement: Agreement,
    book: TermBook,
    today: dt.date,
    running: Iterable[Clock],
    proofs: Mapping[str, Proof] | None = None,
) -> list[ClauseView]:
    """Every clause of the profile, in its order. `proofs`: what `last_proofs` found."""
    texts = _newest_texts(agreement)
    by_clause = _terms_by_clause(agreement.profile.clauses)
    running = list(running)
    return [
        ClauseView(
            number=number,
            title=clause["title"],
            says=clause.get("says", ""),
            covers=clause["covers"],
            text=texts.get(number),
            terms=[_line(book, agreement, key, today) for key in by_clause.get(number, ())],
            clocks=[one for one in running if one.row.source in clause["covers"]],
            proof=_newest((proofs or {}).get(source) for source in clause["covers"]),
        )
        for number, clause in agreement.profile.clauses.items()
    ]


def last_proofs(agreement: Agreement, now: dt.datetime) -> dict[str, Proof]:
    """By id of the register what was met last, of this agreement or by the house for all. Three statements."""
    # First by the column that has an index, then by the other agreements that a customer may have.
    near = Q(customer=agreement.customer_id) | Q(customer=None)
    ours = Q(matter__agreement=agreement) | Q(matter__agreement=None)
    met = Obligation.objects.filter(near, ours, state="met")
    last = list(met.values("source").annotate(at=Max("met_at")).values_list("source", "at").order_by())
    rows = met.filter(met_at__in={at for _, at in last}).select_related("matter").order_by("pk")
    found = {row.source: row for row in rows if (row.source, row.met_at) in set(last)}
    files = Evidence.objects.filter(matter__in={row.matter_id for row in found.values()}).order_by("pk")
    newest = {file.matter_id: file for file in files}
    return {source: Proof(clock(row, now), newest.get(row.matter_id)) for source, row in found.items()}


def _newest(found: Iterable[Proof | None]) -> Proof | None:
    known = [proof for proof in found if proof and proof.clock.row.met_at]
    return max(known, key=lambda proof: (proof.clock.row.met_at, proof.clock.row.pk), default=None)


@dataclass(frozen=True)
class State:
    """How one id of the register stands in an agreement. `urgency`: late, over, ok or none."""

    row: matrix.Row
    urgency: str
    words: str


def states(agreement: Agreement, now: dt.datetime) -> list[State]:
    """Each id of the agreement's profile: what carries it, and what its clocks say. One statement.

    Last those that the text does without, each with the reason.
    """
    rows = Obligation.objects.filter(matter__agreement=agreement).select_related("matter")
    by_source: dict[str, list[Clock]] = {}
    for one in clocks(rows, now):
        by_source.setdefault(one.row.source, []).append(one)
    found = [
        State(row, *_state(row, by_source.get(row.id, ()))) for row in matrix.rows(agreement.profile.clauses)
    ]
    without = agreement.profile.settings.get("without", {})
    return found + [
        State(matrix.Row(id_, "-", "Not in this contract", ()), "none", words)
        for id_, words in without.items()
    ]


def _state(row: matrix.Row, found: Sequence[Clock]) -> tuple[str, str]:
    running = [one for one in found if one.row.is_open]
    late = sum(one.verdict == "late" for one in running)
    over = sum(one.verdict == "over target" for one in running)
    met = sum(one.row.state == "met" for one in found)
    parts = [
        f"{number} {words}"
        for number, words in (
            (late, "late"),
            (over, "over target"),
            (len(running) - late - over, "running"),
            (met, "met"),
        )
        if number
    ]
    if not parts:
        is_duty = any(carrier.what == "duty" for carrier in row.carriers)
        return "none", "nothing due" if is_duty else "in place" if row.carriers else "not carried"
    return "late" if late else "over" if over else "ok", ", ".join(parts)


def _newest_texts(agreement: Agreement) -> dict[str, ClauseText]:
    rows = ClauseText.objects.filter(agreement=agreement).order_by("evidence_id", "start")
    return {row.number: row for row in rows}


def _terms_by_clause(profile_clauses: dict[str, Any]) -> dict[str, list[str]]:
    """Which clause a term belongs to: the profile says so, else the source of the duty that counts by it."""
    found: dict[str, list[str]] = {}
    sources = {duty.term: duty.source for clause in CLAUSES.values() for duty in clause.duties}
    for number, clause in profile_clauses.items():
        keys = [
            *clause.get("terms", ()),
            *(key for key, source in sources.items() if source in clause["covers"]),
        ]
        found[number] = list(dict.fromkeys(key for key in keys if key in term_specs()))
    return found


def _line(book: TermBook, agreement: Agreement, key: str, today: dt.date) -> TermLine:
    spec = term_specs()[key]
    term = book.read(agreement, key, when=today)
    return TermLine(str(spec.label), words(spec.type, term.value), term.origin, term.negotiated)


def words(kind: str, value: Any) -> str:
    """A term's value as a person reads it."""
    if kind == "period":
        return describe_period(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, (list, tuple)):
        return ", ".join(map(str, value)) or "none named"
    return str(value).replace("_", " ") or "none named"
