"""The program's own records go when the house's dated terms say so, and nothing that a duty needs goes with them."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from accounts import invitations, tokens
from accounts.models import ApiToken, Invitation, User
from accounts.roles import Role
from conftest import utc
from jobs import working
from jobs.models import Job, JobRow
from jobs.working import Todo
from obligations import alerts, clauses, delivery, evidence, journal, retention
from obligations.actions import advance
from obligations.models import Entry, Evidence, Message, Profile
from obligations.tests.engine import REPORTED, fresh, reported
from obligations.tests.test_doors import signed_in

DAY = dt.timedelta(days=1)


def after(**length: int) -> dt.datetime:
    return REPORTED + dt.timedelta(**length)


@pytest.fixture
def told(cast):
    """Three notices and some alerts, sent."""
    case = reported(cast)
    advance(
        [fresh(row) for row in case.all], "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."}
    )
    alerts.sweep(after(minutes=1))
    delivery.deliver(after(minutes=2))
    assert Message.objects.filter(entry=None, state="sent").exists()
    return case


def bare(rows) -> set[bool]:
    return {(row.subject, row.text, row.html, row.context) == ("", "", "", {}) for row in rows.all()}


def test_words_of_alerts_go_after_a_year_and_those_of_notices_after_six(cast, told, client):
    of_alerts, notices = Message.objects.filter(entry=None), Message.objects.filter(entry__isnull=False)
    retention.tidy(after(days=364))
    assert bare(of_alerts.exclude(state="queued")) == bare(notices) == {False}
    retention.tidy(after(days=367))
    assert bare(of_alerts.exclude(state="queued")) == {True} and bare(notices) == {False}
    retention.tidy(after(days=6 * 366))
    assert bare(notices) == {True}
    assert all(row.recipient and row.sent_at for row in notices)
    assert Entry.objects.filter(step="send", facts__text="We suspect.").count() == 3
    page = signed_in(cast.olga).get(f"/mailbox/{notices[0].pk}/").content.decode()
    assert "deleted when their retention was over" in page


def test_what_still_waits_is_never_emptied(cast, told):
    Message.objects.update(state="queued")
    retention.tidy(after(days=9999))
    assert bare(Message.objects.all()) == {False}


def test_another_line_of_the_house_changes_the_term_from_its_day_on(cast, told):
    house = Profile.objects.filter(key="house").order_by("-version").first()
    day = after(days=30).date().isoformat()
    terms = {**house.terms}
    terms["tool.alerts.keep"] = [*terms["tool.alerts.keep"], {"from": day, "value": {"days": 10}}]
    Profile.objects.filter(pk=house.pk).update(terms=terms)
    assert retention.limits(after(days=29))["tool.alerts.keep"] < REPORTED
    assert retention.limits(after(days=30))["tool.alerts.keep"] == after(days=20)


def test_finished_jobs_go_and_others_stay(cast):
    working.WORK.setdefault("test", working.Work(lambda *_: []))
    made = [working.start("test", [Todo("x")], title="T", actor=cast.olga, at=REPORTED) for _ in range(2)]
    working.stop(made[0], REPORTED)
    retention.tidy(after(days=89))
    assert Job.objects.count() == 2
    retention.tidy(after(days=91))
    assert list(Job.objects.all()) == [made[1]] and JobRow.objects.count() == 1


def test_invitations_tokens_and_sessions_that_have_ended_go(cast):
    olga = User.objects.get(pk=cast.olga.user_id)
    for number, ended in enumerate((REPORTED, None)):
        Invitation.objects.create(
            email=f"n{number}@house.example", name="N", role=Role.OFFICER, digest=str(number), invited_by=olga,
            invited_at=REPORTED, expires_at=after(days=9999), withdrawn_at=ended,
        )  # fmt: skip
        end = after(days=1 if ended else 366)
        tokens.make(olga, f"T{number}", ["*:read"], at=REPORTED, expires_at=end)
        Session.objects.create(session_key=str(number), session_data="", expire_date=end)
    assert retention.tidy(after(days=1, hours=23))["tool.sessions.keep"] == 0
    retention.tidy(after(days=1 + 366))
    assert [row.digest for row in Invitation.objects.all()] == ["1"]
    assert [row.name for row in ApiToken.objects.all()] == ["T1"]
    assert not Session.objects.filter(session_key="0").exists()


def test_a_file_of_a_refused_form_goes_after_a_day_and_evidence_stays(cast):
    row = reported(cast).a
    kept = evidence.add_file(row, title="proof.txt", chunks=[b"Proof."], actor=cast.olga, at=REPORTED)
    stray = evidence.path(evidence.kept("stray.txt", [b"Nobody's."])["sha256"])
    half = Path(settings.MEDIA_ROOT) / "tmphalf"
    half.write_bytes(b"cut off")
    for path in (evidence.path(kept.sha256), stray, half):
        os.utime(path, (REPORTED.timestamp(),) * 2)
    retention.tidy(after(hours=23))
    assert stray.exists() and half.exists()
    assert retention.tidy(after(hours=25))["tool.strays.keep"] == 2
    assert not stray.exists() and not half.exists() and evidence.path(kept.sha256).exists()
    assert Evidence.objects.filter(pk=kept.pk).exists()


def test_mail_files_and_old_journals_go(settings):
    folders = {Path(settings.EMAIL_FILE_PATH): 31, journal.folder(): 401}
    for folder, days in folders.items():
        folder.mkdir(parents=True)
        for name, age in (("old", days), ("new", days - 2)):
            (folder / name).write_text("x")
            at = (REPORTED - age * DAY).timestamp()
            os.utime(folder / name, (at, at))
    for folder, forget in zip(folders, ("mails", "journal"), strict=True):
        end = REPORTED - (folders[folder] - 1) * DAY
        retention.RECORDS[f"tool.{forget}.keep"][0](end)
        assert [path.name for path in folder.iterdir()] == ["new"]


def test_it_is_looked_at_once_a_day_and_a_kind_that_fails_stops_no_other(cast, told, monkeypatch):
    def broken(end):
        raise ValueError("no")

    monkeypatch.setitem(retention.RECORDS, "tool.alerts.keep", [broken])
    retention.tick(after(days=6 * 366))
    assert bare(Message.objects.filter(entry__isnull=False)) == {True}
    monkeypatch.setattr(retention, "tidy", broken)
    retention.tick(after(days=6 * 366, hours=23))
    with pytest.raises(ValueError, match="no"):
        retention.tick(after(days=6 * 366 + 1))


def test_every_term_is_followed_and_stands_dated_in_the_houses_profile(cast):
    house = Profile.objects.filter(key="house").order_by("-version").first()
    for spec in retention.TERMS:
        assert retention.RECORDS[spec.key] and house.terms[spec.key][0]["from"]
        assert spec in clauses.ENGINE_TERMS
    assert retention.limits(utc("29 Mar 12:00"))["tool.tokens.keep"] == dt.datetime(
        2025, 3, 29, 12, tzinfo=dt.UTC
    )
    assert invitations.forget(REPORTED) == 0
