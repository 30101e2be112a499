"""People and their roles: who is not known yet is invited, who is gets the role at once (accounts/invitations.py)."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts import invitations, people
from accounts.models import Customer, Invitation, Membership
from accounts.roles import CUSTOMER_SIDE, STAFF, Actor
from exchange.cells_in import email, longest, names, one_of
from exchange.sheets import Column, Line, Sheet, by

ROLES: Final = tuple(sorted(STAFF | CUSTOMER_SIDE))
Place = tuple[str, str, int | None]  # address, role, customer


def judge(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Four statements however many lines there are."""
    wanted = {name for line in lines for name in line.values.get("customers", ())}
    customers = by(list(Customer.objects.filter(name__in=wanted)), "name")
    held = _held({line.values["email"] for line in lines}, now)
    for line in lines:
        unknown = [name for name in line.values.get("customers", ()) if name not in customers]
        if unknown:
            line.errors["customers"] = (
                f"There is no customer {', '.join(unknown)}. Import the agreements first."
            )
            continue
        chosen = [customers[name] for name in line.values.get("customers", ())]
        try:
            people.check(actor, line.values["role"], chosen)
        except ValidationError as error:
            line.errors["role"] = " ".join(error.messages)
            continue
        address, role = line.values["email"], line.values["role"]
        places = [customer.pk for customer in chosen] or [None]
        line.values["chosen"] = chosen
        line.new = any((address, role, place) not in held for place in places)


def _held(addresses: set[str], now: dt.datetime) -> set[Place]:
    """Roles that people have, and those to which an open invitation leads."""
    members = Membership.objects.filter(user__email__in=addresses)
    found: set[Place] = set(members.values_list("user__email", "role", "customer_id"))
    waiting = invitations.open_at(now).filter(email__in=addresses)
    places = Invitation.customers.through.objects.filter(invitation__in=waiting)
    asked = dict(waiting.values_list("pk", "email"))
    roles = dict(waiting.values_list("pk", "role"))
    at = list(places.values_list("invitation_id", "customer_id"))
    named = {pk for pk, _customer in at}
    found |= {(asked[pk], roles[pk], customer) for pk, customer in at if pk in asked}
    return found | {(asked[pk], roles[pk], None) for pk in asked if pk not in named}


def write(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """One line after the other."""
    for line in lines:
        _write(line, actor, now)


def _write(line: Line, actor: Actor, now: dt.datetime) -> None:
    """A mail goes out: to the invited with their link, to the known that they have the role."""
    values = line.values
    invitations.invite(
        email=values["email"],
        name=values["name"],
        role=values["role"],
        customers=values["chosen"],
        actor=actor,
        at=now,
    )


PEOPLE = Sheet(
    "people",
    _("People"),
    _(
        "Each gets a mail: with a link to come in, or that they have the role. People who are here keep their names."
    ),
    (
        Column("email", _("The person's address."), email, True, "carl@acme.example"),
        Column("name", _("The person's name."), longest(150), True, "Carl Schmidt"),
        Column("role", _("One of %(roles)s.") % {"roles": ", ".join(ROLES)}, one_of(ROLES), True, "contact"),
        Column(
            "customers",
            _("At which customers, with ; between them; empty for the house."),
            names,
            example="Acme GmbH",
        ),
    ),
    ("email",),
    judge,
    write,
    alone=True,
)
