"""Invite a person: `manage.py add_person olga@example.org "Olga Berg" --role officer`."""

import secrets
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts.models import Customer, Membership, User
from accounts.roles import CUSTOMER_SIDE, STAFF
from accounts.scope import ALL, scope


class Command(BaseCommand):
    help = "Add a person with a role in the house, or at a customer (--customer). Prints a first password."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", required=True, choices=sorted(STAFF | CUSTOMER_SIDE))
        parser.add_argument("--customer", help="the customer's name, for contact and signatory")
        parser.add_argument("--time-zone", default="Europe/Berlin")

    def handle(self, *args: Any, **options: Any) -> None:
        customer_role = options["role"] in CUSTOMER_SIDE
        if customer_role != bool(options["customer"]):
            raise CommandError("contact and signatory need --customer NAME; the other roles have none.")
        password = secrets.token_urlsafe(12)
        with scope(ALL, reason="add_person"), transaction.atomic():
            customer = self._customer(options["customer"]) if customer_role else None
            user = User.objects.filter(email=options["email"].strip().lower()).first()
            if user is None:
                user = self._made(options, password)
                self.stdout.write(f"Added {user.email}. First password: {password}")
            made = Membership.objects.get_or_create(user=user, customer=customer, role=options["role"])[1]
        where = customer or "the house"
        self.stdout.write(f"{user.name} is {options['role']} at {where}{'' if made else ' already'}.")

    @staticmethod
    def _customer(name: str) -> Customer:
        found = Customer.objects.filter(name=name).first()
        if found is None:
            known = ", ".join(Customer.objects.values_list("name", flat=True)[:20]) or "none yet"
            raise CommandError(f"There is no customer {name!r}. Customers: {known}.")
        return found

    @staticmethod
    def _made(options: dict[str, Any], password: str) -> User:
        try:
            return User.objects.create_user(
                options["email"], password, name=options["name"], time_zone=options["time_zone"]
            )
        except ValidationError as error:
            raise CommandError("; ".join(error.messages)) from error
