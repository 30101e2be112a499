"""What the owner of the database changes in a clock or in its alerts is found, each in its own words."""

import datetime as dt

import pytest
from django.db.models import F

from conftest import utc
from obligations import counting
from obligations.actions import advance
from obligations.alerts import sweep
from obligations.corrections import correct
from obligations.models import Message, Obligation
from obligations.tests.engine import REPORTED, fresh, later, open_clock, reported
from proof import verifying

NOW = later(REPORTED, 1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def case(cast):
    found = reported(cast)
    advance([fresh(found.b)], "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."})
    advance([fresh(found.b)], "received", actor=cast.berta, at=later(REPORTED, 0.5))
    sweep(NOW)
    assert said() == []
    return found


def said(now: dt.datetime = NOW) -> list[str]:
    findings = verifying.everything(now).findings
    return [found.words for found in findings if found.part in ("obligations", "alerts")]


def change(row: Obligation, **values: object) -> None:
    Obligation.objects.filter(pk=row.pk).update(**values)


def counted(row: Obligation, hours: int) -> dict[str, object]:
    """As if another due time had been counted."""
    due_at = row.due_at + dt.timedelta(hours=hours)
    return {
        "due_at": due_at,
        "reckoning": {**row.reckoning, "due": {**row.reckoning["due"], "at": due_at.isoformat()}},
    }


def extended(row: Obligation) -> dict[str, object]:
    due_at = row.due_at + DAY
    return {
        "due_at": due_at,
        "reckoning": {**row.reckoning, "extended": {"due_at": due_at.isoformat(), "entry": 1}},
    }


RECKONINGS = {
    "a later due time": (lambda row: {"due_at": row.due_at + DAY}, "its reckoning says"),
    "no due time": (lambda row: {"due_at": None}, "its reckoning says"),
    "a later target": (lambda row: {"target_at": row.target_at + DAY / 24}, "Its target is"),
    "a later start": (lambda row: {"started_at": row.started_at + DAY / 24}, "but its reckoning at"),
    "another period": (lambda row: {"period": "48 hours"}, "Its period is '48 hours'"),
    "a reckoning that does not add up": (lambda row: counted(row, 24), "but counts to"),
    "an extension that nobody agreed to": (extended, "was agreed, but no entry does"),
    "no reckoning": (lambda row: {"reckoning": {}}, "It has no reckoning"),
    "met without a receipt": (
        lambda row: {"state": "met", "met_at": NOW, "ended_at": NOW, "next_alert_at": None},
        "says that it was met",
    ),
    "waived without an approval": (
        lambda row: {"state": "waived", "ended_at": NOW, "next_alert_at": None},
        "says that it was waived",
    ),
    "silence": (lambda row: {"next_alert_at": None}, "It will not ring, but"),
    "an alarm put off": (lambda row: {"next_alert_at": NOW + 90 * DAY}, "It will ring at"),
    "rungs passed over": (lambda row: {"rung": 99, "next_alert_at": None}, "has rung already"),
    "a sweep that was kept from it": (lambda row: {"next_alert_at": NOW - DAY}, "It should have rung"),
}


@pytest.mark.parametrize("name", RECKONINGS)
def test_each_way_to_bend_a_clock_is_found(case, name):
    bent, words = RECKONINGS[name]
    row = open_clock(case.a, "notify_customer")
    change(row, **bent(row))
    assert [found for found in said() if words in found]


def test_an_alert_that_was_taken_away_is_missed(case):
    row = open_clock(case.a, "notify_customer")
    Message.objects.filter(obligation=row).delete()
    assert said() == [f"It rang at {fresh_of(row).rang_at}, but told nobody."]


def fresh_of(row: Obligation) -> Obligation:
    return Obligation.objects.get(pk=row.pk)


def test_a_receipt_that_is_dated_back_is_found(case):
    told = Obligation.objects.get(matter=case.b, duty="notify_customer")
    Obligation.objects.filter(pk=told.pk).update(
        met_at=F("met_at") - DAY / 48, ended_at=F("ended_at") - DAY / 48
    )
    assert [words for words in said() if "but no entry does" in words]


def test_other_holidays_of_a_newer_library_are_no_fault_and_name_both_versions(case, monkeypatch):
    row = Obligation.objects.filter(state="open", due_at__isnull=False).first()
    older = counted(row, -24)
    older["reckoning"]["holidays"] = "0.1"
    change(row, **older)
    report = verifying.everything(NOW)
    assert [found for found in report.findings if found.part == "obligations"] == []
    (note,) = report.notes
    assert f"0.1 → {counting.HOLIDAYS_VERSION}" in note and "recalculate" in note


def test_what_was_late_and_stayed_late_is_no_fault(case, cast):
    late = utc("28 Mar 18:00")
    sweep(late)
    correct(
        fresh(case.breach), "suspected_at", utc("28 Mar 10:00"), reason="The log.", actor=cast.olga, at=late
    )
    sweep(late)
    assert said(late) == []
