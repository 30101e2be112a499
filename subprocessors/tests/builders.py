"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from conftest import START
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter, Obligation, Term
from subprocessors.models import SubProcessor

NEW_ONE = {"service": "Speech recognition", "country": "DE", "list_version": "1"}


def entered(cast: SimpleNamespace, at: dt.datetime, name: str = "Nimbus", **facts: Any) -> Matter:
    """A sub-processor that is entered and not yet proposed."""
    return open_matter("subprocessor", actor=cast.olga, at=at, facts={**NEW_ONE, **facts}, title=name)


def with_contract(cast: SimpleNamespace, row: Matter, at: dt.datetime, **facts: Any) -> Matter:
    """Its contract, with the same obligations."""
    known = {
        "contract_signed_on": at.date(),
        "same_obligations": True,
        "contract": evidence.kept("contract.txt", [b"Contract."]),
    }
    row = Matter.objects.get(pk=row.pk)
    advance([row], "sign_contract", actor=cast.olga, at=at, facts={**known, **facts})
    return Matter.objects.get(pk=row.pk)


def proposed(
    cast: SimpleNamespace, row: Matter, at: dt.datetime, agreements: list[Agreement], starts_on: dt.date
) -> list[Matter]:
    """The questions to these agreements, in their order."""
    facts = {"agreements": [agreement.pk for agreement in agreements], "starts_on": starts_on}
    advance([Matter.objects.get(pk=row.pk)], "propose", actor=cast.olga, at=at, facts=facts)
    asked = {consent.agreement_id: consent for consent in Matter.objects.filter(parent=row, kind="consent")}
    return [asked[agreement.pk] for agreement in agreements]


def transfer_of(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, **facts: Any) -> Matter:
    """A transfer from the customer to us."""
    known = {
        "origin": "EU",
        "country": "US",
        "importer": "365 AITECH",
        "mechanism": "adequacy",
        "valid_from": at.date(),
        **facts,
    }
    return open_matter("transfer", actor=cast.olga, at=at, facts=known, title="Support", agreement=agreement)


def _subprocessor(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return entered(cast, at)


def _consent(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return proposed(cast, entered(cast, at), at, [cast.a], at.date() + dt.timedelta(days=60))[0]


def _failure(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    row = entered(cast, at)
    Matter.objects.filter(pk=row.pk).update(state="active")
    facts = {"what": "No backup was made.", "failed_on": at.date()}
    advance([row], "record_failure", actor=cast.olga, at=at, facts=facts)
    return Matter.objects.get(parent=row)


def _transfer(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return transfer_of(cast, cast.a, at, valid_to=at.date() + dt.timedelta(days=400))


BUILDERS = {
    "subprocessor": _subprocessor,
    "consent": _consent,
    "subprocessor_failure": _failure,
    "transfer": _transfer,
}


def _plain(**facts: Any) -> Any:
    return lambda cast, matter, at: facts


def _asked(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> dict[str, Any]:
    return {"starts_on": at.date() + dt.timedelta(days=60)}


FACTS = {
    ("subprocessor", "open"): _plain(country="DE"),
    ("subprocessor", "record_transfer"): _plain(country="US"),
    ("subprocessor", "propose"): _asked,
    ("subprocessor", "ask_more"): _asked,
    ("consent", "grant"): _plain(list_version="1"),
    ("consent", "record_grant"): _plain(list_version="1"),
    ("transfer", "open"): _plain(country="US"),
}


def _listed(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Matter.objects.filter(pk=matter.pk).update(title="MongoDB")


def _cleared(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    SubProcessor.objects.filter(matter=matter).update(contract_signed_on=at.date())
    Matter.objects.create(
        kind="consent",
        state="granted",
        title=matter.title,
        parent=matter,
        agreement=cast.a,
        customer=cast.a.customer,
        opened_at=at,
    )


def general(agreement: Agreement, **terms: Any) -> None:
    """A contract with a general authorisation: silence counts after 30 days."""
    values = {
        "consent": "general",
        "silence": "consent",
        "objection.within": {"days": 30},
        **{name.replace("_", "."): value for name, value in terms.items()},
    }
    for name, value in values.items():
        key = f"subprocessors.{name}".replace("start.after", "start_after")
        known = {"value": value, "customer": agreement.customer}
        Term.objects.update_or_create(
            agreement=agreement, key=key, effective_from=START.date(), defaults=known
        )


def _window_is_over(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    general(matter.agreement)
    Obligation.objects.get_or_create(
        matter=matter,
        duty="answer",
        defaults={
            "source": "12.1",
            "owed_by": "controller",
            "customer": matter.customer,
            "started_at": at - dt.timedelta(days=31),
            "due_at": at - dt.timedelta(days=1),
        },
    )


READY = {
    ("subprocessor", "baseline"): _listed,
    ("subprocessor", "activate"): _cleared,
    ("subprocessor", "resume"): _cleared,
    ("consent", "deem"): _window_is_over,
}

PLACES = ("Berlin", "Madrid", "Dublin", "New York")
MONDAY, THURSDAY = "2026-03-02 09:00", "2026-04-02 10:00"  # before the clocks change; before Easter


def _lines(owed: tuple[str, str], start: str, ends: tuple[str, ...], **target: int) -> list[Any]:
    value = {"word": "in time", "target": target}
    return [(owed, value, place, start, end, None) for place, end in zip(PLACES, ends, strict=True)]


# 30 days: 1 April; 60 days: 1 May; 90 days: 31 May; a year: 2 March 2027
DAYS_30 = ("2026-04-01 22:00", "2026-04-01 22:00", "2026-04-01 23:00", "2026-04-02 04:00")
DAYS_60 = ("2026-05-01 22:00", "2026-05-01 22:00", "2026-05-01 23:00", "2026-05-02 04:00")
DAYS_90 = ("2026-05-31 22:00", "2026-05-31 22:00", "2026-05-31 23:00", "2026-06-01 04:00")
A_YEAR = ("2027-03-02 23:00", "2027-03-02 23:00", "2027-03-03 00:00", "2027-03-03 05:00")
# Good Friday is free in Berlin and Madrid, Easter Monday in Berlin and Dublin
ONE_DAY = ("2026-04-07 22:00", "2026-04-06 22:00", "2026-04-03 23:00", "2026-04-04 04:00")
FIVE_DAYS = ("2026-04-13 22:00", "2026-04-10 22:00", "2026-04-10 23:00", "2026-04-10 04:00")
TEN_DAYS = ("2026-04-20 22:00", "2026-04-17 22:00", "2026-04-17 23:00", "2026-04-17 04:00")
WINDOW = {"days": 30, "target": {"days": 20}}

DUE_TIMES = [
    *_lines(("subprocessor", "sign_contract"), MONDAY, DAYS_30, days=30),
    *_lines(("subprocessor", "renew_contract"), MONDAY, DAYS_60, days=60),
    *_lines(("subprocessor", "review"), MONDAY, A_YEAR, years=1),
    *_lines(("consent", "ask"), MONDAY, DAYS_30, days=30),
    *_lines(("consent", "stop"), THURSDAY, ONE_DAY, business_days=1),
    *_lines(("subprocessor_failure", "resolve"), THURSDAY, TEN_DAYS, business_days=10),
    *_lines(("transfer", "secure"), THURSDAY, TEN_DAYS, business_days=10),
    *_lines(("transfer", "renew"), MONDAY, DAYS_90, days=90),
    *_lines(("transfer", "check"), MONDAY, A_YEAR, years=1),
    *_lines(("transfer", "decide"), THURSDAY, FIVE_DAYS, business_days=5),
    # The customer's window of 30 days counts in the customer's place; target after 20 days, 22 March
    (("consent", "answer"), WINDOW, "Berlin", MONDAY, "2026-03-22 23:00", "2026-04-01 22:00"),
    (("consent", "answer"), WINDOW, "Madrid", MONDAY, "2026-03-22 23:00", "2026-04-01 22:00"),
    (("consent", "answer"), WINDOW, "Dublin", MONDAY, "2026-03-23 00:00", "2026-04-01 23:00"),
    (("consent", "answer"), WINDOW, "New York", MONDAY, "2026-03-23 04:00", "2026-04-02 04:00"),
]
