"""Health: the process lives. Readiness: it could do its work; the age of the last ticks is told beside it."""

import datetime as dt

import pytest
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from dpa_tracker import probes
from obligations import alerts

NOBODY = "redis://127.0.0.1:1/0"


def ask(path: str = "/ready", **more: object):
    answer = Client(**more).get(path)
    return answer.status_code, answer.json()


@pytest.fixture
def ticked(db) -> None:
    for name in ("sweep", "deliver"):
        alerts.beat(name, timezone.now())


@pytest.mark.django_db(databases=[])
def test_health_needs_no_database_and_no_name_of_the_host(settings):
    settings.ALLOWED_HOSTS = ["elsewhere.example"]
    settings.SECURE_SSL_REDIRECT = True
    assert ask("/health") == (200, {"status": "ok"})


def test_ready_when_database_redis_migrations_and_ticks_are_well(ticked):
    status, body = ask()
    assert status == 200 and body.pop("seconds_since").keys() == {"sweep", "deliver"}
    assert body == dict.fromkeys(("status", "database", "redis", "migrations", "ticks"), "ok")


def test_not_ready_while_a_migration_is_missing(ticked):
    MigrationRecorder(connection).record_unapplied("dsars", "0002_sealed_subjects")
    status, body = ask()
    assert (status, body["status"], body["migrations"]) == (503, "not ready", "1 are missing")


def test_an_older_program_stays_ready_on_a_newer_database(ticked):
    MigrationRecorder(connection).record_applied("dsars", "9999_of_tomorrow")
    assert ask()[0] == 200


def test_not_ready_without_redis_where_one_is_used(ticked, settings):
    settings.REDIS_URL = NOBODY
    assert ask()[0] == 503 and ask()[1]["redis"] == "does not answer"
    settings.REDIS_URL = ""
    assert ask()[0] == 200


def test_not_ready_without_the_database(ticked, monkeypatch):
    def away(self):
        raise OperationalError

    monkeypatch.setattr(MigrationRecorder, "applied_migrations", away)
    monkeypatch.setattr(connection, "close", lambda: None)  # it is the test's own
    status, body = ask()
    assert (status, body["database"]) == (503, "does not answer")


def test_an_old_tick_is_told_but_takes_no_web_process_away(ticked):
    alerts.beat("sweep", timezone.now() - dt.timedelta(seconds=121))
    status, body = ask()
    assert (status, body["ticks"]) == (200, "stale") and body["seconds_since"]["sweep"] >= 121
    assert Client().get("/healthz/").status_code == 503


def test_every_migration_of_the_program_is_needed():
    assert {("dsars", "0001_initial"), ("sessions", "0001_initial")} <= probes.needed()
