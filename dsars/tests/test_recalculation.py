"""A new holiday shows what it moves; earlier dates are taken at once, later ones by a person; the old one stays."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.utils import timezone

from agreements import records
from conftest import BERLIN, utc
from dsars.tests.builders import identified, request_of
from dsars.tests.test_dsar import sign_in
from obligations import counting, recalculating
from obligations.models import Agreement, Entry, Heartbeat, Matter
from obligations.tests.engine import open_clock, rounds
from obligations.turn import Refused

IDENTIFIED, NOW = utc("26 Mar 09:00"), utc("27 Mar 09:00")
DUE, A_DAY_LATER = utc("13 Apr 22:00"), utc("14 Apr 22:00")
HOLIDAY = dt.date(2026, 4, 8)
WHY = "The senate has made it a holiday."


@pytest.fixture
def forwarding(cast) -> Matter:
    identified(cast, request_of(cast, utc("24 Mar 09:00")), IDENTIFIED, cast.a)
    row = Matter.objects.get(kind="dsar_forwarding")
    assert open_clock(row, "forward").due_at == DUE
    return row


def new_holiday(cast) -> int:
    return records.add_holiday("DE", "BE", HOLIDAY, actor=cast.olga, at=NOW)


def later(now=NOW) -> list[recalculating.Difference]:
    return [one for one in recalculating.differences(now) if one.row.duty == "forward"]


def test_nothing_moves_before_a_person_has_seen_the_difference(cast, forwarding):
    assert recalculating.differences(NOW) == []
    assert new_holiday(cast) == 3  # ours is in Berlin everywhere
    (found,) = later()
    assert (found.row.due_at, found.due_at, found.earlier) == (DUE, A_DAY_LATER, False)
    assert found.because[0] == (HOLIDAY, "extra holiday", True)
    assert recalculating.take_earlier(NOW)[0] == 0
    assert open_clock(forwarding, "forward").due_at == DUE


def test_an_officer_moves_it_with_a_reason_and_the_old_date_stays_visible(cast, forwarding):
    new_holiday(cast)
    assert recalculating.take(later(), actor=cast.olga, at=NOW, reason=WHY) == 1
    old, new = rounds(forwarding, "forward")
    assert (old.state, old.due_at, new.state, new.due_at) == ("lapsed", DUE, "open", A_DAY_LATER)
    assert new.next_alert_at and new.reckoning["term"] == "dsars.forward.within"
    entry = Entry.objects.get(step="recalculate")
    assert (entry.actor_name, entry.facts["reason"]) == ("Olga", WHY)
    assert entry.facts["was_due_at"] == DUE.isoformat() and entry.facts["due_at"] == A_DAY_LATER.isoformat()
    assert later() == []


def test_an_earlier_date_is_taken_at_once_by_the_program(cast, forwarding):
    new_holiday(cast)
    recalculating.take(later(), actor=cast.olga, at=NOW, reason=WHY)
    Agreement.objects.filter(pk=cast.a.pk).update(our_calendar=BERLIN)
    recalculating.tick(NOW)
    assert open_clock(forwarding, "forward").due_at == DUE
    assert [row.due_at for row in rounds(forwarding, "forward")] == [DUE, A_DAY_LATER, DUE]
    assert Entry.objects.filter(step="recalculate", actor_name="system").count() == 1


def test_what_is_late_stays_late_and_what_was_agreed_stays(cast, forwarding):
    new_holiday(cast)
    assert later(DUE) == []
    row = open_clock(forwarding, "forward")
    row.reckoning = {**row.reckoning, "extended": {"due_at": DUE.isoformat()}}
    type(row).objects.filter(pk=row.pk).update(reckoning=row.reckoning)
    assert later() == []


def test_nobody_but_an_officer_moves_a_date_and_never_without_a_reason(cast, forwarding, monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    new_holiday(cast)
    with pytest.raises(Refused):
        recalculating.take(later(), actor=cast.aude, at=NOW, reason=WHY)
    olga, chosen = sign_in("olga"), [one.row.pk for one in later()]
    assert olga.post("/recalculation/", {"obligation": chosen}).status_code == 422
    assert b"now free" in sign_in("aude").get("/recalculation/").content
    assert sign_in("carl").get("/recalculation/").status_code == 403
    assert open_clock(forwarding, "forward").due_at == DUE
    assert olga.post("/recalculation/", {"obligation": chosen, "reason": WHY}).status_code == 302
    assert open_clock(forwarding, "forward").due_at == A_DAY_LATER


def test_newer_data_of_holidays_is_looked_at_once(cast, forwarding, monkeypatch):
    monkeypatch.setattr(counting, "HOLIDAYS_VERSION", "999")
    assert len(recalculating._moved_places()[0]) > 0
    recalculating.take_earlier(NOW)
    assert recalculating._moved_places()[0] == set()
    assert Heartbeat.objects.get(pk="recalculate").by == "999"


def test_the_number_of_statements_does_not_depend_on_the_number_of_obligations(
    cast, forwarding, django_assert_max_num_queries
):
    for _ in range(5):
        identified(cast, request_of(cast, IDENTIFIED), IDENTIFIED, cast.a)
    new_holiday(cast)
    found = recalculating.differences(NOW)
    assert len(found) > 5
    with django_assert_max_num_queries(16):
        assert recalculating.take(found, actor=cast.olga, at=NOW, reason=WHY) == len(found)


def test_the_command_shows_and_takes(cast, forwarding, capsys):
    call_command("add_holiday", "DE-BE", "2099-04-08")
    call_command("recalculate", "--take")
    assert "0 open obligations would move" in capsys.readouterr().out
