"""What the customer tells its supervisory authority (Art. 33(3) GDPR), from what we told the customer.

Read from the entries of the customer's own notice, never from the breach: what it was sent is what it may use.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from breaches.content import read_back
from obligations.models import Entry, Matter
from obligations.reading import Clock

TOLD = ("send", "send_again", "supplement", "guidance")
# Art. 33(3): point, what it asks, the parts of our own description that answer it.
POINTS = (
    (
        "a",
        gettext_lazy(
            "Nature of the breach, with categories and approximate numbers of data subjects and records"
        ),
        ("nature", "subjects", "subjects_number", "records", "records_number"),
    ),
    ("b", gettext_lazy("Contact point where more information can be obtained"), ("contact_point",)),
    ("c", gettext_lazy("Likely consequences of the breach"), ("consequences",)),
    ("d", gettext_lazy("Measures taken or proposed to address it"), ("measures",)),
)


@dataclass(frozen=True)
class Told:
    """One text that we sent, as it was sent."""

    label: str
    at: dt.datetime
    text: str


@dataclass(frozen=True)
class Point:
    """One point of Art. 33(3) and what we have said on it so far: (label, words)."""

    letter: str
    asks: str
    parts: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Report:
    """A notification to the authority, ready to complete and send."""

    matter: Matter
    suspected_at: str
    received_at: dt.datetime | None
    due_at: dt.datetime | None
    told: Sequence[Told]
    points: Sequence[Point]

    @property
    def text(self) -> str:
        """The report as plain text, to copy into the authority's form or a mail."""
        lines = [_("Notification of a personal data breach (Art. 33 GDPR)"), "", *self._facts()]
        for point in self.points:
            lines += ["", f"({point.letter}) {point.asks}"]
            lines += [f"{label}: {words}" for label, words in point.parts] or [_("Not known yet.")]
        lines += ["", _("What our processor, 365 AITECH, told us")]
        for told in self.told:
            lines += ["", f"{told.label}, {_utc(told.at)}", told.text]
        return "\n".join(str(line) for line in lines)

    def _facts(self) -> list[str]:
        known = [
            (_("Controller"), str(self.matter.customer)),
            (_("Processor"), "365 AITECH"),
            (_("Processor's reference"), self.matter.public_reference),
            (_("First suspected by the processor"), _utc(dt.datetime.fromisoformat(self.suspected_at))),
            (
                _("We were told"),
                _utc(self.received_at) if self.received_at else _("receipt not confirmed yet"),
            ),
        ]
        return [f"{label}: {words}" for label, words in known]


def report(notice: Matter, entries: Sequence[Entry], running: Sequence[Clock]) -> Report:
    """`entries`: of the notice, oldest first; `running`: its clocks."""
    told = [Told(_label(notice, e), e.at, e.facts["text"]) for e in entries if _is_told(e)]
    known: dict[str, tuple[str, str]] = {}
    for text in told:
        known |= read_back(text.text)
    clock = next((c for c in running if c.duty.name.startswith("inform_authority")), None)
    opened = next((e for e in entries if e.step == "open"), None)
    return Report(
        matter=notice,
        suspected_at=opened.facts.get("suspected_at", "") if opened else notice.opened_at.isoformat(),
        received_at=_received(notice, entries),
        due_at=clock.row.due_at if clock else None,
        told=told,
        points=[_point(letter, str(asks), names, known) for letter, asks, names in POINTS],
    )


def _point(letter: str, asks: str, names: Sequence[str], known: Mapping[str, tuple[str, str]]) -> Point:
    return Point(letter, str(asks), [known[name] for name in names if name in known])


def _is_told(entry: Entry) -> bool:
    return entry.step in TOLD and not entry.proposed and bool(entry.facts.get("text"))


def _label(notice: Matter, entry: Entry) -> str:
    names = {"send": _("Notice"), "send_again": _("Notice"), "supplement": _("Supplement")}
    return names.get(entry.step, _("Guidance"))


def _received(notice: Matter, entries: Sequence[Entry]) -> dt.datetime | None:
    return next((e.at for e in entries if e.step in ("received", "telephoned")), None)


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%-d %B %Y, %H:%M} UTC"
