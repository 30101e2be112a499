"""A backup becomes the program's database again, and nothing that was sent since is sent again."""

import datetime as dt
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from accounts import keyring
from obligations import replaying
from proof import backups, copies, signing, witness
from proof.canonical import instant


@dataclass(frozen=True)
class Restored:
    """What came back."""

    made_at: str
    rows: int
    files: int
    missing: list[str]
    replayed: replaying.Replayed


def restore(
    backup: Path, journals: Iterable[Path], now: dt.datetime, say: Callable[[str], object] = print
) -> Restored:
    """Damaged, and nothing is changed, unless the backup is whole and the database is empty."""
    files = backup.parent / "evidence"
    says = backups.check(backup, files)
    place = copies.here()
    _fits(says, place)
    say(f"The backup of {says['made_at']} is whole. Loading it ...")
    connection.close()
    place.load(backup / "database")
    backups.compare(place, says)
    say("Every table is as it was. Evidence, guards, and what was sent since ...")
    copied = backups.bring_back(says["evidence"], files)
    bring_back_witness(backup / "witness.jsonl")
    call_command("migrate", verbosity=0, interactive=False)
    Session.objects.all().delete()  # who signed out since does not come back
    made_at = dt.datetime.fromisoformat(says["made_at"])
    found = replaying.replay(journals, made_at)
    witness.note([_statement(says["made_at"], now)])
    rows = sum(number for number, _ in says["tables"].values())
    return Restored(says["made_at"], rows, copied, says["missing"], found)


def _fits(says: dict[str, Any], place: copies.Place) -> None:
    if says["engine"] != place.engine:
        raise backups.Damaged(f"This is a backup of {says['engine']}; DATABASE_URL names {place.engine}.")
    ours = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    newer = sorted(f"{app}.{name}" for app, name in says["migrations"] if (app, name) not in ours)
    if newer:
        raise backups.Damaged(
            f"The backup is of a newer version of the program: it has {', '.join(newer[:3])}."
        )
    opens(says["probe"])
    if not place.is_empty():
        raise backups.Damaged(
            "The database holds tables already. Restore into an empty one. Nothing was changed."
        )


def opens(probe: str) -> None:
    """Damaged when our keys do not open what is sealed in it."""
    try:
        keyring.unseal(probe)
    except keyring.Unreadable as error:
        raise backups.Damaged("Its sealed fields open with none of FIELD_KEYS. Put the key back.") from error


def bring_back_witness(path: Path) -> None:
    """Lines that this machine's journal does not have; an older copy must not hide a newer one."""
    known = {json.dumps(line, sort_keys=True) for line in witness.read()}
    witness.note(line for line in witness.read(path) if json.dumps(line, sort_keys=True) not in known)


def _statement(made_at: str, now: dt.datetime) -> dict[str, Any]:
    """Signed, so that `verify` can tell what a restore lost from what somebody cut off."""
    says = {"restored": made_at, "at": instant(now)}
    key, signature = signing.sign(says)
    return {**says, "key": key, "signature": signature}
