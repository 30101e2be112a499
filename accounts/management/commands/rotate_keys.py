"""Seal everything anew with the first of FIELD_KEYS: `manage.py rotate_keys`."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import keyring, rotating


class Command(BaseCommand):
    help = "Seal every sealed field anew with the first of FIELD_KEYS. After that the others may be removed."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = rotating.rotate()
        except keyring.Unreadable as error:
            raise CommandError(str(error)) from error
        for column, number in done.items():
            self.stdout.write(f"{column}: {number} sealed anew")
        self.stdout.write(
            "Everything opens with the first key now. Run it again after every process has the new key; when it says 0 "
            "everywhere, the other keys may go (backups of before still need them)."
        )
