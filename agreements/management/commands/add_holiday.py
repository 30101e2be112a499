"""A new holiday, for every agreement of a place: `manage.py add_holiday DE-BE 2028-06-17`. Open clocks do not move."""

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from accounts.roles import SYSTEM
from accounts.scope import ALL, scope
from agreements import records


class Command(BaseCommand):
    help = "Make a day free in every agreement's calendar of a country (DE) or a part of it (DE-BE)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("place")
        parser.add_argument("day", type=dt.date.fromisoformat)

    def handle(self, *args: Any, place: str, day: dt.date, **options: Any) -> None:
        country, _, subdivision = place.partition("-")
        with scope(ALL, reason="add_holiday"):
            number = records.add_holiday(country, subdivision, day, actor=SYSTEM, at=timezone.now())
        self.stdout.write(
            f"{day} is free in {number} agreements. `manage.py recalculate` shows what that moves."
        )
