"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from disclosures.models import Disclosure
from obligations.actions import advance, open_matter
from obligations.models import Entry, Matter, RestrictedTo


def demand_of(cast: SimpleNamespace, at: dt.datetime, **facts: Any) -> Matter:
    """A court demands calls of Acme and Bodega."""
    known = {
        "received_at": at,
        "authority": "Regional Court",
        "authority_kind": "court",
        "what": "Calls of one week.",
        "agreements": [cast.a.pk, cast.b.pk],
        **facts,
    }
    return open_matter("disclosure", actor=cast.olga, at=at, facts=known, title="Order 12/26")


def told(cast: SimpleNamespace, row: Matter, at: dt.datetime, planned_at: dt.datetime) -> list[Matter]:
    """Nothing forbids it: the notices that are owed now, Acme's first."""
    facts = {"planned_at": planned_at}
    advance([Matter.objects.get(pk=row.pk)], "notify", actor=cast.olga, at=at, facts=facts)
    return list(Matter.objects.filter(parent=row).order_by("agreement"))


def _demand(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return demand_of(cast, at, answer_by=at.date() + dt.timedelta(days=14), agreements=[cast.a.pk])


def _notice(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    row = demand_of(cast, at, agreements=[cast.a.pk])
    return told(cast, row, at, at + dt.timedelta(days=14))[0]


def _secret(prohibition: str) -> Any:
    def ready(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
        Matter.objects.filter(pk=matter.pk).update(restricted=True)
        RestrictedTo.objects.get_or_create(matter=matter, user_id=cast.olga.user_id)
        Disclosure.objects.filter(pk=matter.pk).update(prohibition=prohibition)

    return ready


def _granted(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    _secret("The order.")(cast, matter, at)
    Disclosure.objects.filter(pk=matter.pk).update(law="Code of criminal procedure")


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


def _people(cast: SimpleNamespace, matter: Matter | None, at: dt.datetime) -> dict[str, Any]:
    return {"people": [cast.olga.user_id, cast.anna.user_id]}


BUILDERS = {"disclosure": _demand, "disclosure_notice": _notice}
FACTS = {
    ("disclosure", "open"): _people,
    ("disclosure", "gag"): _people,
    ("disclosure", "show_to"): _people,
}
READY = {
    **{
        ("disclosure", step): _secret("The order.")
        for step in ("show_to", "record_measure", "review_gag", "prolonged", "release")
    },
    ("disclosure", "grant"): _granted,
    ("disclosure", "close"): lambda cast, matter, at: took(matter, "hand_over", at),
    ("disclosure_notice", "withdraw_consent"): lambda cast, matter, at: took(matter, "consent", at),
}
PLACES = ("Berlin", "Madrid", "Dublin", "New York")
MONDAY, THURSDAY = "2026-03-02 09:00", "2026-04-02 10:00"  # before the clocks change; before Easter


def _lines(duty: tuple[str, str], start: str, ends: tuple[str, ...], **target: int) -> list[Any]:
    value = {"word": "promptly", "target": target}
    return [(duty, value, place, start, end, None) for place, end in zip(PLACES, ends, strict=True)]


# Good Friday is free in Berlin and Madrid, Easter Monday in Berlin and Dublin
ONE_DAY = ("2026-04-07 22:00", "2026-04-06 22:00", "2026-04-03 23:00", "2026-04-04 04:00")
TWO_DAYS = ("2026-04-08 22:00", "2026-04-07 22:00", "2026-04-07 23:00", "2026-04-07 04:00")
FIVE_DAYS = ("2026-04-13 22:00", "2026-04-10 22:00", "2026-04-10 23:00", "2026-04-10 04:00")
DAYS_7 = ("2026-03-09 23:00", "2026-03-09 23:00", "2026-03-10 00:00", "2026-03-10 04:00")
DAYS_30 = ("2026-04-01 22:00", "2026-04-01 22:00", "2026-04-01 23:00", "2026-04-02 04:00")
DUE_TIMES = [
    *_lines(("disclosure", "examine"), THURSDAY, TWO_DAYS, business_days=2),
    *_lines(("disclosure", "answer"), THURSDAY, TWO_DAYS, business_days=2),
    *_lines(("disclosure", "review_gag"), MONDAY, DAYS_30, days=30),
    *_lines(("disclosure", "check_gag"), MONDAY, DAYS_7, days=7),
    *_lines(("disclosure_notice", "notify"), THURSDAY, FIVE_DAYS, business_days=5),
    *_lines(("disclosure_notice", "inform"), THURSDAY, ONE_DAY, business_days=1),
]
