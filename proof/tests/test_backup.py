"""Backup, destroy, restore: everything is as it was, nothing is lost, and nothing is sent twice."""

import datetime as dt
import random
import shutil
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from accounts.scope import ALL, scope
from obligations import alerts, delivery, evidence, journal
from obligations.actions import advance
from obligations.models import Entry, Evidence, Message, Obligation
from obligations.tests.engine import REPORTED, fresh, later, reported
from obligations.tests.mailservers import MailServer
from proof import backups, copies, restoring, sealing, signing, verifying

HOURS_AFTER = (0.02, 1, 1.5, 26, 49, 75)  # when the story goes on between backup and destruction


@pytest.fixture
def relay(settings):
    """A server that knows one of Celtic's two contacts no more."""
    with MailServer({"cora": ["550 5.1.1 no such mailbox"]}) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = server.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        yield server


def lived(cast) -> SimpleNamespace:
    """A breach with queued notices, a file, seals and a checkpoint."""
    case = reported(cast)
    evidence.add_file(case.breach, title="log.txt", chunks=[b"what was seen"], actor=cast.olga, at=REPORTED)
    advance(
        [fresh(row) for row in case.all], "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."}
    )
    sealing.seal(REPORTED, everything=True)
    signing.sign_all(REPORTED)
    return case


def keys() -> dict[str, str]:
    """Message-ID -> what makes it the same message after a restore."""
    return {str(row.pk): journal.key(row) for row in Message.objects.all()}


def taken(relay: MailServer) -> Counter[str]:
    return Counter(message_id.strip("<>").partition("@")[0] for _, message_id, _ in relay.taken)


def destroy(tmp_path: Path) -> None:
    """Database and evidence are gone; the journals lie on another disk."""
    if connection.vendor == "sqlite":
        connection.close()
        database = Path(connection.settings_dict["NAME"])
        for path in database.parent.glob(f"{database.name}*"):
            path.unlink()
    else:
        with connection.cursor() as cursor:
            cursor.execute("DROP OWNED BY CURRENT_USER CASCADE")
    shutil.rmtree(tmp_path / "evidence")


@pytest.fixture
def whole_again():
    """Whatever happens in the test, the next one finds its tables."""
    yield
    connection.close()
    call_command("migrate", verbosity=0)


def test_backup_destroy_restore(live_cast, whole_again, relay, tmp_path):
    lived(live_cast)
    backups.make(tmp_path / "backups", REPORTED)
    before = copies.here().prints()
    for hours in HOURS_AFTER:
        alerts.sweep(later(REPORTED, hours))
        delivery.deliver(later(REPORTED, hours))
    end = later(REPORTED, HOURS_AFTER[-1] + 30)
    alerts.sweep(end)  # raised, and never sent
    known, sent = keys(), taken(relay)
    assert len(known) > len(sent) > 10
    assert max(sent.values()) == 1

    destroy(tmp_path)
    call_command("restore", str(tmp_path / "backups"))
    alerts.sweep(end)
    delivery.deliver(end)
    afterwards = known | keys()
    by_key = Counter(afterwards[pk] for pk in taken(relay))
    assert {key for key, number in by_key.items() if number > 1} == set()  # nothing twice
    failed = {journal.key(row) for row in Message.objects.filter(state="failed")}
    assert set(known.values()) <= set(by_key) | failed  # nothing lost
    assert {name for name, rows in before.items() if rows[0]} <= set(copies.here().prints())
    assert evidence.path(Evidence.objects.get(title="log.txt").sha256).read_bytes() == b"what was seen"
    sealing.seal(end, everything=True)
    report = verifying.everything(end)
    assert [f.words for f in report.findings if f.part in ("ledger", "evidence", "guards")] == []
    assert len(report.notes) == 1


def test_what_comes_back_is_what_was_backed_up(live_cast, whole_again, tmp_path):
    lived(live_cast)
    alerts.sweep(later(REPORTED, 2))
    backups.make(tmp_path / "backups", later(REPORTED, 3))
    seen = rows_of_the_program()
    destroy(tmp_path)
    restoring.restore(backups.newest(tmp_path / "backups"), [], later(REPORTED, 4), str)
    assert rows_of_the_program() == seen


def rows_of_the_program() -> dict[str, list]:
    """Ledger, clocks and what waits to be sent."""
    with scope(ALL, reason="test"):
        pending = Message.objects.filter(state="queued").order_by("pk").values_list("pk", "recipient", "rung")
        clocks = Obligation.objects.order_by("pk").values_list(
            "pk", "due_at", "next_alert_at", "rung", "state"
        )
        return {
            "entries": list(Entry.objects.order_by("pk").values_list("pk", "step", "at", "facts")),
            "seals": list(signing.Seal.objects.order_by("pk").values_list("chain", "seq", "hash")),
            "pending": list(pending),
            "clocks": list(clocks),
            "people": list(User.objects.order_by("pk").values_list("email", "password")),
        }


def test_one_flipped_bit_anywhere_is_refused(live_cast, tmp_path):
    lived(live_cast)
    made, says = backups.make(tmp_path / "backups", REPORTED)
    files = tmp_path / "backups" / "evidence"
    everything = [*made.iterdir(), *files.glob("*/*")]
    assert len(everything) == 4 and backups.check(made, files) == says
    chance = random.Random(9)
    for number in range(60):
        path = everything[number % len(everything)]
        whole = path.read_bytes()
        bit = chance.randrange(len(whole) * 8)
        path.write_bytes(whole[: bit // 8] + bytes([whole[bit // 8] ^ 1 << bit % 8]) + whole[bit // 8 + 1 :])
        with pytest.raises(backups.Damaged):
            backups.check(made, files)
        path.write_bytes(whole)
    assert backups.check(made, files) == says


def test_backups_share_their_evidence_and_what_was_erased_leaves_them_in_time(live_cast, tmp_path):
    case, folder = lived(live_cast), tmp_path / "backups"
    backups.make(folder, REPORTED)
    (old,) = folder.glob("evidence/*/*")
    evidence.add_file(case.breach, title="b.txt", chunks=[b"more"], actor=live_cast.olga, at=REPORTED)
    Evidence.objects.filter(title="log.txt").delete()
    second, _ = backups.make(folder, later(REPORTED, 24))
    assert old.exists() and len(list(folder.glob("evidence/*/*"))) == 2
    assert backups.prune(folder, later(REPORTED, 12)) == 1
    assert backups.all_of(folder) == [second] and not old.exists()
    assert backups.prune(folder, later(REPORTED, 1000)) == 0  # the newest stays


def test_a_backup_says_which_evidence_it_could_not_hold(live_cast, tmp_path, capsys):
    lived(live_cast)
    evidence.path(Evidence.objects.get(title="log.txt").sha256).write_bytes(b"changed")
    with pytest.raises(SystemExit):
        call_command("backup", str(tmp_path / "backups"))
    assert "was gone or changed" in capsys.readouterr().err


def test_restore_refuses_a_database_that_is_not_empty_another_key_and_a_newer_program(
    live_cast, settings, tmp_path
):
    lived(live_cast)
    folder = tmp_path / "backups"
    _, says = backups.make(folder, REPORTED)
    with pytest.raises(CommandError, match="Nothing was changed"):
        call_command("restore", str(folder))
    with pytest.raises(backups.Damaged, match="newer version"):
        restoring._fits({**says, "migrations": [*says["migrations"], ["dsars", "9999_later"]]}, copies.here())
    settings.FIELD_KEYS = ["another key altogether"]
    with pytest.raises(CommandError, match="FIELD_KEYS"):
        call_command("restore", str(folder))
    settings.CHECKPOINT_KEYS = ["another key altogether"]
    with pytest.raises(CommandError, match="CHECKPOINT_KEYS"):
        call_command("restore", str(folder))
    assert Entry.objects.exists() and list(folder.glob(".part-*")) == []


def test_a_journal_that_cannot_be_written_stops_no_mail(cast, relay, settings, tmp_path, caplog):
    case = lived(cast)
    (tmp_path / "file").write_text("no folder")
    settings.SENT_JOURNAL = str(tmp_path / "file")
    assert delivery.deliver(REPORTED + dt.timedelta(minutes=1)) > 0
    assert "cannot be written" in caplog.text and fresh(case.a).state == "sent"
