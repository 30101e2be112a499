"""From the report of a breach to the last of its notices at the mail server: time and memory, and nobody waits for
one addressee who bounces, one who gives no answer, and one whose message cannot be rendered."""

import sys
import time
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.utils import timezone

from conftest import add_many, report_breach
from dpa_tracker.tests.chaos.house import House
from obligations.actions import advance
from obligations.models import Matter, Message, NoticeContact

BAD = ("bounce", "hang", "crash")


def run(cast, number: int, alertds: int, patience: int, folder: Path, capsys) -> None:
    agreements = add_many(cast, number)
    for agreement, name in zip(agreements, BAD, strict=False):
        NoticeContact.objects.filter(agreement=agreement).update(email=f"{name}@customers.example")
    with House(folder, alertds=alertds) as house:
        began = time.monotonic()
        breach = report_breach(cast, agreements, timezone.now())
        reported = time.monotonic() - began
        rows = Matter.objects.filter(parent=breach)
        with transaction.atomic():  # nobody may send it before it is broken
            advance(rows, "send", actor=cast.olga, at=timezone.now(), facts={"text": "We suspect."})
            Message.objects.filter(recipient__startswith="crash").update(template="breaches/there_is_none")
        queued = time.monotonic() - began
        good = Message.objects.filter(entry__step="send", state="sent")
        while good.count() < number - len(BAD) and time.monotonic() - began < patience:
            house.wait(time.monotonic() + 0.5)
        out = time.monotonic() - began
        for process in house.processes.values():
            process.measure()
        peaks = {name: process.peak // 1024 for name, process in house.processes.items()}
        taken, words = house.taken(), house.last_words()
    figures = f"reported after {reported:.1f} s, queued after {queued:.1f} s, all accepted after {out:.1f} s"
    with capsys.disabled():  # parallel workers pass on standard error only
        print(
            f"\n{connection.vendor}: {number} notices: {figures}; most memory in MB: {peaks}", file=sys.stderr
        )
    notices = {mail["to"] for mail in taken if mail["to"].endswith("@customers.example")}
    assert len(notices) == good.count() == number - len(BAD), words
    bad = Message.objects.filter(recipient__in=[f"{name}@customers.example" for name in BAD])
    states = dict(bad.values_list("recipient", "state"))
    assert states["bounce@customers.example"] == "failed"
    assert states["hang@customers.example"] == states["crash@customers.example"] == "queued"


def test_three_bad_addressees_delay_nobody_else(live_cast, tmp_path, capsys):
    run(live_cast, 60, 2, 90, tmp_path, capsys)


@pytest.mark.long
def test_5000_notices_from_report_to_acceptance(live_cast, tmp_path, capsys):
    run(live_cast, 5000, 3, 1200, tmp_path, capsys)
