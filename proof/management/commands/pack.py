"""Write a customer's accountability pack to a file."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Customer
from accounts.scope import ALL, scope
from proof import packs, sealing


class Command(BaseCommand):
    help = "Write the accountability pack of a customer: pack NAME FILE.zip"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("customer", help="its name, exactly")
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        sealing.seal(now)
        with scope(ALL, reason="accountability pack"):
            customer = Customer.objects.filter(name=options["customer"]).first()
        if customer is None:
            raise CommandError(f"There is no customer called {options['customer']!r}.")
        options["file"].write_bytes(packs.made(customer, now))
        self.stdout.write(f"Written. Check it: python3 proof/verify_pack.py {options['file']}")
