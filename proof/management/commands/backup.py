"""Back up database and evidence into a folder, with a trial restore. Exit code 0: it was restored and compared."""

import datetime as dt
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from proof import backups, copies


class Command(BaseCommand):
    help = "Back up database and evidence into FOLDER, and try at once whether it can be restored."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--keep", type=int, metavar="DAYS", help="delete backups that are older")

    def handle(self, *args: Any, folder: Path, keep: int | None, **options: Any) -> None:
        now = timezone.now()
        try:
            made, says = backups.make(folder, now)
        except (backups.Damaged, copies.CopyFailed, OSError) as error:
            raise CommandError(f"There is NO new backup. {error}") from error
        rows = sum(number for number, _ in says["tables"].values())
        self.stdout.write(
            f"{made}: {rows} rows, {len(says['evidence'])} files; restored on trial and compared."
        )
        if keep is not None:
            gone = backups.prune(folder, now - dt.timedelta(days=keep))
            self.stdout.write(f"{gone} backups older than {keep} days are gone.")
        for sha256 in says["missing"]:
            self.stderr.write(f"The evidence file {sha256} was gone or changed: no backup can hold it.")
        if says["missing"]:
            sys.exit(1)
