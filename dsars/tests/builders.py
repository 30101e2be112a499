"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from agreements import records
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter, Obligation

NAME = "Zoe Zimmermann"


def request_of(cast: SimpleNamespace, at: dt.datetime, *, about: str = "customer_content") -> Matter:
    """A request that was received at `at`."""
    facts = {
        "received_at": at,
        "right": "access",
        "about": about,
        "subject_name": NAME,
        "subject_contact": "zoe@private.example",
        "request": evidence.kept("zoe-zimmermann.txt", [b"I am Zoe Zimmermann and want my calls."]),
    }
    return open_matter("dsar", actor=cast.olga, at=at, facts=facts, title="Request 1")


def identified(cast: SimpleNamespace, row: Matter, at: dt.datetime, *agreements: Agreement) -> None:
    """It is known at `at` whose request it is."""
    facts = {"identified_at": at, "agreements": [agreement.pk for agreement in agreements]}
    advance([Matter.objects.get(pk=row.pk)], "identify", actor=cast.olga, at=at, facts=facts)


def _dsar(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return request_of(cast, at, about="both")


def _forwarding(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    row = request_of(cast, at)
    identified(cast, row, at, cast.a)
    return Matter.objects.get(kind="dsar_forwarding", parent=row)


def _assistance(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    facts = {
        "right": "access",
        "instruction": "Send us the calls of that number.",
        "subject_name": NAME,
        "subject_contact": "zoe@private.example",
        "request": evidence.kept("zoe-zimmermann.txt", [b"I am Zoe Zimmermann and want my calls."]),
    }
    return open_matter(
        "dsar_assistance", actor=cast.carl, at=at, facts=facts, title="Request 2", agreement=cast.a
    )


def _open(duty: str, source: str) -> Any:
    def ready(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
        values = {"source": source, "owed_by": "processor", "started_at": at, "customer": matter.customer}
        Obligation.objects.get_or_create(matter=matter, duty=duty, defaults=values)
        Obligation.objects.filter(matter=matter, duty=duty).update(state="open")

    return ready


def _ended(duty: str) -> Any:
    def ready(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
        Obligation.objects.filter(matter=matter, duty=duty, state="open").update(
            state="met", met_at=at, ended_at=at, next_alert_at=None
        )

    return ready


def _allowed(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    day = at.date() - dt.timedelta(days=9)
    if matter.agreement and not matter.agreement.terms.filter(key="dsars.reply").exists():
        records.set_term(
            matter.agreement, "dsars.reply", "redirect_only", effective_from=day, actor=cast.olga, at=at
        )


BUILDERS = {"dsar": _dsar, "dsar_forwarding": _forwarding, "dsar_assistance": _assistance}


def _who(cast: SimpleNamespace, matter: Matter | None, at: dt.datetime) -> dict[str, Any]:
    """Somebody whom no other words of the matter name."""
    return {"subject_name": NAME, "subject_contact": "zoe@private.example"}


FACTS = {("dsar", "open"): _who, ("dsar_assistance", "open"): _who}
READY = {
    ("dsar", "answered"): _open("answer_own", "S5"),
    ("dsar", "close"): _ended("answer_own"),
    ("dsar_forwarding", "assisted"): _open("assist", "7.3c"),
    ("dsar_forwarding", "purge"): _ended("assist"),
    ("dsar_assistance", "purge"): _ended("assist"),
    ("dsar_forwarding", "record_reply"): _allowed,
}
IDENTIFY, OWN, PURGE = (("dsar", name) for name in ("identify", "answer_own", "purge"))
FORWARD, ASSIST, MONTH, PURGE_COPY = (
    ("dsar_forwarding", name) for name in ("forward", "assist", "answer_subject", "purge")
)
HELP, PURGE_HELP = (("dsar_assistance", name) for name in ("assist", "purge"))
TEN, ONE_MONTH = {"business_days": 10}, {"months": 1}


def _vague(**target: int) -> dict[str, Any]:
    return {"word": "promptly", "target": target}


DUE_TIMES = [
    # Identified on Thursday 26 March, ten business days across Easter and the change of clocks: 13 April without
    # Good Friday and Easter Monday, 10 April with one of them, 9 April with none
    (FORWARD, TEN, "Berlin", "2026-03-26 09:00", None, "2026-04-13 22:00"),
    (FORWARD, TEN, "Madrid", "2026-03-26 09:00", None, "2026-04-13 22:00"),
    (FORWARD, TEN, "Dublin", "2026-03-26 09:00", None, "2026-04-10 23:00"),
    (FORWARD, TEN, "New York", "2026-03-26 12:00", None, "2026-04-10 04:00"),
    # Received on Thursday 2 April before Easter: two business days
    (IDENTIFY, _vague(business_days=2), "Berlin", "2026-04-02 09:00", "2026-04-08 22:00", None),
    (IDENTIFY, _vague(business_days=2), "Madrid", "2026-04-02 09:00", "2026-04-07 22:00", None),
    (IDENTIFY, _vague(business_days=2), "Dublin", "2026-04-02 09:00", "2026-04-07 23:00", None),
    (IDENTIFY, _vague(business_days=2), "New York", "2026-04-02 12:00", "2026-04-07 04:00", None),
    (ASSIST, _vague(business_days=5), "Berlin", "2026-04-02 09:00", "2026-04-13 22:00", None),
    (HELP, _vague(business_days=5), "Berlin", "2026-04-02 09:00", "2026-04-13 22:00", None),
    (ASSIST, _vague(business_days=5), "Madrid", "2026-04-02 09:00", "2026-04-10 22:00", None),
    (HELP, _vague(business_days=5), "Madrid", "2026-04-02 09:00", "2026-04-10 22:00", None),
    (ASSIST, _vague(business_days=5), "Dublin", "2026-04-02 09:00", "2026-04-10 23:00", None),
    (HELP, _vague(business_days=5), "Dublin", "2026-04-02 09:00", "2026-04-10 23:00", None),
    (ASSIST, _vague(business_days=5), "New York", "2026-04-02 12:00", "2026-04-10 04:00", None),
    (HELP, _vague(business_days=5), "New York", "2026-04-02 12:00", "2026-04-10 04:00", None),
    # A month from Saturday 31 January ends with Saturday 28 February: no roll
    *(
        (duty, ONE_MONTH, place, "2026-01-31 12:00", None, due)
        for duty in (OWN, MONTH)
        for place, due in (
            ("Berlin", "2026-02-28 23:00"),
            ("Madrid", "2026-02-28 23:00"),
            ("Dublin", "2026-03-01 00:00"),
            ("New York", "2026-03-01 05:00"),
        )
    ),
    # 30 days from Monday 2 March: 1 April
    *(
        (duty, _vague(days=30), place, "2026-03-02 09:00", target, None)
        for duty in (PURGE, PURGE_COPY, PURGE_HELP)
        for place, target in (
            ("Berlin", "2026-04-01 22:00"),
            ("Madrid", "2026-04-01 22:00"),
            ("Dublin", "2026-04-01 23:00"),
            ("New York", "2026-04-02 04:00"),
        )
    ),
]
