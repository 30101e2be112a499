"""The eight roles, and who acts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """Everywhere the same eight."""

    ADMIN = "admin", _("Administrator")
    OFFICER = "officer", _("Compliance officer")
    APPROVER = "approver", _("Approver")
    AUDITOR = "auditor", _("Auditor (reads only)")
    CONTACT = "contact", _("Customer's contact")
    SIGNATORY = "signatory", _("Customer's signatory")
    MACHINE = "machine", _("Machine")
    SYSTEM = "system", _("System")


STAFF = frozenset({Role.ADMIN, Role.OFFICER, Role.APPROVER, Role.AUDITOR})
CUSTOMER_SIDE = frozenset({Role.CONTACT, Role.SIGNATORY})


@dataclass(frozen=True)
class Actor:
    """Who takes a step: roles in the house, and roles per customer id."""

    name: str
    user_id: int | None = None
    house: frozenset[str] = frozenset()
    at_customers: Mapping[int, frozenset[str]] = field(default_factory=dict)

    def roles_at(self, customer_id: int | None) -> frozenset[str]:
        """Roles that count on a row of that customer (None: the house's own row)."""
        if customer_id is None:
            return self.house
        return self.house | self.at_customers.get(customer_id, frozenset())

    @property
    def is_staff(self) -> bool:
        """Of the house: its people, and the machines that they sent (doors still ask for the role)."""
        return bool(self.house & (STAFF | {Role.MACHINE}))


SYSTEM = Actor(name="system", house=frozenset({Role.SYSTEM}))


def actor_of(user: Any) -> Actor:
    """The actor that a signed-in person is, with all memberships (one query)."""
    house: set[str] = set()
    customers: dict[int, set[str]] = {}
    for customer_id, role in user.memberships.values_list("customer_id", "role"):
        (house if customer_id is None else customers.setdefault(customer_id, set())).add(role)
    at_customers = {key: frozenset(roles) for key, roles in customers.items()}
    return Actor(name=user.name, user_id=user.pk, house=frozenset(house), at_customers=at_customers)
