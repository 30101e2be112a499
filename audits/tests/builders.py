"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

from audits.models import Audit
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.calendars import nth_business_day
from obligations.models import Agreement, Matter, Obligation
from obligations.models_agreement import calendar_from

DAY = dt.timedelta(days=1)
BY_CUSTOMER = {"conducted_by": "customer", "auditor": "Acme", "subject": "Calls and measures."}
PRICE = {
    "work": "A model of the data flows.",
    "normal_hours": 4,
    "extra_hours": 6,
    "hourly_rate": 120,
    "currency": "EUR",
}


def slot(cast: SimpleNamespace, at: dt.datetime, days: int = 5) -> dict[str, Any]:
    """Ten to noon at the site, so many business days ahead."""
    calendar = calendar_from(cast.a.our_calendar)
    day = nth_business_day(calendar, at.date(), days)
    starts = dt.datetime.combine(day, dt.time(10), ZoneInfo(calendar.tz)).astimezone(dt.UTC)
    return {"starts_at": starts, "ends_at": starts + dt.timedelta(hours=2)}


def asked(cast: SimpleNamespace, agreement: Agreement, at: dt.datetime, **facts: Any) -> Matter:
    """An audit that was asked for at `at`."""
    known = {**BY_CUSTOMER, **facts}
    return open_matter("audit", actor=cast.olga, at=at, facts=known, title="Audit", agreement=agreement)


def dated(row: Matter, state: str, at: dt.datetime, **facts: Any) -> Matter:
    """The audit as if steps had led it to that state with those facts."""
    Audit.objects.filter(matter=row).update(**facts)
    Matter.objects.filter(pk=row.pk).update(state=state)
    return Matter.objects.select_related("agreement", "customer").get(pk=row.pk)


def held(cast: SimpleNamespace, agreement: Agreement, day: dt.date) -> Matter:
    """An audit that was conducted on that local date."""
    at = dt.datetime.combine(day, dt.time(9), dt.UTC)
    return dated(asked(cast, agreement, at), "conducted", at, conducted_on=day)


def assessment(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    """Help with an assessment, asked for at `at`."""
    facts = {"processing": "Calls", "required_by": "Art. 35 GDPR", "question": "How long are calls kept?"}
    return open_matter("dpia", actor=cast.olga, at=at, facts=facts, title="Calls", agreement=cast.a)


def quoted(cast: SimpleNamespace, row: Matter, at: dt.datetime, **facts: Any) -> Matter:
    """The quote below an audit or an assessment."""
    row = Matter.objects.get(pk=row.pk)
    advance([row], "quote", actor=cast.olga, at=at, facts={**PRICE, **facts})
    return Matter.objects.get(kind="quote", parent=row)


def _information(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    facts = {"question": "Which certificates are there?"}
    return open_matter(
        "information_request", actor=cast.olga, at=at, facts=facts, title="Certificates", agreement=cast.a
    )


def _audit(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    row = asked(cast, cast.a, at)
    Audit.objects.filter(matter=row).update(**slot(cast, at))
    return row


def _finding(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    row = held(cast, cast.a, at.date())
    Matter.objects.filter(pk=row.pk).update(opened_at=at)
    facts = {"finding": "No log of access", "severity": "high", "detail": "There is none."}
    advance([row], "add_finding", actor=cast.olga, at=at, facts=facts)
    return Matter.objects.get(kind="audit_finding", parent=row)


def _authority(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    facts = {
        "authority": "Berlin Commissioner",
        "asks_for": "audit",
        "what": "How calls are kept.",
        "answer_by": at.date() + 30 * DAY,
    }
    row = open_matter(
        "authority_request", actor=cast.olga, at=at, facts=facts, title="Calls", agreement=cast.a
    )
    return row


def _quote(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return quoted(cast, assessment(cast, at), at)


BUILDERS = {
    "information_request": _information,
    "audit": _audit,
    "audit_finding": _finding,
    "authority_request": _authority,
    "dpia": assessment,
    "quote": _quote,
}


def _slot_ahead(cast: SimpleNamespace, matter: Matter | None, at: dt.datetime) -> dict[str, Any]:
    return slot(cast, at)


def _the_offer(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> dict[str, Any]:
    facts = _slot_ahead(cast, matter, at)
    Audit.objects.filter(matter=matter).update(**facts)
    return facts


def _ahead(name: str) -> Any:
    return lambda cast, matter, at: {name: at.date() + 30 * DAY}


def _bill(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> dict[str, Any]:
    return {"cites": "9.2"}


FACTS = {
    ("audit", "wish"): _slot_ahead,
    ("audit", "offer"): _slot_ahead,
    ("audit", "agree"): _the_offer,
    ("audit", "record_agreement"): _the_offer,
    ("audit", "accept_wish"): _the_offer,
    ("authority_request", "open"): _ahead("answer_by"),
    ("authority_request", "name_term"): _ahead("answer_by"),
    ("audit_finding", "plan"): _ahead("done_by"),
    ("quote", "bill"): _bill,
}


def _the_day_has_come(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Audit.objects.filter(matter=matter).update(starts_at=at - DAY, ends_at=at)


def _billable(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Audit.objects.filter(matter=matter).update(**slot(cast, at))
    if not Audit.objects.filter(conducted_on__isnull=False).exists():
        before = held(cast, cast.a, at.date() - 9 * DAY)
        Obligation.objects.filter(matter=before).update(state="lapsed", ended_at=at, next_alert_at=None)


def _nobody_waits(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    Obligation.objects.filter(matter=matter, state="open").update(
        state="lapsed", ended_at=at, next_alert_at=None
    )


def _work_is_done(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    work = Matter.objects.get(pk=matter.parent_id)
    if work.state == "requested":
        Matter.objects.filter(pk=matter.pk).update(state="approved")
        facts = {"text": "Here.", "documents": evidence.kept("help.txt", [b"Help."])}
        advance([work], "deliver", actor=cast.olga, at=at, facts=facts)
        Matter.objects.filter(pk=matter.pk).update(state=matter.state)


READY = {
    ("audit", "begin"): _the_day_has_come,
    ("audit", "quote"): _billable,
    ("authority_request", "close"): _nobody_waits,
    ("quote", "bill"): _work_is_done,
}

PLACES = ("Berlin", "Madrid", "Dublin", "New York")
MONDAY, THURSDAY = "2026-03-02 09:00", "2026-04-02 13:00"  # before the clocks change; before Easter


def _lines(owed: tuple[str, str], start: str, ends: tuple[str, ...], **target: int) -> list[Any]:
    value = {"word": "in time", "target": target}
    return [(owed, value, place, start, end, None) for place, end in zip(PLACES, ends, strict=True)]


# Good Friday, 3 April, is free in Berlin and Madrid; Easter Monday, 6 April, in Berlin and Dublin.
# One business day: 7, 6, 3, 3 April. Three: 9, 8, 8, 7. Five: 13, 10, 10, 9. Ten: 20, 17, 17, 16.
ONE = ("2026-04-07 22:00", "2026-04-06 22:00", "2026-04-03 23:00", "2026-04-04 04:00")
THREE = ("2026-04-09 22:00", "2026-04-08 22:00", "2026-04-08 23:00", "2026-04-08 04:00")
FIVE = ("2026-04-13 22:00", "2026-04-10 22:00", "2026-04-10 23:00", "2026-04-10 04:00")
TEN = ("2026-04-20 22:00", "2026-04-17 22:00", "2026-04-17 23:00", "2026-04-17 04:00")
# Seven days from 2 March: 9 March; New York has summer time from 8 March. Thirty days: 1 April
WEEK = ("2026-03-09 23:00", "2026-03-09 23:00", "2026-03-10 00:00", "2026-03-10 04:00")
DAYS_30 = ("2026-04-01 22:00", "2026-04-01 22:00", "2026-04-01 23:00", "2026-04-02 04:00")

DUE_TIMES = [
    *_lines(("information_request", "deliver"), THURSDAY, TEN, business_days=10),
    *_lines(("audit", "agree_date"), THURSDAY, TEN, business_days=10),
    *_lines(("audit", "allow"), THURSDAY, FIVE, business_days=5),
    *_lines(("audit_finding", "plan"), THURSDAY, TEN, business_days=10),
    *_lines(("audit_finding", "resolve"), MONDAY, WEEK, days=7),
    *_lines(("authority_request", "refer"), THURSDAY, ONE, business_days=1),
    *_lines(("authority_request", "authority_term"), THURSDAY, THREE, business_days=3),
    *_lines(("authority_request", "cooperate"), THURSDAY, FIVE, business_days=5),
    *_lines(("dpia", "assist"), THURSDAY, TEN, business_days=10),
    *_lines(("dpia", "consult"), THURSDAY, FIVE, business_days=5),
    *_lines(("quote", "pay_assistance"), MONDAY, DAYS_30, days=30),
    *_lines(("quote", "pay_audit"), MONDAY, DAYS_30, days=30),
    *_lines(("quote", "pay_agreed"), MONDAY, DAYS_30, days=30),
    *_lines(("quote", "answer_quote"), THURSDAY, TEN, business_days=10),
    *_lines(("quote", "answer_assistance"), THURSDAY, TEN, business_days=10),
    *_lines(("quote", "answer_agreed"), THURSDAY, TEN, business_days=10),
]
