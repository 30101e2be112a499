"""Clause 14.2 and 14.x: isolated is not erased; a hold needs a law, two people and reviews."""

import datetime as dt

import pytest

from conftest import utc
from deletion.models import Retention
from deletion.tests.builders import below, hold_of, planned, retention_of
from deletion.tests.test_exit import ERASED, LAST_DAY, NAMES, certify, prove
from obligations import evidence
from obligations.actions import advance
from obligations.models import Matter
from obligations.tests.engine import fresh, nothing_changes, open_clock, rounds
from obligations.turn import Refused

AT = utc("2 Feb 09:00")
LATER = utc("2 Mar 09:00")
UNTIL = dt.date(2027, 12, 31)
AFTER = dt.datetime(2028, 1, 3, 9, tzinfo=dt.UTC)


def isolate(cast, row: Matter) -> Matter:
    """The law keeps the invoices in it until the end of 2027."""
    facts = {"law": "Sec. 147 AO", "what": "Invoices", "until": UNTIL, "access_list": [cast.olga.user_id]}
    advance([row], "isolate", actor=cast.olga, at=LATER, facts=facts)
    return Matter.objects.get(parent=row, kind="retention")


def erase_retained(cast, kept: Matter) -> None:
    """The law lets go, and the isolated data are erased."""
    advance([fresh(kept)], "expire", actor=cast.olga, at=AFTER)
    facts = {**ERASED, "erased_on": AFTER.date(), "proof": evidence.kept("log.txt", [b"Gone."])}
    advance([fresh(kept)], "erase", actor=cast.olga, at=AFTER, facts=facts)


@pytest.fixture
def ending(cast) -> Matter:
    return planned(cast, cast.a, AT, LAST_DAY)


def test_what_law_retains_is_isolated_and_not_erased(cast, ending):
    isolate(cast, below(ending, "Database"))
    for name in NAMES[1:]:
        prove(cast, below(ending, name))
    assert fresh(ending).state == "settled"
    with pytest.raises(Refused, match="Database is isolated, not erased"):
        advance([fresh(ending)], "certify", actor=cast.olga, at=LATER)


def test_isolation_meets_the_two_years_and_starts_the_clock_of_the_retention(cast, ending):
    kept = isolate(cast, below(ending, "Database"))
    assert rounds(below(ending, "Database"), "erase")[0].state == "met"
    assert open_clock(kept, "check_the_end").reckoning["due"]["last_day"] == "2027-12-31"
    assert open_clock(kept, "check_the_end").reckoning["target"]["last_day"] == "2027-12-01"
    assert open_clock(kept, "erase_expired").reckoning["target"]["last_day"] == "2028-01-30"


def test_when_the_law_lets_go_the_erasure_completes_the_exit(cast, ending):
    kept = isolate(cast, below(ending, "Database"))
    for name in NAMES[1:]:
        prove(cast, below(ending, name))
    erase_retained(cast, kept)
    assert below(ending, "Database").state == "proven"
    assert fresh(ending).state == "complete"
    made = certify(cast, ending, AFTER)
    first = made.facts["erased"][0]
    assert (first["name"], first["retained_by"]) == ("Database", "Sec. 147 AO")


def test_a_retention_does_not_end_before_its_last_day(cast):
    row = retention_of(cast, cast.a, AT, UNTIL)
    with pytest.raises(Refused, match="until 31 December 2027"):
        advance([row], "expire", actor=cast.olga, at=dt.datetime(2027, 12, 31, 9, tzinfo=dt.UTC))


def test_nothing_is_isolated_for_a_law_that_has_let_go(cast, ending):
    with pytest.raises(Refused, match="ended on"), nothing_changes():
        retention_of(cast, cast.a, AT, dt.date(2025, 12, 31))


def test_a_longer_retention_moves_both_clocks(cast):
    row = retention_of(cast, cast.a, AT, UNTIL)
    facts = {"law": "Sec. 147 AO", "until": dt.date(2029, 12, 31)}
    advance([row], "prolong", actor=cast.olga, at=LATER, facts=facts)
    assert open_clock(row, "check_the_end").reckoning["due"]["last_day"] == "2029-12-31"
    assert open_clock(row, "erase_expired").reckoning["target"]["last_day"] == "2030-01-30"


def test_access_to_isolated_data_is_recorded_and_only_for_people_on_the_list(cast):
    row = retention_of(cast, cast.a, AT, UNTIL)
    facts = {"person": cast.olga.user_id, "purpose": "Tax audit"}
    advance([row], "record_access", actor=cast.olga, at=LATER, facts=facts)
    assert row.entries.get(step="record_access").facts["person"] == cast.olga.user_id
    with pytest.raises(Refused, match="not on the access list"), nothing_changes():
        facts = {**facts, "person": cast.dora.user_id}
        advance([fresh(row)], "record_access", actor=cast.olga, at=LATER, facts=facts)


def test_the_access_list_can_change(cast):
    row = retention_of(cast, cast.a, AT, UNTIL)
    facts = {"access_list": [cast.dora.user_id], "reason": "New function"}
    advance([row], "change_access", actor=cast.olga, at=LATER, facts=facts)
    assert Retention.objects.get(matter=row).access_list == [cast.dora.user_id]


# --- holds -----------------------------------------------------------------------------------------------


def test_a_hold_stops_erasure_from_its_request_until_its_release(cast, ending):
    hold = hold_of(cast, cast.a, AT)
    database = below(ending, "Database")
    for step in ("", "impose", "impose"):
        if step:
            who = cast.anna if fresh(hold).proposal else cast.olga
            advance([fresh(hold)], step, actor=who, at=LATER)
        with pytest.raises(Refused, match="Lawsuit stops the erasure of Database"):
            advance([database], "erase", actor=cast.olga, at=LATER, facts=ERASED)
    advance([fresh(hold)], "release", actor=cast.anna, at=LATER, facts={"reason": "Settled."})
    prove(cast, database)
    assert fresh(database).state == "proven"


def test_a_hold_covers_the_systems_that_it_names(cast, ending):
    hold_of(cast, cast.a, AT, systems="call store")
    prove(cast, below(ending, "Database"))
    with pytest.raises(Refused, match="stops the erasure of Call store"):
        advance([below(ending, "Call store")], "erase", actor=cast.olga, at=LATER, facts=ERASED)


def test_a_hold_of_one_customer_does_not_stop_another(cast, ending):
    hold_of(cast, cast.b, AT)
    prove(cast, below(ending, "Database"))
    assert below(ending, "Database").state == "proven"


def test_a_hold_needs_two_people(cast):
    hold = hold_of(cast, cast.a, AT)
    advance([hold], "impose", actor=cast.olga, at=LATER)
    with pytest.raises(Refused):
        advance([fresh(hold)], "impose", actor=cast.olga, at=LATER)
    advance([fresh(hold)], "impose", actor=cast.anna, at=LATER)
    assert fresh(hold).state == "in_force"


def test_the_review_of_a_hold_renews_itself_every_90_days(cast):
    hold = hold_of(cast, cast.a, AT)
    for who in (cast.olga, cast.anna):
        advance([fresh(hold)], "impose", actor=who, at=LATER)
    assert open_clock(hold, "review").reckoning["target"]["last_day"] == "2026-05-31"
    advance([fresh(hold)], "review", actor=cast.olga, at=utc("20 May 09:00"), facts={"outcome": "Goes on."})
    assert open_clock(hold, "review").reckoning["target"]["last_day"] == "2026-08-18"
    assert [row.occurrence for row in rounds(hold, "review")] == [1, 2]


def test_a_secret_hold_stops_those_who_may_not_see_it(cast, ending):
    hold = hold_of(cast, cast.a, AT)
    advance([hold], "conceal", actor=cast.anna, at=LATER, facts={"people": [cast.anna.user_id]})
    with pytest.raises(Refused, match="stops the erasure of Database"):
        advance([below(ending, "Database")], "erase", actor=cast.olga, at=LATER, facts=ERASED)
