"""Long work: every row exactly once whoever is killed, a result for each, and nobody else's business."""

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import uuid

import pytest
from django.conf import settings
from django.db import connection, transaction

from accounts import people
from conftest import add_many, report_breach, utc
from dpa_tracker.tests.crowd import signed_in
from jobs import working
from jobs.models import Job, JobRow
from jobs.working import Result, Todo, Work, start, work
from obligations import bulk_steps
from obligations.models import Entry, Matter, Message, NoticeContact
from obligations.tests.test_sweep import database_url

NOW = utc("27 Mar 17:00")
LATER = NOW + working.LEASE
TEXT = {"text": "We suspect a breach."}


def notices(cast, number: int) -> list[Matter]:
    breach = report_breach(cast, add_many(cast, number), NOW)
    return list(Matter.objects.filter(parent=breach).order_by("pk"))


def sending(cast, rows: list[Matter]) -> Job:
    step = rows[0].clause.step("send")
    return bulk_steps.start(step, [(TEXT, rows)], actor=cast.olga, at=NOW, now=NOW, key=None)


def sent(rows: list[Matter]) -> int:
    return Entry.objects.filter(matter__in=rows, step="send").count()


def worker(now: dt.datetime, hold_at: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "jobs.tests.worker", now.isoformat(), str(hold_at)]
    environment = os.environ | {"DATABASE_URL": database_url()}
    return subprocess.Popen(
        command, env=environment, cwd=settings.BASE_DIR, stdout=subprocess.PIPE, text=True
    )


def test_a_worker_killed_in_the_middle_is_followed_by_another_and_every_row_happens_once(live_cast):
    rows = notices(live_cast, 60)
    job = sending(live_cast, rows)
    first = worker(NOW, hold_at=3)
    assert first.stdout and first.stdout.readline() == "holding\n"
    first.send_signal(signal.SIGKILL)
    first.communicate()
    assert (sent(rows), working.counts(job)) == (20, {"done": 20, "waiting": 40})
    assert work(NOW) == 0, "the lease of the dead one still holds"
    second = worker(LATER, hold_at=0)
    assert second.communicate(timeout=60)[0] == "40\n"
    assert working.counts(job) == {"done": 60}
    assert sent(rows) == Message.objects.filter(entry__step="send").count() == 60


def test_who_was_overtaken_marks_nothing_any_more(cast):
    rows = notices(cast, 2)
    sending(cast, rows)
    slow = working._claimed(NOW)
    assert work(LATER) == 2
    assert slow and working._chunk(slow, LATER) == 0
    assert sent(rows) == 2


def test_one_row_that_cannot_be_moved_is_refused_in_words_and_the_others_are_done(cast):
    rows = notices(cast, 5)
    NoticeContact.objects.filter(agreement=rows[2].agreement).delete()
    job = sending(cast, rows)
    work(NOW)
    assert working.counts(job) == {"done": 4, "refused": 1}
    assert "has no notice contact" in job.rows.get(state="refused").words
    assert Job.objects.get().finished_at == NOW


def test_a_matter_that_somebody_else_moved_meanwhile_is_left_alone(cast):
    rows = notices(cast, 3)
    job = sending(cast, rows)
    Matter.objects.filter(pk=rows[0].pk).update(version=9)
    work(NOW)
    assert [row.state for row in job.rows.order_by("number")] == ["refused", "done", "done"]


@pytest.fixture
def doubling(monkeypatch):
    """Work of a kind of its own: notes on one matter; the row called "poison" breaks."""

    def do(job, rows, actor, now):
        if any(row.about == "poison" for row in rows):
            raise RuntimeError("broken")
        return [Result(words=row.about.upper()) for row in rows]

    monkeypatch.setitem(working.WORK, "doubling", Work(do, chunk=4))


def test_a_row_that_breaks_the_program_fails_alone(cast, doubling):
    names = ["a", "b", "poison", "c", "d", "e"]
    job = start("doubling", [Todo(name) for name in names], title="T", actor=cast.olga, at=NOW)
    work(NOW)
    rows = list(job.rows.order_by("number"))
    assert [row.words for row in rows if row.state == "done"] == ["A", "B", "C", "D", "E"]
    assert [(row.about, row.words) for row in rows if row.state == "failed"] == [("poison", working.FAULT)]


def test_a_tick_ends_and_the_next_one_carries_on(cast, doubling):
    job = start("doubling", [Todo(f"{n}") for n in range(9)], title="T", actor=cast.olga, at=NOW)
    found = [work(NOW, seconds=1e-9) for _ in range(4)]
    assert found == [4, 4, 1, 0]
    assert Job.objects.get(pk=job.pk).finished_at == NOW


def test_a_form_sent_twice_starts_one_job(cast, doubling):
    key = uuid.uuid4()
    for _ in range(2):
        start("doubling", [Todo("a")], title="T", actor=cast.olga, at=NOW, key=key)
    assert (Job.objects.count(), JobRow.objects.count()) == (1, 1)


def test_whoever_is_switched_off_works_no_longer(cast):
    rows = notices(cast, 2)
    job = sending(cast, rows)
    people.switch(job.owner, False, actor=cast.adam, at=NOW)
    work(NOW)
    assert (working.counts(job), sent(rows)) == ({"refused": 2}, 0)


def test_a_stopped_job_leaves_what_waits_as_it_was(cast):
    rows = notices(cast, 3)
    job = sending(cast, rows)
    signed_in("olga").post(f"/jobs/{job.pk}/stop/")
    assert (work(NOW), working.counts(job), sent(rows)) == (0, {"stopped": 3}, 0)


def test_a_step_of_many_becomes_a_job_whose_page_tells_how_far_it_is(cast):
    rows = notices(cast, bulk_steps.AT_ONCE + 1)
    olga, breach = signed_in("olga"), Matter.objects.get(pk=rows[0].parent_id)
    form = olga.get(f"/matters/{breach.public_reference}/steps/send/?all=1").context["form"]
    answer = olga.post(
        f"/matters/{breach.public_reference}/steps/send/",
        {**TEXT, "seen": form.initial["seen"], "key": form.initial["key"]},
    )
    page = olga.get(answer.url)
    assert f"0 of {len(rows)} rows are worked" in page.content.decode()
    assert page.headers["Refresh"] == "3"
    assert "Refresh" not in olga.get(f"{answer.url}?still=1").headers
    assert work(Job.objects.get().started_at) == len(rows) == sent(rows)
    after = olga.get(answer.url)
    assert f"{len(rows)} of {len(rows)} rows are worked" in after.content.decode()
    assert "Refresh" not in after.headers


def test_notices_of_a_breach_to_many_go_out_as_their_texts_stood(cast):
    from breaches import sending as breach_sending
    from obligations.actions import advance

    rows = notices(cast, 2)
    breach = Matter.objects.get(pk=rows[0].parent_id)
    advance([breach], "write", actor=cast.olga, at=NOW, facts={"text": "First."})
    job = breach_sending.start(breach, breach_sending.owed(breach), cast.olga, NOW, None)
    advance([Matter.objects.get(pk=breach.pk)], "write", actor=cast.olga, at=NOW, facts={"text": "Second."})
    work(NOW)
    assert working.counts(job) == {"done": 2}
    assert {entry.facts["text"] for entry in Entry.objects.filter(step="send")} == {"First."}


def test_a_job_is_seen_by_whoever_started_it_alone(cast, doubling):
    job = start("doubling", [Todo("AC-1 restricted")], title="T", actor=cast.olga, at=NOW)
    assert signed_in("olga").get(f"/jobs/{job.pk}/").status_code == 200
    assert signed_in("olga").get("/jobs/").context["rows"]
    for name in ("dora", "adam", "aude"):
        assert signed_in(name).get(f"/jobs/{job.pk}/").status_code == 404
        assert not signed_in(name).get("/jobs/").context["rows"]
    assert signed_in("carl").get(f"/jobs/{job.pk}/").status_code == 403


@pytest.mark.long
def test_5000_notices_as_a_job(live_cast, capsys):
    rows = notices(live_cast, 5000)
    began = time.monotonic()
    job = sending(live_cast, rows)
    written = time.monotonic() - began
    while work(NOW):
        pass
    with capsys.disabled():
        print(
            f"\n{connection.vendor}: 5000 rows written down in {written:.1f} s, "
            f"worked after {time.monotonic() - began:.1f} s",
            file=sys.stderr,
        )
    assert working.counts(job) == {"done": 5000}
    assert transaction.get_connection().in_atomic_block is False
