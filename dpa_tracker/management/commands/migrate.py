"""Django's `migrate`, and afterwards the guards of the database: they belong to every table there is.

SQLite drops a table's triggers when a migration rebuilds it, and a new room's tables need their policies: both
would be forgotten in a migration of their own. On PostgreSQL it may run while everything works: a migration that does
not get its locks at once lets the others pass and is tried again (obligations/patience.py).
"""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection

from obligations import patience, walls


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:  # data migrations read and write rows of every customer
                cursor.execute("SELECT set_config('app.customers', '*', false)")
        if options["plan"] or options["check_unapplied"]:
            super().handle(*args, **options)
            return
        walls.lower_for_migrations()
        try:
            self._patiently(*args, **options)
            call_command("createcachetable", database=options["database"])
        finally:
            walls.build()

    def _patiently(self, *args: Any, **options: Any) -> None:
        """Django's own, migration by migration. Each is a transaction, so the next try goes on with what is left."""
        if connection.vendor != "postgresql":
            super().handle(*args, **options)
            return
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{patience.LOCK_TIMEOUT}'")
        try:
            patience.patiently(lambda: migrate.Command.handle(self, *args, **options))
        finally:
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
