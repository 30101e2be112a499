"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from deletion.models import Erasure, Retention
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter, Obligation

PLAN = {"systems": "Database\nCall store", "backups": "Nightly backup"}


def exit_of(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, last_day: dt.date) -> Matter:
    """The end of an agreement, recorded at `at`."""
    facts = {"last_day": last_day}
    return open_matter("exit", actor=cast.olga, at=at, facts=facts, title="The end", agreement=agreement)


def planned(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, last_day: dt.date) -> Matter:
    """An exit with three erasures: Database, Call store, Nightly backup."""
    made = exit_of(cast, agreement, at, last_day)
    advance([made], "plan", actor=cast.olga, at=at, facts=PLAN)
    return Matter.objects.get(pk=made.pk)


def below(row: Matter, title: str) -> Matter:
    """The erasure of that name."""
    return Matter.objects.get(parent=row, title=title)


def retention_of(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, until: dt.date) -> Matter:
    """What law retains, isolated at `at`."""
    facts = {"law": "Sec. 147 AO", "what": "Invoices", "until": until, "access_list": [cast.olga.user_id]}
    return open_matter(
        "retention", actor=cast.olga, at=at, facts=facts, title="Invoices", agreement=agreement
    )


def hold_of(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, systems: str = "") -> Matter:
    """A hold that was requested at `at`."""
    facts = {"basis": "litigation", "law": "Order 7 O 1/26", "what": "Calls", "systems": systems}
    facts = {name: value for name, value in facts.items() if value}
    return open_matter("hold", actor=cast.olga, at=at, facts=facts, title="Lawsuit", agreement=agreement)


def _exit(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return exit_of(cast, cast.a, at, at.date())


def _erasure(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return below(planned(cast, cast.a, at, at.date()), "Database")


def _retention(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return retention_of(cast, cast.a, at, at.date() + dt.timedelta(days=400))


def _hold(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return hold_of(cast, cast.a, at)


BUILDERS = {"exit": _exit, "erasure": _erasure, "retention": _retention, "hold": _hold}


def _later(name: str) -> Any:
    return lambda cast, matter, at: {name: at.date() + dt.timedelta(days=30)}


FACTS = {
    ("exit", "request_return"): _later("wanted_by"),
    ("exit", "request_erasure"): _later("wanted_by"),
    ("erasure", "isolate"): _later("until"),
    ("retention", "open"): _later("until"),
    ("retention", "prolong"): _later("until"),
}


def _all_proven(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    row = Matter.objects.create(
        kind="erasure",
        state="proven",
        title="Database",
        parent=matter,
        agreement=matter.agreement,
        customer=matter.customer,
        opened_at=at,
    )
    facts = {"place": "system", "name": row.title, "last_day": at.date(), "erased_on": at.date()}
    Erasure.objects.create(matter=row, customer=row.customer, **facts)


def _asked_to_return(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Obligation.objects.get_or_create(
        matter=matter,
        duty="return_data",
        defaults={"source": "14.1", "owed_by": "processor", "started_at": at, "customer": matter.customer},
    )


def _has_ended(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Retention.objects.filter(matter=matter).update(until=at.date() - dt.timedelta(days=1))


READY = {
    ("exit", "settle"): _all_proven,
    ("exit", "complete"): _all_proven,
    ("exit", "certify"): _all_proven,
    ("exit", "returned"): _asked_to_return,
    ("retention", "expire"): _has_ended,
}

ERASE_ALL, RETURN, EARLY, CERTIFY = (
    ("exit", name) for name in ("erase_all", "return_data", "erase_early", "certify")
)
ERASE, END, EXPIRED = ("erasure", "erase"), ("retention", "check_the_end"), ("retention", "erase_expired")
DECIDE, REVIEW = ("hold", "decide"), ("hold", "review")
TWO_YEARS = {"years": 2, "target": {"days": 90}}


def _vague(**target: int) -> dict[str, Any]:
    return {"word": "in time", "target": target}


# A last day is a date: it starts at its own midnight, and two years later the same date ends it.
DUE_TIMES = [
    # Saturday 31 January 2026 to Monday 31 January 2028; 90 days: 1 May
    (ERASE_ALL, TWO_YEARS, "Berlin", "2026-01-30 23:00", "2026-05-01 22:00", "2028-01-31 23:00"),
    (ERASE_ALL, TWO_YEARS, "Madrid", "2026-01-30 23:00", "2026-05-01 22:00", "2028-01-31 23:00"),
    (ERASE_ALL, TWO_YEARS, "Dublin", "2026-01-31 00:00", "2026-05-01 23:00", "2028-02-01 00:00"),
    (ERASE_ALL, TWO_YEARS, "New York", "2026-01-31 05:00", "2026-05-02 04:00", "2028-02-01 05:00"),
    # Saturday 1 May 2027 to Tuesday 1 May 2029, a free day in Berlin and Madrid: it does not roll
    (ERASE_ALL, TWO_YEARS, "Berlin", "2027-04-30 22:00", "2027-07-30 22:00", "2029-05-01 22:00"),
    (ERASE_ALL, TWO_YEARS, "Madrid", "2027-04-30 22:00", "2027-07-30 22:00", "2029-05-01 22:00"),
    (ERASE_ALL, TWO_YEARS, "Dublin", "2027-04-30 23:00", "2027-07-30 23:00", "2029-05-01 23:00"),
    (ERASE_ALL, TWO_YEARS, "New York", "2027-05-01 04:00", "2027-07-31 04:00", "2029-05-02 04:00"),
    # Tuesday 29 February 2028: 2030 has none, so Thursday 28 February; 90 days: 29 May
    (ERASE, TWO_YEARS, "Berlin", "2028-02-28 23:00", "2028-05-29 22:00", "2030-02-28 23:00"),
    (ERASE, TWO_YEARS, "Madrid", "2028-02-28 23:00", "2028-05-29 22:00", "2030-02-28 23:00"),
    (ERASE, TWO_YEARS, "Dublin", "2028-02-29 00:00", "2028-05-29 23:00", "2030-03-01 00:00"),
    (ERASE, TWO_YEARS, "New York", "2028-02-29 05:00", "2028-05-30 04:00", "2030-03-01 05:00"),
    # Monday 2 March, over the change of clocks: 14 days to 16 March, 30 days to 1 April, 90 days to 31 May
    (RETURN, _vague(days=14), "Berlin", "2026-03-02 09:00", "2026-03-16 23:00", None),
    (RETURN, _vague(days=14), "Madrid", "2026-03-02 09:00", "2026-03-16 23:00", None),
    (RETURN, _vague(days=14), "Dublin", "2026-03-02 09:00", "2026-03-17 00:00", None),
    (RETURN, _vague(days=14), "New York", "2026-03-02 09:00", "2026-03-17 04:00", None),
    *(
        (duty, _vague(days=30), place, "2026-03-02 09:00", target, None)
        for duty in (EARLY, END)
        for place, target in (
            ("Berlin", "2026-04-01 22:00"),
            ("Madrid", "2026-04-01 22:00"),
            ("Dublin", "2026-04-01 23:00"),
            ("New York", "2026-04-02 04:00"),
        )
    ),
    (REVIEW, _vague(days=90), "Berlin", "2026-03-02 09:00", "2026-05-31 22:00", None),
    (REVIEW, _vague(days=90), "Madrid", "2026-03-02 09:00", "2026-05-31 22:00", None),
    (REVIEW, _vague(days=90), "Dublin", "2026-03-02 09:00", "2026-05-31 23:00", None),
    (REVIEW, _vague(days=90), "New York", "2026-03-02 09:00", "2026-06-01 04:00", None),
    # A retention until Thursday 31 December 2026: 30 days to 30 January
    (EXPIRED, _vague(days=30), "Berlin", "2026-12-30 23:00", "2027-01-30 23:00", None),
    (EXPIRED, _vague(days=30), "Madrid", "2026-12-30 23:00", "2027-01-30 23:00", None),
    (EXPIRED, _vague(days=30), "Dublin", "2026-12-31 00:00", "2027-01-31 00:00", None),
    (EXPIRED, _vague(days=30), "New York", "2026-12-31 05:00", "2027-01-31 05:00", None),
    # Thursday before Easter: five business days
    (CERTIFY, _vague(business_days=5), "Berlin", "2026-04-02 10:00", "2026-04-13 22:00", None),
    (CERTIFY, _vague(business_days=5), "Madrid", "2026-04-02 10:00", "2026-04-10 22:00", None),
    (CERTIFY, _vague(business_days=5), "Dublin", "2026-04-02 10:00", "2026-04-10 23:00", None),
    (CERTIFY, _vague(business_days=5), "New York", "2026-04-02 10:00", "2026-04-10 04:00", None),
    # Wednesday 25 November, the eve of Thanksgiving: two business days
    (DECIDE, _vague(business_days=2), "Berlin", "2026-11-25 15:00", "2026-11-27 23:00", None),
    (DECIDE, _vague(business_days=2), "Madrid", "2026-11-25 15:00", "2026-11-27 23:00", None),
    (DECIDE, _vague(business_days=2), "Dublin", "2026-11-25 15:00", "2026-11-28 00:00", None),
    (DECIDE, _vague(business_days=2), "New York", "2026-11-25 15:00", "2026-12-01 05:00", None),
]
