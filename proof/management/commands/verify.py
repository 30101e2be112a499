"""Is everything as it was recorded? Exit code 0: yes. 1: no, and the lines say what. 2: it could not be looked at."""

import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError
from django.utils import timezone

from proof import verifying


class Command(BaseCommand):
    help = "Check the ledger, evidence, guards, obligations and alerts. Exit code 1 when something does not hold."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            report = verifying.everything(timezone.now())
        except (DatabaseError, OSError) as error:
            self.stderr.write(f"It could not be looked at: {error}")
            sys.exit(2)
        for found in report.findings:
            self.stdout.write(f"WRONG  {found.part}: {found.where}: {found.words}")
        for words in report.notes:
            self.stdout.write(f"NOTE   {words}")
        looked = ", ".join(f"{number} of {part}" for part, number in report.looked_at.items())
        self.stdout.write(f"Looked at: {looked}.")
        if not report.sound:
            self.stdout.write(
                f"{len(report.findings)} things do not hold. docs/operations.md says what to do."
            )
            sys.exit(1)
        self.stdout.write("Everything holds.")
