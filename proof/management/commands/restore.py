"""Restore a backup into an empty database. What the journal says was sent since is not sent again."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from obligations import journal
from proof import backups, copies, restoring


class Command(BaseCommand):
    help = "Restore the newest backup in FOLDER (or the one called --name) into an empty database."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--name", help="of an older backup, such as 2026-11-25T03-00-00Z")
        parser.add_argument(
            "--sent",
            type=Path,
            nargs="*",
            default=[],
            metavar="FOLDER",
            help="SENT_JOURNAL of the other machines",
        )

    def handle(self, *args: Any, folder: Path, name: str | None, sent: list[Path], **options: Any) -> None:
        try:
            backup = folder / name if name else backups.newest(folder)
            done = restoring.restore(backup, [journal.folder(), *sent], timezone.now(), self.stdout.write)
        except (backups.Damaged, copies.CopyFailed, OSError) as error:
            raise CommandError(str(error)) from error
        replayed = done.replayed
        self.stdout.write(
            f"Restored: {done.rows} rows, {done.files} files. {replayed.marked} messages were sent after the backup "
            f"and will not be sent again; {replayed.unknown} are about what the backup does not know. "
            "Run `manage.py verify` now."
        )
        for sha256 in done.missing:
            self.stderr.write(f"The evidence file {sha256} was missing already when the backup was made.")
