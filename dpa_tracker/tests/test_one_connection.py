"""Requests of several customers on one and the same connection of the database: nothing of one meets another."""

import http.client
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import urlsplit

import psycopg2
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from conftest import report_breach, utc
from dpa_tracker.tests.chaos.house import Process, door
from dpa_tracker.tests.crowd import JSON, headers_of, signed_in
from obligations.models import Matter
from obligations.tests.test_sweep import database_url
from tools.servers import Pooler
from tools.services import scratch, subfolder, up

SIDES = {"carl": "a", "berta": "b", "cora": "c"}
POOLED = 240  # requests


@pytest.fixture
def own(live_cast) -> dict[str, str]:
    """The reference of each customer's notice, by the person who may see it."""
    report_breach(live_cast, [live_cast.a, live_cast.b, live_cast.c], utc("27 Mar 17:00"))
    notices = Matter.objects.filter(kind="breach_notice")
    return {
        name: notices.get(agreement=getattr(live_cast, side)).public_reference for name, side in SIDES.items()
    }


def addresses(reference: str) -> list[tuple[str, str]]:
    """A list, a page, and two requests that fail inside their transaction."""
    step = f"/api/v1/breach_notice/{reference}/steps/received/"
    return [
        ("GET", "/api/v1/breach_notice/"),
        ("GET", "/portal/matters/"),
        ("POST", step),
        ("GET", "/nowhere/"),
    ]


def foreign(own: dict[str, str], name: str, said: str) -> list[str]:
    return [who for who, reference in own.items() if who != name and reference in said]


def told() -> str:
    """Whose rows the connection would hand out now, without any scope."""
    if connection.vendor != "postgresql":
        return "*"
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('app.customers', true)")
        return str(cursor.fetchone()[0])


def test_interleaved_requests_on_one_connection_meet_nothing_of_each_other(own):
    clients = {name: signed_in(name) for name in SIDES}
    for client in clients.values():
        client.raise_request_exception = False
    before, mixed, met = told(), [], 0
    for turn in range(20):
        for name, client in clients.items():
            method, where = addresses(own[name])[turn % 4]
            said = client.generic(method, where, b"{}", content_type=JSON).content.decode()
            mixed += [(name, where, who) for who in foreign(own, name, said)]
            mixed += [(name, where, "the scope is still open")] if told() != before else []
            met += own[name] in said
    assert mixed == [] and met >= 30


# --- through a real pgbouncer in transaction mode, with one connection for everybody ----------------------


@contextmanager
def pooled() -> Iterator[str]:
    """The test database as dpa_app through the pool."""
    found = urlsplit(database_url("dpa_app"))
    with scratch() as folder:
        program, password = Path(os.environ["PGBOUNCER"]), found.password or ""
        pool = up(lambda: Pooler(program, subfolder(folder), password=password, upstream=found.port or 0))
        try:
            yield found._replace(netloc=f"dpa_app:{password}@127.0.0.1:{pool.port}").geturl()
        finally:
            pool.stop()


@contextmanager
def web(database: str, folder: Path) -> Iterator[SimpleNamespace]:
    """gunicorn with two processes of four threads on that database."""
    (folder / "static").symlink_to(settings.STATIC_ROOT)
    listening = door()
    words = ("--workers", "2", "--threads", "4", "--worker-class", "gthread", "--no-control-socket")
    command = (sys.executable, "-m", "gunicorn", "--bind", f"fd://{listening.fileno()}", *words)
    more = {"DATABASE_URL": database, "DATABASE_POOLED": "1", "DATA_DIR": str(folder)}
    environment = os.environ | more | {"STAFF_SECOND_FACTOR": "0", "LOG_LEVEL": "WARNING"}
    log = folder / "web.log"
    process = Process("web", (*command, "dpa_tracker.wsgi"), environment, (listening.fileno(),), log)
    process.start()
    try:
        yield SimpleNamespace(netloc=":".join(map(str, listening.getsockname())), log=log)
    finally:
        process.kill()
        listening.close()


def asked(netloc: str, client: Client, method: str, where: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection(netloc, timeout=120)) as line:
        line.request(method, where, b"{}" if method == "POST" else None, headers_of(client, JSON))
        answer = line.getresponse()
        return answer.status, answer.read().decode(errors="replace")


@pytest.mark.postgresql  # SQLite has no connections to share
def test_through_pgbouncer_in_transaction_mode_nothing_of_a_scope_is_left_to_the_next(own, tmp_path):
    clients = {name: signed_in(name) for name in SIDES}
    with pooled() as database, web(database, tmp_path) as server:

        def one(turn: int) -> tuple[str, str, int, str]:
            name = list(SIDES)[turn % 3]
            method, where = addresses(own[name])[turn // 3 % 4]
            return name, where, *asked(server.netloc, clients[name], method, where)

        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(one, range(POOLED)))
        with closing(psycopg2.connect(database)) as line:
            line.autocommit = True
            with line.cursor() as cursor:
                left = set()
                for _turn in range(20):
                    cursor.execute(
                        "SELECT pg_backend_pid(), coalesce(current_setting('app.customers', true), ''), "
                        "(SELECT count(*) FROM obligations_matter)"
                    )
                    left.add(cursor.fetchone())
    wrong = {(status, where) for _name, where, status, _said in answers if status >= 500}
    assert not wrong, server.log.read_text()[-3000:]
    assert [(name, where) for name, where, _status, said in answers if foreign(own, name, said)] == []
    assert sum(own[name] in said for name, _where, _status, said in answers) >= POOLED / 3
    assert len(left) == 1 and left.pop()[1:] == ("", 0)  # one connection, without a scope, without a row
