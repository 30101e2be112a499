"""What is measured, each with its floor. Every function takes the world and returns results."""

import datetime as dt
import json
import multiprocessing
import resource
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.roles import Actor, actor_of
from accounts.scope import _now_open
from bench import floors
from bench.data import TODAY, World
from bench.measure import Result, measure
from bench.sink import sink
from obligations import alerts, delivery
from obligations.actions import advance, open_matter
from obligations.clock import BusinessDays, Calendar, reckon
from obligations.models import Matter, Message

FRAME = ("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")  # of a transaction: no statement
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


# --- Sweep -------------------------------------------------------------------------------------------------


def make_due(number: int) -> dt.datetime:
    """Undo an earlier run and let `number` obligations of the processor be due now."""
    now = TODAY
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM obligations_message")
        cursor.execute(
            "UPDATE obligations_obligation SET next_alert_at = %s + interval '1 day' + (id %% 700) * interval '1 day',"
            " rung = 0, repeat = 0, rang_at = NULL"
            " WHERE state = 'open' AND (rang_at IS NOT NULL OR next_alert_at <= %s)",
            [now, now],
        )
        cursor.execute(
            "UPDATE obligations_obligation SET next_alert_at = %s WHERE id IN (SELECT id FROM obligations_obligation"
            " WHERE state = 'open' AND owed_by = 'processor' AND target_at <= %s ORDER BY id DESC LIMIT %s)",
            [now, now, number],
        )
    return now


def idle_sweep(world: World) -> Iterator[Result]:
    make_due(0)

    def one_read() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")

    with CaptureQueriesContext(connection) as captured:
        alerts.sweep(TODAY)
    reads = sum("obligations_obligation" in query["sql"] for query in captured.captured_queries)
    yield measure(
        "idle sweep", lambda: alerts.sweep(TODAY), one_read, floor_name="SELECT 1", statements=reads,
        goal="1 statement on the table, no growth",
    )  # fmt: skip


def busy_sweep(world: World, numbers: Sequence[int]) -> Iterator[Result]:
    for number in numbers:
        make_due(number)
        alerts.sweep(TODAY)
        made = Message.objects.values_list("obligation", "context")
        due, context = len({row for row, _ in made}), json.dumps(made[0][1])  # a small database has fewer
        two = round(100 * (len(made) - due) / due)
        yield measure(
            f"busy sweep, {number:,} due",
            lambda: alerts.sweep(TODAY),
            lambda context=context, two=two: floors.sweep_in_sql(TODAY, context, two),
            floor_name="one SQL statement with the same writes",
            per=due,
            rounds=3,
            before=lambda number=number: make_due(number),
            goal=">= 8,000/s, <= 2x the floor",
        )


def sweep_in_parallel(world: World, number: int, workers: Sequence[int]) -> Iterator[Result]:
    for count in workers:
        seconds = []
        for _ in range(3):
            make_due(number)
            seconds.append(_together(count, lambda: alerts.sweep(TODAY)))
        told = list(Message.objects.values_list("obligation", "recipient"))
        assert len(told) == len(set(told)) and len({row for row, _ in told}) == number, "lost or doubled"
        yield Result(f"busy sweep, {number:,} due, {count} workers", sorted(seconds)[1], per=number)


def _together(count: int, work: Callable[[], Any]) -> float:
    """Seconds from the common start of `count` processes to the end of the last."""
    context = multiprocessing.get_context("fork")
    start = context.Barrier(count + 1)
    connection.close()

    def run() -> None:
        connection.close()
        connection.ensure_connection()
        start.wait()
        work()

    processes = [context.Process(target=run) for _ in range(count)]
    for process in processes:
        process.start()
    start.wait()
    begun = time.perf_counter()
    for process in processes:
        process.join()
        assert process.exitcode == 0
    return time.perf_counter() - begun


# --- Deliver -----------------------------------------------------------------------------------------------


def deliver(world: World, number: int) -> Iterator[Result]:
    with sink() as address:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False

        def waiting() -> None:
            make_due(number)
            alerts.sweep(TODAY)
            # An alert may have several readers: as many wait as the floor sends.
            wanted = Message.objects.order_by("pk").values("pk")[:number]
            with connection.cursor() as cursor:
                cursor.execute(
                    "DELETE FROM obligations_message WHERE id <> ALL(%s)", [[row["pk"] for row in wanted]]
                )

        yield measure(
            f"deliver, {number:,} messages",
            lambda: delivery.deliver(TODAY),
            lambda: floors.mail_loop(address, number),
            floor_name="a bare loop on one open connection",
            per=number,
            rounds=1,
            before=waiting,
            goal="<= 2x the floor",
        )
        assert not Message.objects.exclude(state="sent").exists(), "not all were sent"
    make_due(0)


# --- Many agreements ---------------------------------------------------------------------------------------


def fan_out(world: World, numbers: Sequence[int]) -> Iterator[Result]:
    olga = actor_of(world.olga)
    for number in numbers:
        run = undone(lambda number=number: report_and_send(world, olga, number))
        growth = _memory(run) if number >= 1000 else 0
        yield measure(
            f"breach to {number:,} agreements, notices queued", run, per=number, rounds=2,
            goal="5,000 in <= 5 s, <= 150 MB", memory_mb=growth,
        )  # fmt: skip


def report_and_send(world: World, olga: Actor, number: int) -> None:
    facts = {
        "suspected_at": TODAY, "where": "processor", "categories": "customer_content", "description": "Found.",
        "agreements": list(world.agreements[:number]),
    }  # fmt: skip
    breach = open_matter("breach", actor=olga, at=TODAY, facts=facts, title="Bench")
    rows = list(Matter.objects.filter(parent=breach))
    done = advance(rows, "send", actor=olga, at=TODAY, facts={"text": "We suspect a breach."}).done
    assert len(done) == number


def proposals(world: World, number: int) -> Iterator[Result]:
    olga = actor_of(world.olga)

    def propose() -> None:
        known = {"service": "Speech", "country": "DE", "list_version": "1"}
        row = open_matter("subprocessor", actor=olga, at=TODAY, facts=known, title="Nimbus Bench")
        facts = {"agreements": list(world.agreements[:number]), "starts_on": dt.date(2027, 6, 1)}
        advance([Matter.objects.get(pk=row.pk)], "propose", actor=olga, at=TODAY, facts=facts)
        assert Matter.objects.filter(parent=row, kind="consent").count() == number

    yield measure(
        f"proposal of a sub-processor to {number:,} agreements", undone(propose), per=number, rounds=2
    )


def one_step(world: World) -> Iterator[Result]:
    olga = actor_of(world.olga)
    row = Matter.objects.filter(kind="breach_notice", state="owed").order_by("-pk")[0]

    def send() -> None:
        advance([Matter.objects.get(pk=row.pk)], "send", actor=olga, at=TODAY, facts={"text": "We suspect."})

    def insert() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO obligations_heartbeat (name, at, by) VALUES ('bench', now(), '')")

    with CaptureQueriesContext(connection) as captured:
        undone(send)()
    count = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")) for query in captured)
    yield measure(
        "advance one matter", undone(send), undone(insert), floor_name="one INSERT", statements=count, rounds=15,
        goal="<= 15 statements",
    )  # fmt: skip


def undone(work: Callable[[], Any]) -> Callable[[], None]:
    """The work in a transaction that leaves nothing."""

    def run() -> None:
        with transaction.atomic():
            work()
            transaction.set_rollback(True)

    return run


def _memory(work: Callable[[], Any]) -> int:
    """Growth of the largest memory in MB, in a process of its own."""
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    connection.close()

    def run() -> None:
        connection.close()
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        work()
        theirs.send((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)

    process = context.Process(target=run)
    process.start()
    process.join()
    return int(ours.recv())


# --- Pages and API -----------------------------------------------------------------------------------------


def pages(world: World, addresses: Sequence[tuple[str, str, str]], goal: str = "") -> Iterator[Result]:
    """(name, address, address of its floor) as the officer sees them."""
    client = Client(raise_request_exception=True)
    client.force_login(world.olga, backend=BACKEND)
    for name, address, floor in addresses:

        def get(where: str = address) -> Any:
            outside = _now_open.set(None)  # as a request comes: its own scope is the only one
            answer = client.get(where)
            _now_open.reset(outside)
            assert answer.status_code == 200, (where, answer.status_code)
            return answer

        with CaptureQueriesContext(connection) as captured:
            size = len(get().content)
        statements = sum(not query["sql"].startswith(FRAME) for query in captured)
        yield measure(
            name, get, (lambda where=floor: get(where)) if floor else None, floor_name=floor, rounds=9,
            statements=statements, kilobytes=round(size / 1024), goal=goal,
        )  # fmt: skip


# --- Arithmetic --------------------------------------------------------------------------------------------


def arithmetic(world: World) -> Iterator[Result]:
    calendar = Calendar("DE", "BE", "Europe/Berlin")
    starts = [TODAY + dt.timedelta(hours=7 * n) for n in range(10_000)]
    reckon(BusinessDays(10), starts[0], calendar)

    def ten_thousand() -> None:
        for start in starts:
            reckon(BusinessDays(10), start, calendar)

    def plain() -> None:
        for start in starts:
            start + dt.timedelta(days=14)

    yield measure(
        "reckon ten business days with the trace", ten_thousand, plain, floor_name="adding 14 days", per=10_000,
        rounds=3, goal=">= 20,000/s",
    )  # fmt: skip
