"""An agreement clause by clause: wording, terms as they stand today, and the obligations each clause causes."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agreements import matrix
from agreements.models import ClauseText
from obligations.clauses import CLAUSES, term_specs
from obligations.models import Agreement, Obligation
from obligations.periods import describe_period
from obligations.reading import Clock, clocks
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
    agreement: Agreement, book: TermBook, today: dt.date, running: Iterable[Clock]
) -> list[ClauseView]:
    """Every clause of the profile, in its order."""
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
            clocks=[clock for clock in running if clock.row.source in clause["covers"]],
        )
        for number, clause in agreement.profile.clauses.items()
    ]


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
    for clock in clocks(rows, now):
        by_source.setdefault(clock.row.source, []).append(clock)
    found = [
        State(row, *_state(row, by_source.get(row.id, ()))) for row in matrix.rows(agreement.profile.clauses)
    ]
    without = agreement.profile.settings.get("without", {})
    return found + [
        State(matrix.Row(id_, "-", "Not in this contract", ()), "none", words)
        for id_, words in without.items()
    ]


def _state(row: matrix.Row, found: Sequence[Clock]) -> tuple[str, str]:
    running = [clock for clock in found if clock.row.is_open]
    late = sum(clock.verdict == "late" for clock in running)
    over = sum(clock.verdict == "over target" for clock in running)
    met = sum(clock.row.state == "met" for clock in found)
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
