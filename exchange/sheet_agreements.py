"""Agreements and their notice contacts, written by agreements/records.py."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.models import Customer, User
from accounts.roles import Actor
from agreements import records
from exchange.cells_in import calendar, calendar_text, date, email, longest, one_of, text
from exchange.sheets import Column, Line, Sheet, by
from obligations.actions import advance
from obligations.models import Agreement, Entry, Matter, NoticeContact, Profile

SIGNED: Final = ("signed_by_us_on", "signed_by_customer_on")
CUSTOMER = Column("customer", _("The customer's name."), text, True, "Acme GmbH")
AGREEMENT = Column("agreement", _("The agreement's title."), text, True, "DPA with Acme")
COLUMNS: Final = (
    CUSTOMER,
    AGREEMENT,
    Column("profile", _("The text that was signed; 365-aitech if empty."), text, example="365-aitech"),
    Column(
        "customer_role",
        _("controller or processor."),
        one_of(("controller", "processor")),
        True,
        "controller",
    ),
    Column(
        "our_calendar", _("Where we sit: “DE-BE Europe/Berlin”."), calendar, example="DE-BE Europe/Berlin"
    ),
    Column("their_calendar", _("Where the customer sits."), calendar, example="ES-MD Europe/Madrid"),
    Column("language", _("Of notices: en, de, es ..."), longest(10), example="en"),
    Column("region", _("As you group agreements."), longest(60), example="EU"),
    Column("owner", _("Address of the person of the house who answers for it."), email),
    Column("deputy", _("Address of the deputy."), email),
    Column("signed_by_us_on", _("2026-03-27; with both dates it is in force."), date, example="2026-01-05"),
    Column("signed_by_customer_on", _("2026-03-27."), date, example="2026-01-07"),
)


def judge(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """What is new, what differs. Six statements however many lines there are."""
    names = {line.values["customer"] for line in lines}
    rows = list(
        Agreement.objects.filter(customer__name__in=names).select_related(
            "customer", "profile", "owner", "deputy"
        )
    )
    known = {(row.customer.name, row.title): row for row in rows}
    states = {m.agreement_id: m for m in Matter.objects.filter(kind="agreement", agreement__in=rows)}
    signed = dict(
        Entry.objects.filter(matter__in=states.values(), step="sign").values_list(
            "matter__agreement_id", "facts"
        )
    )
    profiles = set(Profile.objects.values_list("key", flat=True))
    people = house({line.values.get(name) for line in lines for name in ("owner", "deputy")})
    for line in lines:
        line.found = known.get((line.values["customer"], line.values["agreement"]))
        line.new = line.found is None
        _check(line, profiles, people, now)
        if line.found:
            _differences(line, line.found, signed.get(line.found.pk, {}), states.get(line.found.pk))


def house(addresses: set[Any]) -> dict[str, User]:
    """People of the house who can sign in, by address."""
    rows = User.objects.filter(
        email__in=[a for a in addresses if a], is_active=True, memberships__customer=None
    )
    return {row.email: row for row in rows.distinct()}


def _check(line: Line, profiles: set[str], people: dict[str, User], now: dt.datetime) -> None:
    profile = line.values.setdefault("profile", "365-aitech") if line.new else line.values.get("profile")
    if profile and profile not in profiles:
        line.errors["profile"] = f"There is no profile {profile!r}. There are: {', '.join(sorted(profiles))}."
    for name in ("owner", "deputy"):
        if name in line.values and line.values[name] not in people:
            line.errors[name] = (
                "Nobody of the house has this address. Invite the person first, or correct it."
            )
    given = [name for name in SIGNED if name in line.values]
    if len(given) == 1:
        missing = next(name for name in SIGNED if name not in given)
        line.errors[missing] = "Both signatures are needed. Give both dates, or none."
    for name in given:
        if line.values[name] > now.date():
            line.errors[name] = "This day lies ahead. Record a signature once it is made."


def _differences(line: Line, row: Agreement, signed: dict[str, str], matter: Matter | None) -> None:
    for name, words in (
        ("profile", "An agreement keeps the text that was signed. Record an amendment."),
        ("customer_role", "The role is part of what was signed. Record an amendment."),
    ):
        kept = row.profile.key if name == "profile" else row.customer_role
        if name in line.values and line.values[name] != kept:
            line.errors[name] = f"It is {kept}. {words}"
    for name in ("our_calendar", "their_calendar"):
        if name in line.values and line.values[name] != (getattr(row, name) or {}):
            line.changes.append((name, calendar_text(getattr(row, name)), calendar_text(line.values[name])))
    for name in ("language", "region"):
        line.compare(name, getattr(row, name))
    for name in ("owner", "deputy"):
        person = getattr(row, name)
        if name in line.values and line.values[name] != (person.email if person else ""):
            line.changes.append((name, person.email if person else "", line.values[name]))
    for name in SIGNED:
        if name in line.values and signed and signed.get(name) != line.values[name].isoformat():
            line.errors[name] = f"It was signed on {signed.get(name)}. Correct that on the agreement's page."
        elif name in line.values and not signed and matter and matter.state == "unsigned":
            line.changes.append((name, "", line.values[name].isoformat()))


def write(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """The agreements, of customers that are made when there are none; then their signatures."""
    people = house({line.values.get(name) for line in lines for name in ("owner", "deputy")})
    fresh = [line for line in lines if line.new]
    rows = _unsaved(fresh, actor, now)
    for line in lines:
        row = rows[line.number] if line.new else line.found
        for name in records.CHANGEABLE:
            if name in line.values:
                setattr(
                    row,
                    name,
                    people.get(line.values[name]) if name in ("owner", "deputy") else line.values[name],
                )
    made = records.add_agreements(list(rows.values()), actor=actor, at=now)
    for line, row in zip(fresh, made, strict=True):
        line.found = row
    changed = [
        line for line in lines if {column for column, _old, _new in line.changes} & set(records.CHANGEABLE)
    ]
    records.change_agreements([line.found for line in changed], actor=actor, at=now)
    _sign([line for line in lines if all(name in line.values for name in SIGNED)], actor, now)


def _unsaved(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> dict[int, Agreement]:
    """New agreements by the number of their line (not yet stored); their customers are."""
    names = list(dict.fromkeys(line.values["customer"] for line in lines))
    customers = {row.name: row for row in Customer.objects.filter(name__in=names)}
    made = records.add_customers([name for name in names if name not in customers], actor=actor, at=now)
    customers |= {row.name: row for row in made}
    profiles = {key: records.newest_profile(key) for key in {line.values["profile"] for line in lines}}
    return {
        line.number: Agreement(
            customer=customers[line.values["customer"]], title=line.values["agreement"],
            customer_role=line.values["customer_role"], profile=profiles[line.values["profile"]],
        )
        for line in lines
    }  # fmt: skip


def _sign(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Those that are not signed yet; one step for all with the same two dates."""
    rows = Matter.objects.filter(
        kind="agreement", state="unsigned", agreement__in=[line.found.pk for line in lines]
    )
    unsigned = {row.agreement_id: row for row in rows}
    dated: dict[tuple[dt.date, ...], list[Matter]] = {}
    for line in lines:
        if line.found.pk in unsigned:
            dates = tuple(line.values[name] for name in SIGNED)
            dated.setdefault(dates, []).append(unsigned[line.found.pk])
    for dates, matters in dated.items():
        advance(matters, "sign", actor=actor, at=now, facts=dict(zip(SIGNED, dates, strict=True)))


def judge_contacts(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Contacts by the address that they have at their agreement. Two statements."""
    names = {line.values["customer"] for line in lines}
    rows = list(Agreement.objects.filter(customer__name__in=names).select_related("customer"))
    known = {(row.customer.name, row.title): row for row in rows}
    contacts = by(list(NoticeContact.objects.filter(agreement__in=rows)), "agreement_id", "email")
    for line in lines:
        agreement = known.get((line.values["customer"], line.values["agreement"]))
        if agreement is None:
            titles = ", ".join(title for name, title in known if name == line.values["customer"])
            there = f"It has: {titles}." if titles else "Import the agreements first."
            line.errors["agreement"] = f"{line.values['customer']} has no agreement of this title. {there}"
            continue
        line.found = contacts.get((agreement.pk, line.values["email"]))
        line.new = line.found is None
        line.values["of"] = agreement
        if line.found:
            line.compare("name", line.found.name)
            line.compare("phone", line.found.phone)


def write_contacts(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Further contacts after those that there are, or the same ones with another name or number."""
    fresh = [
        NoticeContact(
            agreement=line.values["of"],
            customer_id=line.values["of"].customer_id,
            name=line.values["name"],
            email=line.values["email"],
            phone=line.values.get("phone", ""),
        )
        for line in lines
        if line.new
    ]
    records.add_contacts(fresh, actor=actor, at=now)
    for line in lines:
        if not line.new:
            values, contact = line.values, line.found
            records.change_contact(
                contact, name=values["name"], email=contact.email, phone=values.get("phone", contact.phone),
                language=contact.language, kinds=contact.kinds, reminders=contact.reminders, actor=actor, at=now,
            )  # fmt: skip


AGREEMENTS = Sheet(
    "agreements",
    _("Agreements"),
    _("Customers and their agreements. A customer that is not there yet is made."),
    COLUMNS,
    ("customer", "agreement"),
    judge,
    write,
    together=True,
)
CONTACTS = Sheet(
    "contacts",
    _("Notice contacts"),
    _(
        "Who at the customer gets notices. New ones come after those that are there, in the order of the file."
    ),
    (
        CUSTOMER,
        AGREEMENT,
        Column("name", _("The contact's name."), longest(150), True, "Data Protection Desk"),
        Column("email", _("The contact's address."), email, True, "privacy@acme.example"),
        Column("phone", _("For the day when mail fails."), longest(40), example="+49 30 1234567"),
    ),
    ("customer", "agreement", "email"),
    judge_contacts,
    write_contacts,
    together=True,
)
