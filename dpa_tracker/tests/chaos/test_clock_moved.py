"""The clock of the machine is moved while alerts and notices go out: nothing is lost, nothing is doubled.

Every process of ours runs under libfaketime, whose offset stands in one file that the test rewrites.
"""

import datetime as dt
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from conftest import add_many, report_breach
from dpa_tracker.tests.chaos.house import House
from obligations.actions import advance
from obligations.models import Entry, Matter, Message, Obligation

HOURS = dt.timedelta(hours=1)
BACK_WITHIN = 90  # seconds after the clock is right again until everything that is due is out


@dataclass
class MovedClock:
    """The clock that our processes see: the right one (the real one and `away`) and what it was moved by."""

    file: Path
    away: dt.timedelta
    offset: dt.timedelta = dt.timedelta(0)

    def move(self, by: dt.timedelta) -> None:
        self.offset += by
        new = self.file.with_suffix(".new")
        new.write_text(f"{(self.away + self.offset).total_seconds():+.0f}\n")
        new.replace(self.file)

    def right(self) -> dt.datetime:
        return timezone.now() + self.away

    @property
    def variables(self) -> dict[str, str]:
        """A moved monotonic clock would make timeouts and waits hang."""
        return {
            "LD_PRELOAD": os.environ["LIBFAKETIME"],
            "FAKETIME_TIMESTAMP_FILE": str(self.file),
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "TZ": "Europe/Berlin",
        }


def load(cast, clock: MovedClock, agreements) -> Matter:
    """A breach reported and its notices sent from a machine whose clock is right."""
    at = clock.right()
    breach = report_breach(cast, agreements, at)
    rows = Matter.objects.filter(parent=breach)
    advance(rows, "send", actor=cast.olga, at=at, facts={"text": "We suspect."})
    return breach


def live_through(cast, house: House, clock: MovedClock, moves: Sequence[dt.timedelta], number: int) -> int:
    """Load before each move and while it happens; returns how many agreements were told."""
    groups = add_many(cast, number * (len(moves) + 1))
    for place, move in enumerate([dt.timedelta(0), *moves]):
        clock.move(move)
        load(cast, clock, groups[place * number : (place + 1) * number])
        _until_some_are_out(house, len(house.taken()) + number // 2)
    return len(groups)


def _until_some_are_out(house: House, wanted: int) -> None:
    """The next move comes while the others are on their way."""
    until = time.monotonic() + BACK_WITHIN
    while len(house.taken()) < wanted and time.monotonic() < until:
        house.wait(time.monotonic() + 0.1)


def all_out(expected: int) -> bool:
    """Every notice, and the start of every clock: by itself, or named in a later alert that it fell together with."""
    rows = Message.objects.filter(state="sent", pending_step="")
    alerts = rows.filter(obligation__duty="notify_customer").values_list(
        "obligation", "rung", "context__skipped"
    )
    started = {pk for pk, rung, skipped in alerts if rung == 0 or "start" in skipped}
    return rows.filter(entry__step="send").count() == expected == len(started)


def run(cast, folder: Path, starts: str, moves: Sequence[dt.timedelta], number: int, capsys) -> None:
    away = dt.datetime.fromisoformat(starts) - timezone.now() if starts else dt.timedelta(0)
    clock = MovedClock(folder / "offset", away)
    clock.move(dt.timedelta(0))
    with House(folder, tickers=3, more=clock.variables) as house:
        expected = live_through(cast, house, clock, moves, number)
        clock.move(-clock.offset)  # right again
        until = time.monotonic() + BACK_WITHIN
        while time.monotonic() < until and not all_out(expected):
            house.wait(time.monotonic() + 0.5)
        taken, words, back = house.taken(), house.last_words(), BACK_WITHIN - until + time.monotonic()
    ids = Counter(mail["id"] for mail in taken)
    per_alert = Counter(
        Message.objects.filter(entry=None).values_list("obligation", "round", "rung", "recipient")
    )
    relayed = Counter(Entry.objects.filter(step="relayed").values_list("matter", flat=True))
    jumps = ", ".join(f"{move.total_seconds() / 3600:+g} h" for move in moves)
    figures = f"{Message.objects.count()} messages, {len(taken)} acceptances, {len(taken) - len(ids)} repeats"
    story = f"{connection.vendor}: from {starts or 'now'} the clock moved {jumps}: {figures} with the same Message-ID"
    with capsys.disabled():  # parallel workers pass on standard error only
        print(f"\n{story}; all out {back:.1f} s after it was right again", file=sys.stderr)
    assert all_out(expected), f"{Message.objects.filter(state='queued').count()} still wait\n{words}"
    assert len(ids) == Message.objects.count()
    assert set(per_alert.values()) == set(relayed.values()) == {1}
    assert len(relayed) == expected == Obligation.objects.filter(duty="notify_customer").count()


def test_two_hours_ahead_and_back_lose_and_double_nothing(live_cast, tmp_path, capsys):
    run(live_cast, tmp_path, "", [2 * HOURS, -4 * HOURS], 10, capsys)


@pytest.mark.long
@pytest.mark.parametrize("starts", ["", "2026-10-25T00:50:00+00:00", "2027-03-28T00:50:00+00:00"])
def test_jumps_over_both_changes_of_the_clock_lose_and_double_nothing(live_cast, tmp_path, capsys, starts):
    """The clocks of Europe change at 01:00 UTC."""
    quarter = dt.timedelta(minutes=15)
    moves = [
        quarter,
        2 * HOURS,
        -2 * HOURS,
        -quarter,
        -2 * HOURS,
        2 * HOURS,
        40 * 24 * HOURS,
        -40 * 24 * HOURS,
    ]
    run(live_cast, tmp_path, starts, moves, 100, capsys)
