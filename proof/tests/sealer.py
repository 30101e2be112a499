"""A process of the race: writes entries to many chains and seals whenever it can. Started by test_tamper.py.

python -m proof.tests.sealer ENTRIES MATTER...
"""

import sys

import django

django.setup()

from django.db import OperationalError  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.scope import ALL, scope  # noqa: E402
from obligations.models import Entry, Matter  # noqa: E402
from proof import sealing  # noqa: E402


def write(row: Matter) -> None:
    now = timezone.now()
    with scope(ALL, reason="race"):
        Entry.objects.create(
            matter=row, customer_id=row.customer_id, step="acknowledge", to_state=row.state, at=now,
            recorded_at=now, actor_name="Racer",
        )  # fmt: skip


def patient(work, *arguments):
    """SQLite may say that it is busy: then once more, as a verb's caller would."""
    for _ in range(50):
        try:
            return work(*arguments)
        except OperationalError as error:
            if "locked" not in str(error):
                raise
    raise SystemExit("the database stayed locked")


if __name__ == "__main__":
    entries, matters = int(sys.argv[1]), [int(pk) for pk in sys.argv[2:]]
    with scope(ALL, reason="race"):
        rows = list(Matter.objects.filter(pk__in=matters).order_by("pk"))
    for place in range(entries):
        patient(write, rows[place % len(rows)])
        if place % 5 == 0:
            patient(sealing.seal, timezone.now())
    patient(sealing.seal, timezone.now())
