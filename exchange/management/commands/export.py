"""Everything, or everything of one customer, in open files. docs/exchange.md describes them."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Customer
from exchange import exports
from proof.backups import Damaged


class Command(BaseCommand):
    help = "Export everything, or one customer, into a new FOLDER. It can be read back by read_export."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--customer", default="", help="its name: only what belongs to it")

    def handle(self, *args: Any, folder: Path, customer: str, **options: Any) -> None:
        try:
            says = exports.make(folder, timezone.now(), customer)
        except Customer.DoesNotExist as error:
            raise CommandError(f"There is no customer {customer!r}. Nothing was written.") from error
        except (Damaged, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in says["tables"].values())
        self.stdout.write(
            f"{folder}: {rows} rows of {len(says['tables'])} tables, {len(says['evidence'])} files."
        )
        for sha256 in says["missing"]:
            self.stderr.write(f"The evidence file {sha256} is gone or was changed: no export can hold it.")
        if says["missing"]:
            sys.exit(1)
