"""Changes of tables while everything runs (PostgreSQL): wait briefly for a lock, let the others pass, try again.

Who waits for an exclusive lock makes everybody behind it wait as well. And with less patience than the second after
which PostgreSQL looks for deadlocks, it is always we who give up, never a person's request.
"""

import time
from collections.abc import Callable
from typing import Final

from django.db import OperationalError, connection, transaction

LOCK_TIMEOUT: Final = "800ms"
PAUSE: Final = 0.3  # seconds in which those who waited behind us pass
TRIES: Final = 100
BUSY: Final = ("55P03", "40P01")  # lock not available, deadlock


def patiently(work: Callable[[], object]) -> None:
    """Do it, again and again while others hold what it needs. Raises what it raised at the last try."""
    for left in reversed(range(TRIES)):
        try:
            work()
            return
        except OperationalError as error:
            if not left or getattr(error.__cause__, "pgcode", "") not in BUSY:
                raise
        time.sleep(PAUSE)


def at_once(statements: list[str]) -> None:
    """All of them in one short transaction, so that nobody sees a table without its guards."""

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            for statement in statements:
                cursor.execute(statement)

    patiently(work)
