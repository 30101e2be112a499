"""Make or end a token of the API from the command line."""

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import tokens
from accounts.models import ApiToken, Customer, User
from accounts.roles import actor_of
from accounts.scope import ALL, scope


class Command(BaseCommand):
    help = "make: prints a new token, once. revoke: ends one by the beginning of its secret."

    def add_arguments(self, parser: CommandParser) -> None:
        below = parser.add_subparsers(dest="verb", required=True)
        make = below.add_parser("make")
        make.add_argument("owner", help="e-mail address")
        make.add_argument("name")
        make.add_argument("scopes", nargs="+", help="such as breach:write *:read")
        make.add_argument("--days", type=int, default=90)
        make.add_argument("--customer", default="", help="name: only this customer's rows")
        revoke = below.add_parser("revoke")
        revoke.add_argument("prefix")

    def handle(self, *args: Any, **options: Any) -> None:
        with scope(ALL, reason="command api_token"):
            try:
                self._make(options) if options["verb"] == "make" else self._revoke(options)
            except (ValidationError, User.DoesNotExist, Customer.DoesNotExist) as error:
                raise CommandError(str(error)) from error

    def _make(self, options: dict[str, Any]) -> None:
        at = timezone.now()
        customer = Customer.objects.get(name=options["customer"]) if options["customer"] else None
        _row, secret = tokens.make(
            User.objects.get(email=options["owner"].lower()),
            options["name"],
            options["scopes"],
            at=at,
            expires_at=at + dt.timedelta(days=options["days"]),
            customer=customer,
        )
        self.stdout.write(secret)

    def _revoke(self, options: dict[str, Any]) -> None:
        rows = ApiToken.objects.filter(prefix=options["prefix"][:12], revoked_at=None).select_related("owner")
        found = list(rows)
        for row in found:
            tokens.revoke(row, actor=actor_of(row.owner), at=timezone.now())
            self.stdout.write(f"{row} is revoked.")
        if not found:
            self.stdout.write("No token begins like this, or it had ended.")
