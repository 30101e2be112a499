"""The demo's sub-processors with their consents, an audit with its slot, and a contract that has ended."""

import datetime as dt
from zoneinfo import ZoneInfo

from dpa_tracker.demo.rooms import Writer
from obligations.calendars import nth_business_day
from obligations.models import Agreement, Matter
from obligations.models_agreement import calendar_from


def fill(write: Writer) -> None:
    """Each at a point where somebody has to do something."""
    _sub_processors(write)
    _audits(write)
    _exit(write)


def _sub_processors(write: Writer) -> None:
    """A recogniser of speech, asked for: one customer has consented, two have not answered."""
    row = write.open(
        "subprocessor", "Nimbus Speech AG", 12, service="Speech recognition", country="DE", list_version="4"
    )
    write.take(
        row,
        "sign_contract",
        11,
        contract_signed_on=write.at(11).date(),
        same_obligations=True,
        contract=write.file("contract.txt", "The same obligations as in our agreements."),
    )
    asked = [write.cast.a, write.cast.b, write.cast.c]
    starts_on = (write.now + dt.timedelta(days=40)).date()
    write.take(row, "propose", 10, agreements=[one.pk for one in asked], starts_on=starts_on)
    consents = {consent.agreement_id: consent for consent in Matter.objects.filter(parent=row)}
    for agreement in asked:
        write.take(
            consents[agreement.pk], "send", 10, text="Nimbus Speech AG turns speech into text, in Germany."
        )
    letter = write.file("letter.txt", "We consent to Nimbus Speech AG, list 4.")
    write.take(
        consents[write.cast.b.pk],
        "record_grant",
        7,
        typed_name="Berta Solis",
        list_version="4",
        letter=letter,
    )
    write.open(
        "transfer",
        "Support from the United States",
        3,
        write.cast.a,
        origin="EU",
        country="US",
        importer="365 AITECH",
        mechanism="adequacy",
        valid_from=write.now.date(),
        valid_to=(write.now + dt.timedelta(days=65)).date(),
    )


def _audits(write: Writer) -> None:
    """One for which a slot is offered, and a question that is nearly due."""
    a = write.cast.a
    facts = {
        "conducted_by": "customer",
        "auditor": "Nordlicht Energie GmbH",
        "subject": "Access and logging.",
    }
    row = write.open("audit", "Audit of access", 6, a, **facts)
    calendar = calendar_from(a.our_calendar)
    day = nth_business_day(calendar, write.now.date(), 15)
    starts = dt.datetime.combine(day, dt.time(10), ZoneInfo(calendar.tz)).astimezone(dt.UTC)
    write.take(row, "offer", 4, starts_at=starts, ends_at=starts + dt.timedelta(hours=3))
    write.open(
        "information_request", "Certificates", 7, write.cast.b, question="Which certificates are in force?"
    )


def _exit(write: Writer) -> None:
    """A contract that ended some weeks ago: one system is erased, two wait."""
    last_day = write.at(45).date()
    agreement = Agreement.objects.get(customer__name="Tiimeri Oy")
    row = write.open("exit", "End of the contract", 45, agreement, last_day=last_day)
    write.take(row, "plan", 40, systems="Call store\nTranscripts", backups="Nightly backup")
    erased = Matter.objects.get(parent=row, title="Call store")
    write.take(
        erased,
        "erase",
        30,
        method="keys_destroyed",
        erased_on=write.at(30).date(),
        operator="Olga Novak",
    )
