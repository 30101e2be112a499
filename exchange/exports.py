"""Everything, or everything of one customer, in open files; and the way back into an empty installation.

FOLDER/manifest.json                what belongs to it, signed (docs/exchange.md describes it)
FOLDER/<app>.<Model>.jsonl          one row a line, in order of its key
FOLDER/evidence/ab/abcd...          files named by their SHA-256
"""

import datetime as dt
import hashlib
import json
import shutil
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Final

from django.contrib.auth.hashers import make_password
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder

from accounts import keyring
from accounts.models import Customer, User
from accounts.scope import ALL, scope
from exchange import tables_out
from exchange.tables_out import Choice, Model
from obligations.models import Evidence
from proof import backups, restoring, witness
from proof.backups import Damaged
from proof.canonical import instant

FORMAT: Final = "dpa-tracker export 1"
PART: Final = 500
NOBODY: Final = 0  # as a reader: whom no restricted matter is open to


def make(folder: Path, now: dt.datetime, customer: str = "") -> dict[str, Any]:
    """A new export in `folder`, which must not exist yet; returns its manifest. Customer.DoesNotExist: no such name."""
    if folder.exists():
        raise Damaged(f"{folder} is there already. Name a folder that is not. Nothing was changed.")
    folder.parent.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder.parent))
    try:
        with _snapshot():
            says = _tables(part, customer)
        missing = [sha256 for sha256 in says["evidence"] if not backups.keep(sha256, part)]
        says |= {
            "format": FORMAT,
            "made_at": instant(now),
            "migrations": _migrations(),
            "files": {path.name: backups.digest_of(path) for path in sorted(part.glob("*.jsonl"))},
            "evidence": sorted(set(says["evidence"]) - set(missing)),
            "missing": missing,
        }
        backups.write_manifest(part, says)
        backups.check(part, part / "evidence")
        backups.finished(part, folder)
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return says


def _tables(part: Path, name: str) -> dict[str, Any]:
    """The rows, and what the manifest says of them."""
    with scope(ALL, reason="export"):
        customer = Customer.objects.get(name=name) if name else None
    with scope([customer.pk] if customer else ALL, reason="export", reader=NOBODY if customer else None):
        choice = Choice(customer)
        tables: dict[str, dict[str, Any]] = {}
        for model in choice.tables():
            number = _written(part / f"{model._meta.label}.jsonl", choice.lines(model))
            if number:
                tables[model._meta.label] = {"rows": number, "columns": choice.columns(model)}
        files = choice.rows(Evidence).exclude(sha256="").values_list("sha256", flat=True)
        told: dict[str, Any] = {"tables": tables, "evidence": sorted(set(files))}
    if customer:
        sealed = any("sealed" in table["columns"].values() for table in tables.values())
        probe = {"probe": keyring.seal(backups.PROBE)} if sealed else {}
        return {**told, **probe, "of": {"customer": customer.pk, "name": customer.name}}
    if witness.path().exists():
        shutil.copyfile(witness.path(), part / "witness.jsonl")
    return {**told, "of": "everything", "probe": keyring.seal(backups.PROBE)}


def _written(path: Path, lines: Iterable[bytes]) -> int:
    """Rows in the file; none, and there is no file."""
    number = 0
    with path.open("wb") as opened:
        for line in lines:
            opened.write(line)
            number += 1
    if not number:
        path.unlink()
    return number


@contextmanager
def _snapshot() -> Iterator[None]:
    """What stands in the database at one instant, while others go on writing."""
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "postgresql":
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
    else:
        with connection.cursor() as cursor:
            cursor.execute("BEGIN")  # not by atomic(): that would hold the one write lock
            try:
                yield
            finally:
                cursor.execute("ROLLBACK")


def _migrations() -> list[list[str]]:
    return sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())


def read(folder: Path, say: Callable[[str], object] = print) -> dict[str, Any]:
    """An export becomes this installation's data. Damaged: it is not whole, or does not fit; nothing was changed."""
    says = backups.check(folder, folder / "evidence")
    _fits(says)
    say(f"The export of {says['made_at']} is whole. Reading it ...")
    try:
        with transaction.atomic(), scope(ALL, reason="reading an export"):
            _refuse_full()
            chosen = [model for model in tables_out.carried() if model._meta.label in says["tables"]]
            for model in chosen:
                _read(model, folder / f"{model._meta.label}.jsonl")
            connection.check_constraints()
            _count_on(chosen)
            _compare(chosen, says)
            backups.bring_back(says["evidence"], folder / "evidence")
    except (DatabaseError, LookupError, TypeError, ValueError) as error:
        raise Damaged(f"It cannot be read into this database: {error}. Nothing was changed.") from error
    if "witness.jsonl" in says["files"]:
        restoring.bring_back_witness(folder / "witness.jsonl")
    return says


def _fits(says: dict[str, Any]) -> None:
    if says.get("format") != FORMAT:
        raise Damaged(f"This is no “{FORMAT}”. Nothing was changed.")
    known = {model._meta.label for model in tables_out.carried()}
    if says["migrations"] != _migrations() or set(says["tables"]) - known:
        raise Damaged(
            "It was made by another version of the program: this database has other tables. Read it with that "
            "version and upgrade afterwards. Nothing was changed."
        )
    if "probe" in says:
        restoring.opens(says["probe"])


def _refuse_full() -> None:
    full = [m._meta.label for m in tables_out.carried() if models.QuerySet(m).exists()]
    if full:
        raise Damaged(
            f"This installation is not empty: it has rows of {', '.join(full[:3])}. Read an export into a new one, "
            "right after `manage.py migrate`. Nothing was changed."
        )


def _read(model: Model, path: Path) -> None:
    """Rows with the keys that they had. What a library stamps when it saves a row stays as it was written."""
    stamped = any(
        getattr(f, "auto_now", False) or getattr(f, "auto_now_add", False) for f in model._meta.fields
    )
    with path.open("rb") as opened:
        while lines := list(islice(opened, PART)):
            rows: list[Any] = [tables_out.made(model, json.loads(line)) for line in lines]
            for row in rows:
                if isinstance(row, User) and not row.password:
                    row.password = make_password(None)
            if stamped:
                for row in rows:
                    row.save_base(raw=True, force_insert=True)
            else:
                models.QuerySet(model).bulk_create(rows)


def _count_on(chosen: Sequence[Model]) -> None:
    """New rows get keys beyond those that were read."""
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), chosen):
            cursor.execute(statement)


def _compare(chosen: Sequence[Model], says: dict[str, Any]) -> None:
    """Written once more, every file must come out the same, to the byte."""
    wrong = []
    for model in chosen:
        label, digest = model._meta.label, hashlib.sha256()
        for row in tables_out.raw(models.QuerySet(model), list(says["tables"][label]["columns"])):
            digest.update(tables_out.written(row))
        if digest.hexdigest() != says["files"][f"{label}.jsonl"]:
            wrong.append(label)
    if wrong:
        raise Damaged(
            f"After reading, these tables are not what they were: {', '.join(wrong)}. Nothing was changed."
        )
