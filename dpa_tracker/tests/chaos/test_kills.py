"""No alert and no notice is lost, however often the processes that carry them are killed.

The small run belongs to `make test`, the full one to `make test-long`; both print their figures.
"""

import contextlib
import datetime as dt
import os
import random
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import redis
from django.db import connection
from django.utils import timezone

from conftest import add_many, report_breach
from dpa_tracker.tests.chaos.books import HOUR, audit, everything_is_out
from dpa_tracker.tests.chaos.cable import Cable
from dpa_tracker.tests.chaos.house import SINK, House
from dpa_tracker.tests.chaos.visitor import Visitor
from obligations.actions import advance
from obligations.models import Matter
from tools.servers import Redis
from tools.services import scratch, subfolder

LATEST = 60  # seconds after the last kill until everything that is due is out


@dataclass(frozen=True)
class Size:
    """`seconds`: how long the deadlines are spread; `pause` between two kills, at least and at most."""

    breaches: int
    agreements: int  # of each breach
    seconds: int
    kills: int
    pause: tuple[float, float]
    faults: int  # of Redis
    alertds: int
    messages: int  # at least


SMALL = Size(
    breaches=4, agreements=5, seconds=12, kills=6, pause=(1.0, 2.0), faults=1, alertds=1, messages=40
)
FULL = Size(
    breaches=24, agreements=34, seconds=200, kills=110, pause=(0.5, 3.5), faults=12, alertds=3, messages=2000
)


@dataclass
class Broker:
    """A Redis of our own at the end of a cable; every start is empty and gets this run's mark."""

    server: Redis
    cable: Cable
    mark: str = field(default_factory=lambda: f"chaos-{os.getpid()}-{time.time()}")

    @property
    def url(self) -> str:
        return self.server.url().replace(str(self.server.port), str(self.cable.port))

    def put_mark(self) -> None:
        with redis.Redis.from_url(self.server.url()) as client:
            client.set(self.mark, 1)

    def flush(self) -> None:
        """Only a Redis that carries the mark is ours to flush."""
        with redis.Redis.from_url(self.server.url()) as client:
            assert client.exists(self.mark), "this Redis is not the one of this run"
            client.flushall()
        self.put_mark()

    def stop(self) -> None:
        """Gone for three seconds, then back with nothing in it."""
        self.server.stop()
        time.sleep(3)
        self.server.start()
        self.put_mark()

    def cut(self) -> None:
        self.cable.set("cut")
        time.sleep(5)
        self.cable.set("through")

    def silent(self) -> None:
        """Connections stay open and nothing comes."""
        self.cable.set("silent")
        time.sleep(8)
        self.cable.set("through")

    def fail(self, number: int) -> str:
        name = ("stop", "flush", "cut", "silent")[number % 4]
        getattr(self, name)()
        return name


@contextlib.contextmanager
def broker() -> Iterator[Broker]:
    with scratch() as folder:
        server = Redis(Path(os.environ["REDIS_SERVER"]), subfolder(folder))
        server.create()
        try:
            with Cable(server.port) as cable:
                found = Broker(server, cable)
                found.put_mark()
                yield found
        finally:
            server.stop()


def prepare(cast, size: Size, start: dt.datetime) -> list[Matter]:
    """Breaches whose alerts to the deputy fall due one after the other from `start` on, each with a text to send."""
    agreements = add_many(cast, size.breaches * size.agreements)
    found = []
    for number in range(size.breaches):
        due = start + dt.timedelta(seconds=size.seconds * number / size.breaches)
        mine = agreements[number * size.agreements : (number + 1) * size.agreements]
        breach = report_breach(cast, mine, due - HOUR)
        advance([breach], "write", actor=cast.olga, at=timezone.now(), facts={"text": "We suspect."})
        found.append(breach)
    return found


def send_all(visitor: Visitor, breaches: list[Matter], until: float, pace: float) -> list[str]:
    """Through the web, one breach after the other, each until the page says that none is owed."""
    left = []
    for breach in breaches:
        while not visitor.send_notices(breach.public_reference):
            if time.monotonic() > until:
                left.append(breach.reference)
                break
            time.sleep(0.3)
        time.sleep(pace)
    return left


def live_through(
    house: House, own_redis: Broker | None, size: Size, chance: random.Random
) -> tuple[float, list[str]]:
    """Kill, and let Redis fail in between; the sink dies in the first half only, as mail servers rest for 30 s
    after a failure. Returns the instant of the last kill and the failures."""
    every = size.kills // max(size.faults, 1)
    # One thread for all faults: the kernel ends a server when the thread that started it ends.
    with ThreadPoolExecutor(1) as second:
        faults: list[Future[str]] = []
        for number in range(size.kills):
            house.wait(time.monotonic() + chance.uniform(*size.pause))
            early = number < size.kills / 2
            house.kill_one(chance, [name for name in house.processes if early or name != SINK])
            if own_redis and number % every == 0 and len(faults) < size.faults:
                faults.append(second.submit(own_redis.fail, len(faults)))
        last = time.time()
        return last, [fault.result() for fault in faults]


def run(cast, size: Size, folder: Path, own_redis: Broker | None, capsys) -> None:
    """The whole story; fails with every problem that was found."""
    seed = random.SystemRandom().randrange(10**6)
    expected = size.breaches * size.agreements
    start = timezone.now() + dt.timedelta(seconds=10)
    breaches = prepare(cast, size, start)
    with House(folder, own_redis.url if own_redis else "", size.alertds) as house:
        visitor = Visitor(house.address, "olga")
        until, pace = time.monotonic() + 3 * size.seconds + LATEST, size.seconds / size.breaches / 2
        left: list[str] = []
        sender = threading.Thread(target=lambda: left.extend(send_all(visitor, breaches, until, pace)))
        sender.start()
        last, faults = live_through(house, own_redis, size, random.Random(seed))
        sender.join()
        end = max(time.time(), start.timestamp() + size.seconds) + LATEST
        while time.time() < end and not everything_is_out(expected):
            house.wait(time.monotonic() + 0.5)
        books = audit(house.taken(), expected, last)
        words = house.last_words()
    redis_words = f", {len(faults)} failures of Redis" if own_redis else ""
    story = f"{connection.vendor}: {house.kills} kills{redis_words}, {house.deaths} deaths by themselves (seed {seed})"
    with capsys.disabled():  # parallel workers pass on standard error only
        print(f"\n{story}; {books}", file=sys.stderr)
    assert not left, f"never sent: {left}\n{words}"
    assert not books.problems, "\n".join([f"seed {seed}", *books.problems[:20], words])
    assert books.messages >= size.messages
    assert books.after <= LATEST, f"seed {seed}: {books}\n{words}"


def on_this_database(cast, size: Size, folder: Path, capsys) -> None:
    """PostgreSQL runs with Redis, SQLite embedded, as an installation of either kind does."""
    if connection.vendor == "sqlite":
        return run(cast, size, folder, None, capsys)
    with broker() as own_redis:
        return run(cast, size, folder, own_redis, capsys)


def test_no_alert_and_no_notice_is_lost_or_doubled_when_processes_are_killed(live_cast, tmp_path, capsys):
    on_this_database(live_cast, SMALL, tmp_path, capsys)


@pytest.mark.long
def test_2000_alerts_and_notices_survive_110_kills(live_cast, tmp_path, capsys):
    on_this_database(live_cast, FULL, tmp_path, capsys)
