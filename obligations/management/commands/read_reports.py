"""Read delivery reports: `manage.py read_reports FILE…`, a Maildir's folder, or `-` for one mail on standard input."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from obligations import delivery, reports


class Command(BaseCommand):
    help = "Take delivery reports (RFC 3464): 'delivered' proves receipt, 'failed' tries the next contact."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", help="files, folders (read whole), or -")

    def handle(self, *args: Any, **options: Any) -> None:
        for name, data in _mails(options["paths"]):
            found = reports.read(data)
            if found is None:
                self.stdout.write(f"{name}: no delivery report about a message of ours")
                continue
            now = timezone.now()
            at = min(found.at or now, now)
            changed = delivery.report(
                found.message_id, received=found.received, at=at, now=now, words=found.words
            )
            outcome = "delivered" if found.received else f"failed: {found.words}"
            self.stdout.write(f"{name}: {outcome}{'' if changed else ' (nothing new)'}")


def _mails(paths: list[str]) -> Iterator[tuple[str, bytes]]:
    for name in paths:
        if name == "-":
            yield "standard input", sys.stdin.buffer.read()
            continue
        path = Path(name)
        if not path.exists():
            raise CommandError(f"There is no file or folder {name}. Nothing was read from it.")
        files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else [path]
        for file in files:
            yield str(file), file.read_bytes()
