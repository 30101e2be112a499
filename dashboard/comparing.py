"""An agreement's terms beside those of its standard text: what was negotiated, and since when."""

import datetime as dt
from dataclasses import dataclass

from agreements.coverage import words
from obligations.clauses import term_specs
from obligations.models import Agreement, Term
from obligations.terms import TermBook


@dataclass(frozen=True)
class Line:
    """One term in words. `since`: the day from which the negotiated one holds."""

    label: str
    ours: str
    standard: str
    differs: bool
    since: dt.date | None
    origin: str


def lines(agreement: Agreement, today: dt.date) -> list[Line]:
    """Every term, those that differ first. Four statements."""
    book = TermBook([agreement])
    rows = Term.objects.filter(agreement=agreement, effective_from__lte=today).order_by("effective_from")
    since = {term.key: term.effective_from for term in rows}
    found = []
    for key, spec in term_specs().items():
        ours, standard = book.read(agreement, key, when=today), book.standard(agreement, key, when=today)
        in_words = words(spec.type, ours.value), words(spec.type, standard.value)
        differs = ours.negotiated and ours.value != standard.value
        day = since.get(key) if ours.negotiated else None
        found.append(Line(str(spec.label), *in_words, differs, day, ours.origin))
    return sorted(found, key=lambda line: (not line.differs, line.since is None, line.label))
