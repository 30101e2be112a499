"""An agreement clause by clause: wording, terms as they stand today, and the obligations each clause causes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agreements.models import ClauseText
from obligations.clauses import CLAUSES, term_specs
from obligations.models import Agreement
from obligations.periods import describe_period
from obligations.reading import Clock
from obligations.terms import TermBook


@dataclass(frozen=True)
class TermLine:
    """One term of a clause, in words."""

    label: str
    words: str
    origin: str
    negotiated: bool


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


def clauses(
    agreement: Agreement, book: TermBook, today: dt.date, clocks: Iterable[Clock]
) -> list[ClauseView]:
    """Every clause of the profile, in its order."""
    texts = _newest_texts(agreement)
    by_clause = _terms_by_clause(agreement.profile.clauses)
    running = list(clocks)
    return [
        ClauseView(
            number=number,
            title=clause["title"],
            says=clause.get("says", ""),
            covers=clause["covers"],
            text=texts.get(number),
            terms=[_line(book, agreement, key, today) for key in by_clause.get(number, ())],
            clocks=[clock for clock in running if clock.row.source in clause["covers"]],
        )
        for number, clause in agreement.profile.clauses.items()
    ]


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
        return ", ".join(map(str, value))
    return str(value).replace("_", " ")
