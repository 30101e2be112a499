"""Django's `migrate`, and afterwards the guards of the database: they belong to every table there is.

SQLite drops a table's triggers when a migration rebuilds it, and a new room's tables need their policies: both
would be forgotten in a migration of their own.
"""

from typing import Any

from django.core.management import call_command
from django.core.management.commands import migrate
from django.db import connection

from obligations import walls


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
            super().handle(*args, **options)
            call_command("createcachetable", database=options["database"])
        finally:
            walls.build()
