"""`manage.py coverage`: clause -> duty, guard, term or fact -> where in the product, for each id of the register."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from agreements import matrix
from agreements.management.commands.load_profile import FOLDER
from agreements.profile_file import read_profile
from obligations.clauses import term_specs


class Command(BaseCommand):
    help = "Print what carries each duty of the contract and of the law; fails when one is not carried."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("text", "json"), default="text")

    def handle(self, *args: Any, **options: Any) -> None:
        specs = term_specs()
        found = matrix.rows(
            *(read_profile(FOLDER / f"{name}.yaml", specs).clauses for name in ("365-aitech", "house"))
        )
        missing = matrix.uncovered(found)
        if options["format"] == "json":
            self.stdout.write(
                json.dumps({"uncovered": missing, "rows": [row.as_json() for row in found]}, indent=1)
            )
        else:
            self._print(found)
            self.stdout.write(f"{len(found)} ids, {len(missing)} uncovered.")
        if missing:
            raise CommandError(f"Nothing carries {', '.join(missing)}. Name them where they are carried.")

    def _print(self, found: list[matrix.Row]) -> None:
        clause = ""
        for row in found:
            if row.clause != clause:
                clause = row.clause
                self.stdout.write(f"\n{clause}  {row.title}")
            for place, carrier in enumerate(row.carriers or [matrix.Carrier("NOTHING", "", "")]):
                id_ = row.id if place == 0 else ""
                self.stdout.write(
                    f"  {id_:5} {carrier.what:8} {carrier.name:48} {carrier.where}  {carrier.words}"
                )
