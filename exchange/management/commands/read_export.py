"""An export becomes the data of an empty installation, with nothing changed."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from exchange import exports
from proof.backups import Damaged


class Command(BaseCommand):
    help = "Read the export in FOLDER into an empty installation. A changed byte is refused."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, folder: Path, **options: Any) -> None:
        try:
            says = exports.read(folder, self.stdout.write)
        except (Damaged, OSError) as error:
            raise CommandError(str(error)) from error
        rows = sum(table["rows"] for table in says["tables"].values())
        self.stdout.write(f"Read: {rows} rows, each compared. Run `manage.py verify` now.")
