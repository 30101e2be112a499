"""Told to stop (SIGTERM), each process finishes what it does, begins nothing new, and ends with exit code 0."""

import contextlib
import re
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from conftest import report_breach
from dpa_tracker.tests.chaos.house import door
from dpa_tracker.tests.chaos.visitor import Visitor
from dpa_tracker.tests.test_processes import WORKER, environment, start, wait_for
from obligations.models import Entry, Heartbeat
from obligations.tests.test_sweep import database_url

__all__ = ["environment", "start"]  # fixtures
PATIENCE = 30  # seconds


@contextlib.contextmanager
def nobody_writes(table: str) -> Iterator[None]:
    """Whoever writes to that table waits until the end of this context."""
    if connection.vendor == "sqlite":
        with contextlib.closing(sqlite3.connect(settings.DATABASES["default"]["NAME"], timeout=20)) as held:
            held.isolation_level = None
            held.execute("BEGIN IMMEDIATE")
            yield
            held.execute("ROLLBACK")
        return
    with contextlib.closing(psycopg2.connect(database_url())) as held, held, held.cursor() as cursor:
        cursor.execute(f"LOCK TABLE {table} IN EXCLUSIVE MODE")
        yield


def someone_waits(table: str, process) -> bool:
    """Whether a process stands at that lock. SQLite tells nobody: wait until it hears signals, and a little longer."""
    if connection.vendor == "sqlite":
        found = re.search(r"SigCgt:\t(\w+)", Path(f"/proc/{process.pid}/status").read_text())
        hears = bool(int(found[1], 16) >> (signal.SIGTERM - 1) & 1)
        time.sleep(2 if hears else 0)
        return hears
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = %s::regclass", [table])
        return bool(cursor.fetchone()[0])


def web(start, folder: Path) -> tuple[object, str]:
    """One web process and its address."""
    found = door()
    (folder / "data").mkdir(exist_ok=True)
    (folder / "data" / "static").symlink_to(settings.STATIC_ROOT)
    words = ("--bind", f"fd://{found.fileno()}", "--worker-class", "gthread", "--threads", "4")
    process = start(
        *("-m", "gunicorn", *words, "--no-control-socket", "--log-level", "warning", "dpa_tracker.wsgi"),
        fds=(found.fileno(),), STAFF_SECOND_FACTOR="0",
    )  # fmt: skip
    return process, f"http://127.0.0.1:{found.getsockname()[1]}"


def test_web_finishes_the_request_that_it_has_begun(live_cast, start, tmp_path):
    row = report_breach(live_cast, [live_cast.a], timezone.now())
    process, address = web(start, tmp_path)
    olga = Visitor(address, "olga", timeout=PATIENCE)
    page = reverse("matter", args=[row.public_reference])
    wait_for(lambda: olga.ask(page), process)
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]*)"', olga.ask(page))[1]
    form = {"csrfmiddlewaretoken": token, "text": "Written while it was stopping."}
    answers = []
    path = reverse("note-add", args=[row.public_reference])
    writing = threading.Thread(target=lambda: answers.append(olga.answer("POST", path, form)[0]))
    with nobody_writes("obligations_entry"):
        writing.start()
        wait_for(lambda: someone_waits("obligations_entry", process), process)
        process.terminate()
        time.sleep(0.5)
        assert process.poll() is None and not answers
    writing.join(PATIENCE)
    assert process.wait(PATIENCE) == 0
    assert Entry.objects.filter(matter=row, step="note").count() == 1
    assert answers == [302]


@pytest.mark.parametrize("command", [("manage.py", "alertd"), WORKER], ids=["alertd", "worker"])
def test_a_tick_that_has_begun_is_finished(live_cast, start, command):
    """The process stands in the middle of its tick when it is told to stop."""
    report_breach(live_cast, [live_cast.a], timezone.now())
    with nobody_writes("obligations_heartbeat"):
        process = start(*command)
        wait_for(lambda: someone_waits("obligations_heartbeat", process), process)
        process.terminate()
        time.sleep(0.5)
        assert process.poll() is None
    assert process.wait(PATIENCE) == 0
    if (connection.vendor, command) != ("sqlite", WORKER):  # there nobody can see whether its tick had begun
        assert Heartbeat.objects.filter(name__in=("sweep", "deliver")).exists()
