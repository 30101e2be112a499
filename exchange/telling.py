"""What the command line answers: tables that a person can read, and the same as JSON in the API's own shapes."""

import datetime as dt
import json
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.core.serializers.json import DjangoJSONEncoder
from django.utils import timezone

from obligations import api_shapes as shapes
from obligations.clauses import CONTROLLER
from obligations.facts import InvalidFacts
from obligations.models import Matter
from obligations.reading import Clock
from obligations.turn import Refused

WIDEST: Final = 48  # of a column, so that a line stays a line


def as_json(told: Any) -> str:
    """JSON with instants in ISO 8601."""
    return json.dumps(told, cls=DjangoJSONEncoder, indent=2, ensure_ascii=False)


def problem(error: InvalidFacts | Refused) -> dict[str, Any]:
    """A refusal as the API says it (RFC 9457)."""
    if isinstance(error, Refused):
        return {"type": f"/problems/{error.code}", "detail": str(error), "reasons": [*error.reasons.values()]}
    errors = [{"pointer": f"#/facts/{name}", "detail": words} for name, words in error.problems.items()]
    return {"type": "/problems/invalid-facts", "detail": str(error), "errors": errors}


def plain(value: Any) -> str:
    """A text for a terminal: what others typed moves no cursor and begins no line."""
    return "".join(
        " " if unicodedata.category(c)[0] == "C" else c for c in str(value if value is not None else "")
    )


def table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Columns under their names."""
    cells = [list(head), *([_short(plain(cell)) for cell in row] for row in rows)]
    widths = [max(len(row[place]) for row in cells) for place in range(len(head))]
    lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in cells]
    return "\n".join([lines[0], "  ".join("-" * width for width in widths), *lines[1:]])


def _short(text: str) -> str:
    return text if len(text) <= WIDEST else f"{text[: WIDEST - 1]}…"


def moment(at: dt.datetime | str | None, zone: str = "") -> str:
    """An instant in the reader's zone, or in the named one."""
    if not at:
        return ""
    found = dt.datetime.fromisoformat(at) if isinstance(at, str) else at
    return f"{timezone.localtime(found, ZoneInfo(zone) if zone else None):%a %-d %b %Y, %H:%M %Z}"


def named(row: Matter, staff: bool) -> str:
    """Its running reference; a customer's person meets no number that counts our matters."""
    return row.reference if staff else row.public_reference


def due(clocks: Sequence[Clock], staff: bool) -> str:
    """What is due, the next first."""
    rows = [
        (moment(c.when), c.words, c.row.pk, c.duty.title, named(c.row.matter, staff), c.row.matter.title,
         c.row.matter.customer or "", "the customer" if c.theirs else c.row.owner or "")
        for c in clocks
    ]  # fmt: skip
    return table(("when", "left", "no.", "duty", "matter", "title", "customer", "owner"), rows)


def due_json(clock: Clock) -> dict[str, Any]:
    """An obligation of a list, with the matter that it is part of."""
    row = clock.row
    return {
        "matter": {
            name: shapes.matter(row.matter)[name] for name in ("reference", "kind", "title", "customer")
        },
        **shapes.obligation(clock),
        "owner": row.owner.email if row.owner else None,
        "left": clock.left,
    }


def explained(clock: Clock, staff: bool) -> str:
    """Why this date: the page's own card as lines."""
    row, kept = clock.row, clock.row.reckoning
    zone = kept.get("calendar", {}).get("tz", "UTC")
    due, target = kept.get("due"), kept.get("target")
    lines = [
        ("Owed by", "the customer" if row.owed_by == CONTROLLER else "the house"),
        (
            "Starts",
            moment(row.started_at) + (f" ({row.start_fact.replace('_', ' ')})" if row.start_fact else ""),
        ),
        ("Period", row.period),
        ("Comes from", f"{kept.get('origin', '')} {kept.get('term', '')}".strip()),
        ("Calendar", _calendar(kept)),
        (
            "Due before",
            f"{moment(row.due_at)} = {moment(row.due_at, zone)}" if row.due_at else "no legal date",
        ),
        ("Last day", due["last_day"] if due else ""),
        ("Our target", moment(row.target_at)),
        ("Extended", kept["extended"].get("reason", "") if "extended" in kept else ""),
        ("Stands", ", ".join(dict.fromkeys(word for word in (clock.verdict, clock.left) if word))),
        *(
            ("Not counted", f"{skip['date']} {skip['reason']}")
            for skip in (due or target or {}).get("skipped", ())
        ),
    ]
    head = f"{row.pk} {clock.duty.title} (clause {row.source}), {named(row.matter, staff)} {row.matter.title}"
    return "\n".join([plain(head), *(f"  {name:<12}{plain(words)}" for name, words in lines if words)])


def _calendar(kept: dict[str, Any]) -> str:
    place = kept.get("calendar", {})
    where = "-".join(part for part in (place.get("country"), place.get("subdivision")) if part)
    return f"{where or 'Monday to Friday, no holidays'}, {place.get('tz', 'UTC')}; holidays {kept.get('holidays')}"


def whole(told: dict[str, Any], row: Matter, clocks: Sequence[Clock], staff: bool) -> str:
    """A matter: what it is, its clocks, what can be done, and its ledger."""
    about = (
        f"{row.customer or 'the house'}, {row.agreement}"
        if row.agreement
        else str(row.customer or "the house")
    )
    steps = [(step["name"], step["label"], step["blocked"] or "") for step in told["steps"]]
    entries = [(moment(e["at"]), e["step"], e["to"], e["actor"]) for e in told["entries"]]
    parts = [
        plain(f"{row.reference + ' ' if staff else ''}{row.public_reference} {row.title}"),
        plain(f"{row.clause.title}, {row.state_label}, version {row.version}; {about}"),
        due(clocks, staff) if clocks else "No clock runs.",
        table(("step", "", "blocked, because"), steps) if steps else "No step is open to you.",
        table(("when", "step", "state", "by"), entries),
    ]
    return "\n\n".join(parts)
