"""The doors, once each with the real process: worker with beat on both brokers, alertd, and a missing variable."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from conftest import report_breach
from obligations.models import Heartbeat, Message
from obligations.tests.test_sweep import database_url

PATIENCE = 60  # seconds until a process that should work is called broken


@pytest.fixture
def environment(tmp_path) -> dict[str, str]:
    """Variables of a process on the test database, with a data folder of its own and no Redis."""
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return kept | {"DATABASE_URL": database_url(), "DATA_DIR": str(tmp_path / "data")}


@pytest.fixture
def start(environment) -> Iterator[object]:
    """Start a process of ours in a group of its own; all of them end with the test."""
    started: list[subprocess.Popen[bytes]] = []

    def run(*command: str, fds: tuple[int, ...] = (), **variables: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, *command], env=environment | variables, cwd=settings.BASE_DIR,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True, pass_fds=fds,
        )  # fmt: skip
        started.append(process)
        return process

    yield run
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_for(condition, process: subprocess.Popen[bytes]) -> None:
    """Until the condition holds. A process that ended or that takes too long fails with what it printed."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if process.poll() is not None or time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
            pytest.fail(f"it did not do its work; it printed:\n{process.communicate()[0].decode()}")
        time.sleep(0.2)


def rang_and_sent() -> bool:
    return (
        Message.objects.filter(entry=None, state="sent").exists()
        and Heartbeat.objects.filter(name__in=("sweep", "deliver")).count() == 2
    )


def test_alertd_raises_and_sends_without_any_broker_and_stops_when_told(live_cast, start):
    report_breach(live_cast, [live_cast.a], timezone.now())
    process = start("manage.py", "alertd")
    wait_for(rang_and_sent, process)
    process.terminate()
    assert process.wait(PATIENCE) == 0


WORKER = (
    "-m",
    "celery",
    "-A",
    "dpa_tracker",
    "worker",
    "-B",
    "-P",
    "threads",
    "-c",
    "2",
    "--loglevel",
    "WARNING",
)


def test_worker_with_beat_raises_and_sends_through_a_folder(live_cast, start):
    report_breach(live_cast, [live_cast.a], timezone.now())
    wait_for(rang_and_sent, start(*WORKER))


def test_worker_with_beat_raises_and_sends_through_redis(live_cast, start):
    redis = os.environ["TEST_REDIS_URL"]
    report_breach(live_cast, [live_cast.a], timezone.now())
    wait_for(rang_and_sent, start(*WORKER, "-Q", "celery", REDIS_URL=redis))


def test_a_missing_secret_key_is_named_and_nothing_starts(environment, tmp_path):
    without = {name: value for name, value in environment.items() if name != "SECRET_KEY"}
    found = subprocess.run(
        [sys.executable, "manage.py", "check"],
        env=without,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
    )
    assert found.returncode != 0
    assert "SECRET_KEY is not set. It must hold at least 50 random characters" in found.stderr


def test_the_tests_use_the_driver_of_production():
    """Django prefers psycopg 3 silently when both are installed."""
    installed = {path.name for path in Path(sys.prefix).glob("lib/python*/site-packages/*")}
    assert "psycopg" not in installed and "psycopg2" in installed
