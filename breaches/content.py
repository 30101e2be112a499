"""What Art. 33(3) GDPR wants a notice to say. An empty column is "unknown yet", and it is asked for again."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _

from breaches.models import Breach
from obligations.clauses import Facts, Field
from obligations.models import Matter

LATER = _("Leave it empty while it is unknown: you will be asked again.")
CONTENT = (
    Field("nature", "long_text", _("Nature of the breach"), LATER, required=False),
    Field("subjects", "text", _("Categories of data subjects"), LATER, required=False),
    Field("subjects_number", "text", _("Data subjects, roughly"), LATER, required=False),
    Field("records", "text", _("Categories of records"), LATER, required=False),
    Field("records_number", "text", _("Records, roughly"), LATER, required=False),
    Field("contact_point", "text", _("Where to get more information"), LATER, required=False),
    Field("consequences", "long_text", _("Likely consequences"), LATER, required=False),
    Field("measures", "long_text", _("Measures taken and proposed"), LATER, required=False),
)
RECORD = ("nature", "consequences", "measures")  # Art. 33(5): facts, effects, remedial action


NAMES = tuple(part.name for part in CONTENT)


def unknown(row: Breach, names: Sequence[str] = NAMES) -> list[str]:
    """Labels of what is unknown yet."""
    labels = {field.name: str(field.label) for field in CONTENT}
    return [labels[name] for name in names if not getattr(row, name)]


def something_is_unknown(breach: Matter, facts: Facts) -> bool:
    """Whether the processor still owes a part of Art. 33(3). When a breach is reported, it always does."""
    if "suspected_at" in facts:
        return True
    return bool(unknown(Breach.objects.get(matter=breach)))


def something_is_told(pairs: Sequence[tuple[Matter, Facts]], now: object) -> list[str]:
    """A description that describes nothing is refused."""
    words = "Write down at least one of these; what stays empty is unknown yet."
    return ["" if facts else words for _, facts in pairs]


def unknown_by_parent(parents: Sequence[int]) -> Mapping[int, list[str]]:
    """What is unknown yet, by breach."""
    return {row.matter_id: unknown(row) for row in Breach.objects.filter(matter__in=parents)}


def as_text(row: Breach) -> str:
    """The content as the draft of a supplement: what is known, and what is not."""
    known = [(field.label, getattr(row, field.name)) for field in CONTENT if getattr(row, field.name)]
    lines = [f"{label}: {value}" for label, value in known]
    missing: list[Any] = unknown(row)
    if missing:
        lines.append(f"{_('Not known yet')}: {', '.join(missing)}.")
    return "\n\n".join(lines)


def read_back(text: str) -> dict[str, tuple[str, str]]:
    """The parts of a text that `as_text` began and a person may have edited: name -> (label, words)."""
    labels = {str(field.label): field.name for field in CONTENT}
    found = {}
    for block in text.replace("\r\n", "\n").split("\n\n"):
        label, colon, words = block.strip().partition(":")
        if colon and label in labels and words.strip():
            found[labels[label]] = (label, words.strip())
    return found
