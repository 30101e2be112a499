"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Entry, Matter, Obligation


def _agreement(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return Matter.objects.get(kind="agreement", agreement=cast.a)


def proposed(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, *, by_law: bool = True) -> Matter:
    """An amendment that the law needs, unless it says otherwise."""
    facts = {"subject": "New clauses", "why": "The old ones were repealed.", "needed_by_law": by_law}
    return open_matter(
        "amendment", actor=cast.olga, at=at, facts=facts, title="New clauses", agreement=agreement
    )


def agreed(cast: SimpleNamespace, row: Matter, at: dt.datetime, **facts: Any) -> None:
    """Its text is agreed, to be signed."""
    text = {"text": evidence.kept("agreed.txt", [b"Agreed."])}
    advance([Matter.objects.get(pk=row.pk)], "agree", actor=cast.olga, at=at, facts={**text, **facts})


def signed(cast: SimpleNamespace, row: Matter, at: dt.datetime, ours: dt.date, theirs: dt.date) -> None:
    """Both sides sign it."""
    for step, actor, facts in (
        ("sign_for_us", cast.anna, {"signed_by_us_on": ours}),
        ("sign_for_customer", cast.sven, {"signed_by_customer_on": theirs}),
    ):
        row = Matter.objects.get(pk=row.pk)
        advance([row], step, actor=actor, at=at, facts={**facts, "typed_name": actor.name})


def _amendment(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return proposed(cast, cast.a, at)


def _failed(cast: SimpleNamespace, at: dt.datetime) -> None:
    row = proposed(cast, cast.a, at)
    advance([row], "fail", actor=cast.anna, at=at, facts={"reason": "They differ."})


def _in(days: int, name: str) -> Any:
    return lambda cast, matter, at: {name: at.date() + dt.timedelta(days=days)}


def _termination(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    _failed(cast, at)
    facts = {"end_on": at.date() + dt.timedelta(days=60), "reason": "No agreement."}
    return open_matter(
        "termination_notice", actor=cast.anna, at=at, facts=facts, title="The end", agreement=cast.a
    )


def _record(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    facts = {"record": evidence.kept("record.txt", [b"Record."])}
    return open_matter("processing_record", actor=cast.olga, at=at, facts=facts, title="Record")


def _opening_a_termination(cast: SimpleNamespace, matter: Matter | None, at: dt.datetime) -> dict[str, Any]:
    if not Matter.objects.filter(kind="amendment", agreement=cast.a, state="failed").exists():
        _failed(cast, at)
    return {"end_on": at.date() + dt.timedelta(days=60)}


def _unmet(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Obligation.objects.get_or_create(
        matter=matter,
        duty="inform_ccpa",
        defaults={"source": "S8", "owed_by": "processor", "started_at": at, "customer": matter.customer},
    )


def _certified(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Matter.objects.get_or_create(
        kind="exit",
        state="certified",
        agreement=matter.agreement,
        defaults={"title": "The end", "customer": matter.customer, "opened_at": at},
    )


def _both_signed(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    for step, name in (
        ("sign_for_us", "signed_by_us_on"),
        ("record_signature", "signed_by_customer_on"),
    ):
        Entry.objects.create(
            matter=matter,
            customer=matter.customer,
            step=step,
            to_state="agreed",
            from_state="agreed",
            at=at,
            recorded_at=at,
            actor_name="Olga",
            facts={name: at.date().isoformat()},
        )


BUILDERS = {
    "agreement": _agreement,
    "amendment": _amendment,
    "termination_notice": _termination,
    "processing_record": _record,
}
FACTS = {
    ("agreement", "clause_status"): lambda cast, matter, at: {"clause": "13"},
    ("amendment", "agree"): lambda cast, matter, at: {"changes": "dsars.forward.within: {business_days: 5}"},
    ("termination_notice", "open"): _opening_a_termination,
    ("termination_notice", "take_effect"): _in(60, "last_day"),
}
READY = {
    ("agreement", "inform_ccpa"): _unmet,
    ("agreement", "end"): _certified,
    ("amendment", "enter_into_force"): _both_signed,
}

CERTIFY, INFORM = ("agreement", "certify_ccpa"), ("agreement", "inform_ccpa")
AGREE, NEGOTIATE = ("amendment", "agree"), ("amendment", "negotiate")
DELIVER, END = ("termination_notice", "deliver"), ("termination_notice", "end_services")
REVIEW = ("processing_record", "review")
NOTICE = {"days": 30, "minimum": True}
PLACES = ("Berlin", "Madrid", "Dublin", "New York")


def _vague(**target: int) -> dict[str, Any]:
    return {"word": "regularly", "target": target}


DUE_TIMES = [
    # A year from Saturday 29 February 2028 ends with Wednesday 28 February 2029
    *(
        (duty, _vague(years=1), place, "2028-02-29 12:00", target, None)
        for duty in (CERTIFY, REVIEW)
        for place, target in (
            ("Berlin", "2029-02-28 23:00"),
            ("Madrid", "2029-02-28 23:00"),
            ("Dublin", "2029-03-01 00:00"),
            ("New York", "2029-03-01 05:00"),
        )
    ),
    # Thursday before Easter, five business days: Friday and Monday are free in Berlin, Friday in Madrid (in Ireland
    # only Monday, the banks' Good Friday is a working day by law), neither in New York
    (INFORM, {"business_days": 5}, "Berlin", "2026-04-02 10:00", None, "2026-04-13 22:00"),
    (INFORM, {"business_days": 5}, "Madrid", "2026-04-02 10:00", None, "2026-04-10 22:00"),
    (INFORM, {"business_days": 5}, "Dublin", "2026-04-02 10:00", None, "2026-04-10 23:00"),
    (INFORM, {"business_days": 5}, "New York", "2026-04-02 10:00", None, "2026-04-10 04:00"),
    # 30 days from Monday 2 March, over the change of clocks: Wednesday 1 April
    (AGREE, _vague(days=30), "Berlin", "2026-03-02 09:00", "2026-04-01 22:00", None),
    (AGREE, _vague(days=30), "Madrid", "2026-03-02 09:00", "2026-04-01 22:00", None),
    (AGREE, _vague(days=30), "Dublin", "2026-03-02 09:00", "2026-04-01 23:00", None),
    (AGREE, _vague(days=30), "New York", "2026-03-02 09:00", "2026-04-02 04:00", None),
    # Ten business days from Monday 2 March: Monday 16 March (17 March is free in Dublin only, the clocks of
    # New York change on 8 March)
    (NEGOTIATE, _vague(business_days=10), "Berlin", "2026-03-02 09:00", "2026-03-16 23:00", None),
    (NEGOTIATE, _vague(business_days=10), "Madrid", "2026-03-02 09:00", "2026-03-16 23:00", None),
    (NEGOTIATE, _vague(business_days=10), "Dublin", "2026-03-02 09:00", "2026-03-17 00:00", None),
    (NEGOTIATE, _vague(business_days=10), "New York", "2026-03-02 09:00", "2026-03-17 04:00", None),
    # The term of a notice is a minimum: 30 full days after Monday 2 March are over with Wednesday 1 April
    (DELIVER, NOTICE, "Berlin", "2026-03-02 09:00", None, "2026-04-01 22:00"),
    (DELIVER, NOTICE, "Madrid", "2026-03-02 09:00", None, "2026-04-01 22:00"),
    (DELIVER, NOTICE, "Dublin", "2026-03-02 09:00", None, "2026-04-01 23:00"),
    (DELIVER, NOTICE, "New York", "2026-03-02 09:00", None, "2026-04-02 04:00"),
    # No term at all: the appointed instant itself, wherever it is
    *((END, None, place, "2026-04-01 22:00", None, "2026-04-01 22:00") for place in PLACES),
]
