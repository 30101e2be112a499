"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Entry, Matter


def file() -> dict[str, Any]:
    """A file that proves something."""
    return evidence.kept("proof.txt", [b"Proof."])


def person_of(cast: SimpleNamespace, at: dt.datetime, hired_on: dt.date) -> Matter:
    """Somebody who starts on that day."""
    return open_matter("person", actor=cast.olga, at=at, facts={"hired_on": hired_on}, title="P. Person")


def bound_and_trained(cast: SimpleNamespace, row: Matter, at: dt.datetime) -> None:
    """The undertaking is signed and the training held."""
    for step, facts in (
        ("undertake", {"undertaking": file()}),
        ("train", {"trained_on": at.date(), "proof": file()}),
    ):
        advance([Matter.objects.get(pk=row.pk)], step, actor=cast.olga, at=at, facts=facts)


def finding_of(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    """Health data in a call of Acme."""
    facts = {"found_at": at, "category": "health", "where": "A call of Monday."}
    return open_matter(
        "sensitive_finding", actor=cast.olga, at=at, facts=facts, title="Health data", agreement=cast.a
    )


def measure_of(cast: SimpleNamespace, at: dt.datetime, item: str) -> Matter:
    """A measure for one item of Appendix 2."""
    facts = {"item": item, "description": "Badges."}
    return open_matter("measure", actor=cast.olga, at=at, facts=facts, title="Badges")


def policy_of(cast: SimpleNamespace, at: dt.datetime, topic: str) -> Matter:
    """A policy in force."""
    facts = {"topic": topic, "version": "1", "document": file()}
    return open_matter("policy", actor=cast.olga, at=at, facts=facts, title="A policy")


BUILDERS = {
    "policy": lambda cast, at: policy_of(cast, at, "access_control"),
    "measure": lambda cast, at: measure_of(cast, at, "restricted_areas"),
    "person": lambda cast, at: person_of(cast, at, at.date() + dt.timedelta(days=7)),
    "sensitive_finding": finding_of,
}


def _bound(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    for step in ("undertake", "train"):
        Entry.objects.create(
            matter=matter,
            step=step,
            from_state="hired",
            to_state="hired",
            at=at,
            recorded_at=at,
            actor_name="Olga",
        )


READY = {("person", "authorise"): _bound}
YEARLY, YEAR = {"word": "regularly", "target": {"years": 1}}, {"years": 1}
DECIDE, CARRY_OUT = ("sensitive_finding", "decide"), ("sensitive_finding", "carry_out")
PLACES = ("Berlin", "Madrid", "Dublin", "New York")


def _vague(**target: int) -> dict[str, Any]:
    return {"word": "promptly", "target": target}


DUE_TIMES = [
    # A year from 29 February 2028 is 28 February 2029, a Wednesday; nothing rolls
    *(
        (duty, YEARLY, place, "2028-02-29 12:00", target, None)
        for duty in (("policy", "review"), ("measure", "review"), ("person", "review_access"))
        for place, target in (
            ("Berlin", "2029-02-28 23:00"),
            ("Madrid", "2029-02-28 23:00"),
            ("Dublin", "2029-03-01 00:00"),
            ("New York", "2029-03-01 05:00"),
        )
    ),
    (("person", "training"), YEAR, "Berlin", "2028-02-28 23:00", None, "2029-02-28 23:00"),
    (("person", "training"), YEAR, "Madrid", "2028-02-28 23:00", None, "2029-02-28 23:00"),
    (("person", "training"), YEAR, "Dublin", "2028-02-29 00:00", None, "2029-03-01 00:00"),
    (("person", "training"), YEAR, "New York", "2028-02-29 05:00", None, "2029-03-01 05:00"),
    # The first day itself is the end, wherever it is
    *(
        (("person", duty), None, place, "2026-04-01 22:00", None, "2026-04-01 22:00")
        for duty in ("undertake", "first_training")
        for place in PLACES
    ),
    # Thursday before Easter: one, five and ten business days
    *(
        (duty, _vague(business_days=1), place, "2026-04-02 10:00", target, None)
        for duty in (("person", "remove_access"), ("sensitive_finding", "inform"))
        for place, target in (
            ("Berlin", "2026-04-07 22:00"),
            ("Madrid", "2026-04-06 22:00"),
            ("Dublin", "2026-04-03 23:00"),
            ("New York", "2026-04-04 04:00"),
        )
    ),
    (
        DECIDE,
        _vague(business_days=5),
        "Berlin",
        "2026-04-02 10:00",
        "2026-04-13 22:00",
        None,
    ),
    (
        DECIDE,
        _vague(business_days=5),
        "Madrid",
        "2026-04-02 10:00",
        "2026-04-10 22:00",
        None,
    ),
    (
        DECIDE,
        _vague(business_days=5),
        "Dublin",
        "2026-04-02 10:00",
        "2026-04-10 23:00",
        None,
    ),
    (
        DECIDE,
        _vague(business_days=5),
        "New York",
        "2026-04-02 10:00",
        "2026-04-10 04:00",
        None,
    ),
    (
        CARRY_OUT,
        _vague(business_days=10),
        "Berlin",
        "2026-04-02 10:00",
        "2026-04-20 22:00",
        None,
    ),
    (
        CARRY_OUT,
        _vague(business_days=10),
        "Madrid",
        "2026-04-02 10:00",
        "2026-04-17 22:00",
        None,
    ),
    (
        CARRY_OUT,
        _vague(business_days=10),
        "Dublin",
        "2026-04-02 10:00",
        "2026-04-17 23:00",
        None,
    ),
    (
        CARRY_OUT,
        _vague(business_days=10),
        "New York",
        "2026-04-02 10:00",
        "2026-04-17 04:00",
        None,
    ),
]
