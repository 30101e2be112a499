"""Two machines, each a data folder and processes, on one database: one dies under load; both are upgraded under load.

The balancer of these tests asks the next machine when one gives no answer, as those of an installation do.
"""

import contextlib
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from conftest import report_breach
from dpa_tracker.tests.chaos.books import audit, everything_is_out
from dpa_tracker.tests.chaos.house import House
from dpa_tracker.tests.chaos.test_kills import LATEST, Size, broker, prepare, send_all
from dpa_tracker.tests.chaos.visitor import Visitor
from obligations.models import Entry
from obligations.tests.test_sweep import database_url

SMALL = Size(breaches=3, agreements=4, seconds=10, kills=1, pause=(0, 0), faults=0, alertds=1, messages=24)
FULL = Size(
    breaches=24, agreements=30, seconds=120, kills=1, pause=(0, 0), faults=0, alertds=2, messages=1400
)


class Balanced(Visitor):
    """A visitor behind a balancer."""

    def __init__(self, addresses: list[str], name: str) -> None:
        super().__init__(addresses[0], name)
        self.addresses = addresses

    def ask(self, path: str, form: dict[str, str] | None = None) -> str:
        """The page of the first machine that gives one."""
        for address in list(self.addresses):
            self.address = address
            if page := super().ask(path, form):
                return page
        return ""


@contextlib.contextmanager
def two_machines(
    folder: Path, alertds: int, url: str = "", web_alone: bool = False
) -> Iterator[tuple[House, House]]:
    """Each with its own data folder; the evidence lies on a disk that both have."""
    more = {"EVIDENCE_DIR": str(folder / "evidence")}
    for name in ("one", "two"):
        (folder / name).mkdir()
    with (
        House(folder / "one", url, alertds, more=more, web_alone=web_alone) as one,
        House(folder / "two", url, alertds, more=more, web_alone=web_alone) as two,
    ):
        yield one, two


def one_dies(cast, size: Size, folder: Path, url: str, capsys) -> None:
    expected = size.breaches * size.agreements
    start = timezone.now()
    breaches = prepare(cast, size, start)
    with two_machines(folder, size.alertds, url) as (one, two):
        visitor = Balanced([one.address, two.address], "olga")
        until, left = time.monotonic() + 3 * size.seconds + LATEST, []
        sender = threading.Thread(target=lambda: left.extend(send_all(visitor, breaches, until, 0.2)))
        sender.start()
        while not Entry.objects.filter(step="send").exists():  # the load has begun
            one.wait(time.monotonic() + 0.2)
        one.die()
        last = time.time()
        sender.join()
        end = max(last, start.timestamp() + size.seconds) + LATEST
        while time.time() < end and not everything_is_out(expected):
            two.wait(time.monotonic() + 0.5)
        books = audit([*one.taken(), *two.taken()], expected, last)
        words = two.last_words()
    with capsys.disabled():
        print(f"\n{connection.vendor}: one of two machines killed; {books}", file=sys.stderr)
    assert not left and not books.problems, "\n".join([*books.problems[:20], words])
    assert books.messages >= size.messages and books.after <= LATEST, f"{books}\n{words}"


def on_this_database(cast, size: Size, folder: Path, capsys) -> None:
    if connection.vendor == "sqlite":
        return one_dies(cast, size, folder, "", capsys)  # two sets of processes on one file
    with broker() as own_redis:
        return one_dies(cast, size, folder, own_redis.url, capsys)


def test_a_machine_is_killed_and_the_other_carries_on(live_cast, tmp_path, capsys):
    on_this_database(live_cast, SMALL, tmp_path, capsys)


@pytest.mark.long
def test_a_machine_is_killed_under_1400_messages(live_cast, tmp_path, capsys):
    on_this_database(live_cast, FULL, tmp_path, capsys)


@dataclass
class Load:
    """Readers and writers who never stop; every answer is counted, and how long the slowest took."""

    addresses: list[str]
    matter: str
    threads: int
    statuses: Counter[int] = field(default_factory=Counter)
    slowest: float = 0.0
    written: int = 0
    away: set[str] = field(default_factory=set)  # machines to which the balancer sends nobody
    over: threading.Event = field(default_factory=threading.Event)

    def run(self, number: int, visitor: Visitor) -> None:
        """One person; every other one writes notes."""
        page = reverse("matter", args=[self.matter])
        visitor.ask(page)  # for the cookie of the forms
        while not self.over.is_set():
            there = [address for address in self.addresses if address not in self.away]
            visitor.address = there[number % len(there)]
            text = self._timed(visitor, "GET", page)
            token = text.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]
            if number % 2 and token:
                form = {"csrfmiddlewaretoken": token, "text": f"Note of {number}."}
                self._timed(visitor, "POST", reverse("note-add", args=[self.matter]), form)

    def _timed(self, visitor: Visitor, method: str, path: str, form: Mapping[str, str] | None = None) -> str:
        began = time.monotonic()
        status, text = visitor.answer(method, path, form)
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[status] += 1
        self.written += status == 302
        return text

    @contextlib.contextmanager
    def going_on(self) -> Iterator["Load"]:
        signed_in = [
            Visitor(self.addresses[0], "olga") for _ in range(self.threads)
        ]  # with this thread's connection
        people = [threading.Thread(target=self.run, args=pair) for pair in enumerate(signed_in)]
        for one in people:
            one.start()
        try:
            yield self
        finally:
            self.over.set()
            for one in people:
                one.join()


def status_of(house: House) -> int:
    """What the machine answers to its balancer."""
    return Visitor(house.address, "olga").answer("GET", "/ready")[0]


TOMORROW = {"DJANGO_SETTINGS_MODULE": "dpa_tracker.tests.chaos.next_release"}


def upgraded(cast, folder: Path, threads: int, rounds: int, capsys) -> None:
    """The tables first, then one machine after the other; people go on reading and writing."""
    row = report_breach(cast, [cast.a], timezone.now())
    with two_machines(folder, 0, web_alone=True) as (one, two):
        for house in (one, two):
            while status_of(house) != 200:
                time.sleep(0.3)
        try:
            with Load([one.address, two.address], row.public_reference, threads).going_on() as load:
                for _ in range(rounds):
                    time.sleep(1)
                    one.command("migrate", "-v0", more=TOMORROW | {"DATABASE_URL": database_url()})
                for house in (one, two):
                    load.away = {house.address}
                    time.sleep(1)
                    house.restart("web", TOMORROW)
                    while status_of(house) != 200:
                        time.sleep(0.3)
                    load.away = set()
                    time.sleep(1)
                time.sleep(1)
            words = one.last_words() + two.last_words()
        finally:
            one.command(
                "migrate", "-v0", "tomorrow", "zero", more=TOMORROW | {"DATABASE_URL": database_url()}
            )
    with capsys.disabled():
        told = f"{sum(load.statuses.values())} answers {dict(load.statuses)}, slowest {load.slowest:.2f} s"
        print(f"\n{connection.vendor}: upgrade of two machines under load; {told}", file=sys.stderr)
    assert set(load.statuses) <= {200, 302}, f"{load.statuses}\n{words}"
    assert load.written and load.statuses[200] > 10
    assert Entry.objects.filter(matter=row, step="note").count() == load.written


# On SQLite there is one machine and one file: an upgrade is a restart (docs/operations.md), and nothing to try.
@pytest.mark.postgresql
def test_an_upgrade_with_a_migration_under_load_refuses_nobody(live_cast, tmp_path, capsys):
    upgraded(live_cast, tmp_path, threads=4, rounds=1, capsys=capsys)


@pytest.mark.postgresql
@pytest.mark.long
def test_ten_upgrades_under_the_load_of_sixteen(live_cast, tmp_path, capsys):
    upgraded(live_cast, tmp_path, threads=16, rounds=10, capsys=capsys)
