"""Exports: open files that read back with nothing changed, and of one customer nothing of another's."""

import datetime as dt
import io
import json
import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection, models

from accounts.models import Customer, User
from accounts.scope import ALL, scope
from agreements import records
from conftest import report_breach, utc
from dpa_tracker.tests.test_canary import mirrored
from exchange import exports, tables_out
from obligations import alerts, append_only
from obligations.models import Entry, Matter, RestrictedTo, Term
from proof import sealing, signing, verifying, witness
from proof.backups import Damaged

__all__ = ["mirrored"]
NOW = utc("27 Mar 17:00")


def emptied() -> None:
    """As right after `migrate`: every row of what an export carries is gone."""
    with append_only.lifted(), connection.cursor() as cursor:
        for model in reversed(tables_out.carried()):
            cursor.execute(f'DELETE FROM "{model._meta.db_table}"')


def everything() -> dict[str, list[tuple]]:
    return {
        model._meta.label: list(models.QuerySet(model).order_by("pk").values_list())
        for model in tables_out.carried()
        if models.QuerySet(model).exists()
    }


def lines(folder: Path, label: str) -> list[dict]:
    return [json.loads(line) for line in (folder / f"{label}.jsonl").read_text().splitlines()]


def sealed(now: dt.datetime) -> None:
    sealing.seal(now, everything=True)
    signing.sign_all(now)


def of_the_proof(now: dt.datetime) -> list[str]:
    """What `verify` finds, but for obligations: the canary stands in the names of their duties."""
    report = verifying.everything(now)
    assert report.looked_at["ledger"] > 20 and report.looked_at["evidence"] > 10
    return [f.words for f in report.findings if f.part in ("ledger", "evidence", "guards")]


def test_everything_reads_back_into_an_empty_installation_with_nothing_changed(mirrored, tmp_path):
    now = Entry.objects.latest("recorded_at").recorded_at
    sealed(now)
    said = exports.make(tmp_path / "out", now)
    subjects = (tmp_path / "out" / "dsars.DsarSubject.jsonl").read_text()
    assert "gAAAA" in subjects and "canary" not in subjects  # who they are stays sealed
    before = everything()
    assert len(before) > 50 and said["tables"]["obligations.Entry"]["rows"] == Entry.objects.count()
    emptied()
    shutil.rmtree(tmp_path / "evidence")
    exports.read(tmp_path / "out", str)
    assert everything() == before
    assert of_the_proof(now) == []
    made = Customer.objects.create(name="New")
    assert made.pk > max(
        row[0] for row in before["accounts.Customer"]
    )  # the sequences go on behind what was read
    exports.make(tmp_path / "again", now)
    assert {row["id"] for row in lines(tmp_path / "again", "accounts.Customer")} >= {made.pk}


def test_an_export_that_is_taken_while_others_write_is_of_one_instant(live_cast, tmp_path):
    begun, over = threading.Event(), threading.Event()

    def write() -> None:
        while not over.is_set():
            with scope(ALL, reason="another process"):
                report_breach(live_cast, [live_cast.a], NOW)
            begun.set()
        connection.close()

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert begun.wait(20)
        exports.make(tmp_path / "out", NOW)
    finally:
        over.set()
        writer.join()
    matters = {row["id"] for row in lines(tmp_path / "out", "obligations.Matter")}
    assert {row["matter_id"] for row in lines(tmp_path / "out", "obligations.Entry")} == matters
    emptied()
    exports.read(tmp_path / "out", str)
    assert set(Matter.objects.values_list("pk", flat=True)) == matters


@pytest.mark.long
def test_an_export_goes_to_a_new_installation_on_sqlite_and_comes_back_the_same(mirrored, tmp_path):
    """From PostgreSQL and back too, when the tests run on it."""
    exports.make(tmp_path / "out", NOW)
    before, place = everything(), tmp_path / "new"
    where = os.environ | {"DATA_DIR": str(place), "DATABASE_URL": f"sqlite:///{place / 'new.sqlite3'}"}
    for words in (
        ["migrate", "-v0"],
        ["read_export", str(tmp_path / "out")],
        ["export", str(tmp_path / "back")],
    ):
        command = [sys.executable, "manage.py", *words]
        subprocess.run(command, env=where, cwd=settings.BASE_DIR, check=True, stdout=subprocess.PIPE)
    for path in (tmp_path / "out").rglob("*.jsonl"):
        assert (tmp_path / "back" / path.name).read_bytes() == path.read_bytes(), path.name
    emptied()
    exports.read(tmp_path / "back", str)
    assert everything() == before


def test_one_customer_reads_back_and_holds_nothing_of_another_and_no_secret(mirrored, tmp_path):
    now = Entry.objects.latest("recorded_at").recorded_at
    sealed(now)
    User.objects.update(password="argon2$secret")
    call_command("export", str(tmp_path / "one"), "--customer", mirrored.own, stdout=io.StringIO())
    text = b"".join(path.read_bytes() for path in (tmp_path / "one").rglob("*") if path.is_file())
    assert text.count(mirrored.own.encode()) > 100
    for foreign in (mirrored.other, "canary-house", "argon2$secret", "bodega.example", "cora@"):
        assert foreign.encode() not in text, foreign
    found = {path.stem for path in (tmp_path / "one").glob("*.jsonl")}
    assert {"obligations.Matter", "proof.Seal", "accounts.User"} <= found
    assert not found & tables_out.OF_THE_HOUSE
    kept = list(Entry.objects.filter(customer__name=mirrored.own).order_by("pk").values_list())
    emptied()
    witness.path().unlink()
    exports.read(tmp_path / "one", str)
    assert kept and list(Entry.objects.order_by("pk").values_list()) == kept
    assert not any(user.has_usable_password() for user in User.objects.all())
    assert of_the_proof(now) == []


def test_a_deadline_is_the_same_in_the_export_of_day_one_and_of_day_twenty(cast, tmp_path):
    report_breach(cast, [cast.a, cast.b], NOW)
    exports.make(tmp_path / "one", NOW)
    tighter = {"hours": 1}
    records.set_term(
        cast.b, "breaches.notify_customer.within", tighter, effective_from=dt.date(2026, 1, 1), actor=cast.olga, at=NOW
    )  # fmt: skip
    later = NOW + dt.timedelta(days=19)
    alerts.sweep(later)
    exports.make(tmp_path / "twenty", later)
    names = ("id", "duty", "started_at", "target_at", "due_at", "period", "reckoning")
    first, last = (
        [{name: row[name] for name in names} for row in lines(tmp_path / day, "obligations.Obligation")]
        for day in ("one", "twenty")
    )
    assert first == last and len(first) > 3
    assert lines(tmp_path / "twenty", "obligations.Term") != lines(tmp_path / "one", "obligations.Term")
    sealed(later)
    emptied()
    exports.read(tmp_path / "one", str)
    assert Term.objects.count() == len(lines(tmp_path / "one", "obligations.Term"))
    sealed(NOW)
    assert [row.words for row in verifying.everything(NOW).findings] == []


def test_a_changed_byte_is_refused_and_nothing_is_written(mirrored, tmp_path):
    exports.make(tmp_path / "out", NOW)
    emptied()
    paths = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert {path.suffix for path in paths} == {".json", ".jsonl", ""}
    for path in sorted(paths):
        whole = path.read_bytes()
        place = len(whole) // 2
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(Damaged):
            exports.read(tmp_path / "out", str)
        path.write_bytes(whole)
    (tmp_path / "out" / "more.jsonl").write_text("{}\n")
    with pytest.raises(Damaged, match="holds other files"):
        exports.read(tmp_path / "out", str)
    assert everything() == {}


def test_rows_that_contradict_each_other_are_refused_whoever_signed_them(cast, tmp_path):
    report_breach(cast, [cast.a], NOW)
    says = exports.make(tmp_path / "out", NOW)
    path = tmp_path / "out" / "obligations.Entry.jsonl"
    path.write_text(
        path.read_text().replace(f'"matter_id":{Matter.objects.first().pk}', '"matter_id":999999')
    )
    says["files"][path.name] = exports.backups.digest_of(path)
    exports.backups.write_manifest(tmp_path / "out", says)
    emptied()
    with pytest.raises(Damaged, match="cannot be read into this database"):
        exports.read(tmp_path / "out", str)
    assert everything() == {}


def test_an_export_is_read_into_an_empty_installation_alone_and_of_the_same_version(cast, tmp_path):
    says = exports.make(tmp_path / "out", NOW)
    with pytest.raises(CommandError, match="is not empty: it has rows of"):
        call_command("read_export", str(tmp_path / "out"))
    exports.backups.write_manifest(tmp_path / "out", {**says, "migrations": says["migrations"][:-1]})
    with pytest.raises(CommandError, match="another version of the program"):
        call_command("read_export", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="is there already"):
        call_command("export", str(tmp_path / "out"))
    with pytest.raises(CommandError, match="There is no customer 'Nobody'"):
        call_command("export", str(tmp_path / "no"), "--customer", "Nobody")
    assert sorted(path.name for path in tmp_path.iterdir() if "out" not in path.name and path.is_dir()) == []


def test_a_gagged_matter_is_in_no_customers_export(cast, tmp_path):
    notice = Matter.objects.get(parent=report_breach(cast, [cast.a], NOW))
    Matter.objects.filter(pk=notice.pk).update(restricted=True)
    RestrictedTo.objects.create(matter=notice, user_id=cast.olga.user_id)
    exports.make(tmp_path / "acme", NOW, "Acme")
    assert notice.public_reference not in (tmp_path / "acme" / "obligations.Matter.jsonl").read_text()
    rows = {row["matter_id"] for row in lines(tmp_path / "acme", "obligations.Entry")}
    assert rows and notice.pk not in rows
    exports.make(tmp_path / "all", NOW)
    assert notice.public_reference in (tmp_path / "all" / "obligations.Matter.jsonl").read_text()


def test_every_table_is_carried_or_named_with_the_reason_why_not(cast):
    choice = tables_out.Choice(cast.a.customer)
    with exports.scope([cast.a.customer.pk], reason="test", reader=0):
        for model in choice.tables():
            list(choice.rows(model)[:1])  # LookupError: nobody has said whose rows these are
    carried = {model._meta.label for model in tables_out.carried()}
    assert carried >= tables_out.OF_THE_HOUSE
    assert carried | tables_out.NEVER.keys() == {
        m._meta.label for m in apps.get_models(include_auto_created=True)
    }
