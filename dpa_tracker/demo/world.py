"""A believable house with three customers of the story and eight more, and a breach that runs now."""

import datetime as dt
from types import SimpleNamespace

from django.contrib.auth.hashers import make_password

from accounts.models import Customer, Membership, User
from accounts.roles import Actor, Role, actor_of
from agreements import records
from agreements.management.commands.load_profile import load
from dpa_tracker.demo.story import utc
from obligations.actions import advance, open_matter
from obligations.models import Agreement, Matter

PASSWORD = "Demo only: change me"
HOUSE = "365aitech.example"
BERLIN = {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"}
MADRID = {"country": "ES", "subdivision": "MD", "tz": "Europe/Madrid"}
DUBLIN = {"country": "IE", "tz": "Europe/Dublin"}
PEOPLE = (
    ("olga", "Olga Novak", Role.OFFICER),
    ("dora", "Dora Keller", Role.OFFICER),
    ("anna", "Anna Dubois", Role.APPROVER),
    ("adam", "Adam Lindqvist", Role.ADMIN),
    ("aude", "Aude Martin", Role.AUDITOR),
)
SIGNED = {"signed_by_us_on": dt.date(2024, 11, 4), "signed_by_customer_on": dt.date(2024, 11, 18)}
OTHERS = (  # name, their calendar, role, signed
    ("Maison Laurent SAS", {"country": "FR", "tz": "Europe/Paris"}, "controller", True),
    (
        "Kaufhaus Zentral SE",
        {"country": "DE", "subdivision": "BY", "tz": "Europe/Berlin"},
        "controller",
        True,
    ),
    ("Tiimeri Oy", {"country": "FI", "tz": "Europe/Helsinki"}, "controller", True),
    ("Polska Logistyka sp. z o.o.", {"country": "PL", "tz": "Europe/Warsaw"}, "controller", True),
    ("Østersund Kommune", {"country": "SE", "tz": "Europe/Stockholm"}, "controller", True),
    (
        "Hudson Claims Inc.",
        {"country": "US", "subdivision": "NY", "tz": "America/New_York"},
        "processor",
        True,
    ),
    ("Helvetica Bank AG", {"country": "CH", "subdivision": "ZH", "tz": "Europe/Zurich"}, "controller", True),
    ("Lisboa Saúde Lda.", None, "controller", False),  # no calendar and not signed: shows its findings
)


def build(at: dt.datetime) -> SimpleNamespace:
    """People, profiles and customers as of `at`; returns the cast of the story."""
    cast = SimpleNamespace(profile=load("365-aitech", at=at)[0], house=load("house", at=at)[0])
    hashed = make_password(PASSWORD)
    for key, name, role in PEOPLE:
        setattr(cast, key, _person(f"{key}@{HOUSE}", name, hashed, role, None))
    cast.a = _agreement(cast, at, "Nordlicht Energie GmbH", BERLIN)
    cast.b = _agreement(cast, at, "Iberia Seguros S.A.", MADRID)
    cast.c = _agreement(cast, at, "Clover Contact Centre Ltd", DUBLIN, role="processor")
    records.set_term(
        cast.a,
        "breaches.notify_customer.within",
        {"hours": 24},
        effective_from=dt.date(2025, 1, 1),
        actor=cast.olga,
        at=at,
    )
    cast.carl = _contact(cast, cast.a, "Carl Brandt", "carl@nordlicht.example", Role.CONTACT, hashed, at)
    cast.berta = _contact(cast, cast.b, "Berta Solis", "berta@iberia.example", Role.SIGNATORY, hashed, at)
    cast.cora = _contact(cast, cast.c, "Cora Byrne", "cora@clover.example", Role.CONTACT, hashed, at)
    _contact(cast, cast.c, "Conor Walsh", "conor@clover.example", Role.CONTACT, hashed, at)
    for name, calendar, customer_role, signed in OTHERS:
        agreement = _agreement(cast, at, name, calendar, role=customer_role, signed=signed)
        word = "".join(letter for letter in name.split()[0].lower() if letter.isascii())
        records.add_contact(
            agreement, name="Privacy desk", email=f"privacy@{word}.example", actor=cast.olga, at=at
        )
    return cast


def close_the_story(cast: SimpleNamespace) -> None:
    """What the story leaves open: nothing was lost, so its breach is described and closed the day after."""
    told = {
        "nature": "Sign-ins at the sub-processor that nobody could place at first.",
        "subjects": "Callers of the customers",
        "subjects_number": "none",
        "records": "Call transcripts",
        "records_number": "none",
        "contact_point": "Olga Novak, privacy office",
        "consequences": "None: the sign-ins were the sub-processor's own test.",
        "measures": "The sub-processor announces its tests from now on.",
    }
    done = {"conclusion": "A test of our sub-processor. Nothing was read or changed."}
    for hour, step, facts in (("08:00", "describe", told), ("09:00", "close", done)):
        breach = Matter.objects.get(kind="breach")
        advance([breach], step, actor=cast.olga, at=utc(f"2 Apr {hour}"), facts=facts)


def running_breach(cast: SimpleNamespace, now: dt.datetime) -> Matter:
    """A breach of this very morning: five notices, two of them sent."""
    agreements = list(Agreement.objects.order_by("pk")[3:8])
    facts = {
        "suspected_at": now - dt.timedelta(hours=2, minutes=20),
        "where": "processor",
        "categories": "customer_content",
        "agreements": [agreement.pk for agreement in agreements],
        "description": "An export of transcripts was written to a bucket that was readable by link for 40 minutes.",
    }
    at = now - dt.timedelta(hours=2)
    breach = open_matter(
        "breach", actor=cast.olga, at=at, now=at, facts=facts, title="Transcript export readable by link"
    )
    notices = Matter.objects.filter(parent=breach).order_by("pk")
    words = "An export with call transcripts could be read by anybody who had its link, for 40 minutes this morning."
    sent = now - dt.timedelta(hours=1, minutes=30)
    advance(notices[:2], "send", actor=cast.olga, at=sent, now=sent, facts={"text": words})
    return breach


def _person(email: str, name: str, hashed: str, role: str, customer: Customer | None) -> Actor:
    user = User(email=email, name=name, password=hashed)
    user.save()
    Membership.objects.create(user=user, role=role, customer=customer)
    return actor_of(user)


def _agreement(
    cast: SimpleNamespace,
    at: dt.datetime,
    name: str,
    calendar: dict[str, str] | None,
    *,
    role: str = "controller",
    signed: bool = True,
) -> Agreement:
    customer = records.add_customer(name, actor=cast.olga, at=at)
    made = records.add_agreement(
        customer,
        actor=cast.olga,
        at=at,
        title=f"DPA with {name}",
        profile=cast.profile,
        customer_role=role,
        our_calendar=BERLIN if calendar else None,
        their_calendar=calendar,
        owner_id=cast.olga.user_id,
        deputy_id=cast.dora.user_id,
    )
    if signed:
        matter = Matter.objects.get(kind="agreement", agreement=made)
        advance([matter], "sign", actor=cast.olga, at=at, facts=SIGNED)
    return made


def _contact(
    cast: SimpleNamespace,
    agreement: Agreement,
    name: str,
    email: str,
    role: str,
    hashed: str,
    at: dt.datetime,
) -> Actor:
    actor = _person(email, name, hashed, role, agreement.customer)
    user = User.objects.get(email=email)
    records.add_contact(agreement, name=name, email=email, actor=cast.olga, at=at, user=user)
    return actor
