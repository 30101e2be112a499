"""What a new holiday, a calendar or newer data of holidays would move. `--take` takes the earlier dates at once."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.scope import ALL, scope
from obligations import recalculating


class Command(BaseCommand):
    help = "Show which open obligations today's calendars count otherwise; --take takes the earlier dates."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--take", action="store_true", help="take the earlier dates; later ones need a person"
        )

    def handle(self, *args: Any, take: bool, **options: Any) -> None:
        now = timezone.now()
        with scope(ALL, reason="recalculate"):
            found = recalculating.differences(now)
        for one in found:
            old, new = one.row.due_at or one.row.target_at, one.due_at or one.target_at
            where = f"{'earlier' if one.earlier else 'later  '}  {one.row.matter.reference} {one.row.duty}"
            self.stdout.write(f"{where}: {old:%Y-%m-%d %H:%M} -> {new:%Y-%m-%d %H:%M} UTC")
        self.stdout.write(f"{len(found)} open obligations would move.")
        if take:
            taken, waiting = recalculating.take_earlier(now)
            self.stdout.write(f"{taken} earlier dates were taken; {waiting} later ones wait for an officer.")
