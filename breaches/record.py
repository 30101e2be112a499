"""The register of breaches, ours as processor and as controller: facts, effects, remedial action (Art. 33(5))."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from breaches.fields import CATEGORIES, is_content, is_own
from breaches.models import Breach
from obligations.models import Entry, Matter

DECISIONS = (
    "authority_informed",
    "authority_not_needed",
    "subjects_informed",
    "subjects_not_needed",
    "not_a_breach",
)
COLUMNS = (
    ("reference", _("Reference")),
    ("role", _("We are")),
    ("state", _("State")),
    ("data", _("Data")),
    ("where", _("Where")),
    ("happened_at", _("Happened")),
    ("known_there_at", _("Known at the sub-processor")),
    ("suspected_at", _("Suspected")),
    ("confirmed_at", _("Confirmed")),
    ("facts", _("Facts")),
    ("effects", _("Effects")),
    ("remedy", _("Remedial action")),
    ("affected", _("Agreements affected")),
    ("told", _("Notices received")),
    ("risk", _("Risk")),
    ("authority", _("Our authority")),
    ("subjects", _("Data subjects")),
    ("conclusion", _("Conclusion")),
)


@dataclass(frozen=True)
class Line:
    """One breach. `cells` in the order of COLUMNS, as text or instants."""

    matter: Matter
    cells: Sequence[Any]

    @property
    def said(self) -> list[tuple[Any, Any]]:
        """What is known, each with its name; the reference is the heading."""
        pairs = zip((label for _name, label in COLUMNS), self.cells, strict=True)
        return [(label, value) for label, value in pairs if value not in ("", None)][1:]


def lines(breaches: Sequence[Matter]) -> list[Line]:
    """The register's lines. Three statements, however many breaches."""
    ids = [breach.pk for breach in breaches]
    details = {row.matter_id: row for row in Breach.objects.filter(matter__in=ids)}
    decided: dict[tuple[int, str], Entry] = {}
    for made in Entry.objects.filter(matter__in=ids, step__in=DECISIONS, proposed=False).order_by("id"):
        decided[made.matter_id, made.step] = made
    told = {row["parent"]: row for row in _notices(ids)}
    return [_line(breach, details[breach.pk], decided, told.get(breach.pk, {})) for breach in breaches]


def _notices(ids: Iterable[int]) -> Any:
    rows = Matter.objects.filter(kind="breach_notice", parent__in=ids).values("parent")
    received = Count("pk", filter=Q(entries__step__in=("received", "telephoned")), distinct=True)
    return rows.annotate(affected=Count("pk", distinct=True), told=received)


def _line(
    breach: Matter, row: Breach, decided: Mapping[tuple[int, str], Entry], told: Mapping[str, int]
) -> Line:
    def decision(*steps: str) -> str:
        return "; ".join(_words(decided[breach.pk, step]) for step in steps if (breach.pk, step) in decided)

    cells = {
        "reference": f"{breach.reference} {breach.title}",
        "role": _role(row.categories),
        "state": breach.state_label,
        "data": str(dict(CATEGORIES).get(row.categories, row.categories)),
        "where": row.sub_processor or "365 AITECH",
        "happened_at": row.happened_at,
        "known_there_at": row.known_there_at,
        "suspected_at": row.suspected_at,
        "confirmed_at": row.confirmed_at,
        "facts": "\n".join(text for text in (row.description, row.nature) if text),
        "effects": row.consequences,
        "remedy": row.measures,
        "affected": told.get("affected", 0),
        "told": told.get("told", 0),
        "risk": ": ".join(text for text in (row.risk, row.risk_reasons) if text),
        "authority": decision("authority_informed", "authority_not_needed"),
        "subjects": decision("subjects_informed", "subjects_not_needed"),
        "conclusion": row.conclusion or decision("not_a_breach"),
    }
    return Line(breach, [cells[name] for name, _label in COLUMNS])


def _role(categories: str) -> str:
    roles = [
        str(name)
        for name, applies in ((_("processor"), is_content(categories)), (_("controller"), is_own(categories)))
        if applies
    ]
    return ", ".join(roles)


def _words(made: Entry) -> str:
    label = made.matter.clause.step(made.step).label
    more = [made.facts.get(name) for name in ("receipt", "reason", "delay_reasons", "how")]
    return ": ".join([f"{label}, {made.at:%Y-%m-%d %H:%M} UTC", *(str(text) for text in more if text)])
