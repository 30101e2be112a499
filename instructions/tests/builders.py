"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from obligations.actions import open_matter
from obligations.models import Agreement, Entry, Matter

REASONS = (
    "Article 9(1) GDPR forbids to process data on health unless an exception applies. The instruction asks for a list "
    "of callers who mention an illness, for marketing; none of the exceptions of Article 9(2) covers that, and the "
    "callers were not asked."
)


def instruction_of(
    cast: SimpleNamespace, at: dt.datetime, actor: Any = None, agreement: Agreement | None = None
) -> Matter:
    """An instruction of Acme, received at `at`."""
    facts = {"received_at": at, "text": "Keep the calls of the hotline for a year.", "form": "portal"}
    return open_matter(
        "instruction",
        actor=actor or cast.olga,
        at=at,
        facts=facts,
        title="Keep calls longer",
        agreement=agreement or cast.a,
    )


def purpose_of(cast: SimpleNamespace, at: dt.datetime, **facts: Any) -> Matter:
    """A purpose of Acme that the agreement names."""
    known = {
        "purpose": "Answer callers faster",
        "use": "analytics",
        "what": "Calls are sorted by topic.",
        "basis": "agreement",
        **facts,
    }
    return open_matter(
        "purpose", actor=cast.olga, at=at, facts=known, title="Topics of calls", agreement=cast.a
    )


def took(matter: Matter, step: str, at: dt.datetime, **facts: Any) -> None:
    """An entry as a step would have left it."""
    Entry.objects.create(
        matter=matter,
        customer=matter.customer,
        step=step,
        from_state=matter.state,
        to_state=matter.state,
        at=at,
        recorded_at=at,
        actor_name="Olga",
        facts=facts,
    )


def _permitted(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    """Both sides have approved it, and an amendment in force names it."""
    for step in ("approve_for_us", "record_approval"):
        took(matter, step, at - dt.timedelta(minutes=5))
    change = Matter.objects.create(
        kind="amendment",
        state="in_force",
        title="Amendment",
        parent=matter,
        agreement=matter.agreement,
        customer=matter.customer,
        opened_at=at - dt.timedelta(days=2),
    )
    took(change, "sign_for_us", at, signed_by_us_on=(at.date() - dt.timedelta(days=1)).isoformat())


BUILDERS = {"instruction": instruction_of, "purpose": purpose_of}
READY = {("instruction", "execute"): _permitted}
FACTS = {
    ("instruction", "object"): lambda cast, matter, at: {"reasons": REASONS},
    ("purpose", "open"): lambda cast, matter, at: {"basis": "agreement"},
    ("purpose", "change"): lambda cast, matter, at: {"basis": "agreement"},
}
PLACES = ("Berlin", "Madrid", "Dublin", "New York")
MONDAY, THURSDAY = "2026-03-02 09:00", "2026-04-02 10:00"  # before the clocks change; before Easter


def _lines(duty: tuple[str, str], start: str, ends: tuple[str, ...], **target: int) -> list[Any]:
    value = {"word": "promptly", "target": target}
    return [(duty, value, place, start, end, None) for place, end in zip(PLACES, ends, strict=True)]


# Good Friday is free in Berlin and Madrid, Easter Monday in Berlin and Dublin
ONE_DAY = ("2026-04-07 22:00", "2026-04-06 22:00", "2026-04-03 23:00", "2026-04-04 04:00")
FIVE_DAYS = ("2026-04-13 22:00", "2026-04-10 22:00", "2026-04-10 23:00", "2026-04-10 04:00")
TEN_DAYS = ("2026-04-20 22:00", "2026-04-17 22:00", "2026-04-17 23:00", "2026-04-17 04:00")
A_YEAR = ("2027-03-02 23:00", "2027-03-02 23:00", "2027-03-03 00:00", "2027-03-03 05:00")
DUE_TIMES = [
    *_lines(("instruction", "acknowledge"), THURSDAY, ONE_DAY, business_days=1),
    *_lines(("instruction", "answer"), THURSDAY, FIVE_DAYS, business_days=5),
    *_lines(("instruction", "execute"), THURSDAY, TEN_DAYS, business_days=10),
    *_lines(("instruction", "inform"), THURSDAY, ONE_DAY, business_days=1),
    *_lines(("purpose", "review"), MONDAY, A_YEAR, years=1),
]
