"""Clauses 12.2, 12.3 and Appendix 1: the same obligations, failures, the list; the start rests on transfers."""

import datetime as dt

import pytest

from accounts.roles import SYSTEM
from conftest import utc
from obligations import evidence
from obligations.actions import advance
from obligations.facts import InvalidFacts
from obligations.models import Matter
from obligations.tests.engine import fresh, nothing_changes, open_clock, rounds
from obligations.turn import Refused
from subprocessors.tests.builders import entered, proposed, with_contract

AT = utc("2 Mar 09:00")
LATER = utc("3 Mar 09:00")
STARTS_ON = dt.date(2026, 5, 4)


def consented(cast, row: Matter) -> Matter:
    """Acme was asked and its signatory consented."""
    (question,) = proposed(cast, row, AT, [cast.a], STARTS_ON)
    advance([question], "send", actor=cast.olga, at=AT, facts={"text": "New."})
    advance([fresh(question)], "received", actor=SYSTEM, at=AT)
    facts = {"typed_name": "Sven", "list_version": "1"}
    advance([fresh(question)], "grant", actor=cast.sven, at=AT, facts=facts)
    return fresh(row)


def activate(cast, row: Matter, at: dt.datetime = LATER) -> Matter:
    advance([fresh(row)], "activate", actor=cast.olga, at=at)
    return fresh(row)


@pytest.mark.parametrize("name", ["AWS", "MongoDB"])
def test_those_in_the_list_of_every_agreement_are_entered_as_in_use(cast, name):
    row = entered(cast, AT, name)
    facts = {"in_use_since": dt.date(2024, 1, 1), "list_version": "2024-01"}
    advance([row], "baseline", actor=cast.olga, at=AT, facts=facts)
    assert fresh(row).state == "active"
    assert row.sub_processor.list_version == "1"  # as read before
    assert Matter.objects.get(pk=row.pk).sub_processor.list_version == "2024-01"
    assert open_clock(row, "review").reckoning["target"]["last_day"] == "2027-03-02"


def test_one_of_the_baseline_that_was_suspended_can_resume(cast):
    row = with_contract(cast, entered(cast, AT, "AWS"), AT)
    facts = {"in_use_since": dt.date(2024, 1, 1), "list_version": "2024-01"}
    advance([row], "baseline", actor=cast.olga, at=AT, facts=facts)
    advance([fresh(row)], "suspend", actor=cast.olga, at=LATER, facts={"reason": "Outage."})
    advance([fresh(row)], "resume", actor=cast.olga, at=LATER)
    assert fresh(row).state == "active"


def test_nobody_starts_without_a_customer_who_consented(cast):
    row = with_contract(cast, entered(cast, AT), AT)
    Matter.objects.filter(pk=row.pk).update(state="proposed")
    with pytest.raises(Refused, match="No customer has consented yet"):
        activate(cast, row)


def test_one_that_no_list_names_must_be_proposed(cast):
    row = entered(cast, AT, "Nimbus")
    facts = {"in_use_since": dt.date(2024, 1, 1), "list_version": "2024-01"}
    with pytest.raises(Refused, match="does not name Nimbus: Acme, Bodega, Celtic"), nothing_changes():
        advance([row], "baseline", actor=cast.olga, at=AT, facts=facts)


def test_a_name_inside_another_name_is_not_in_the_list(cast):
    row = entered(cast, AT, "Mongo")
    with pytest.raises(Refused, match="does not name Mongo"):
        facts = {"in_use_since": AT.date(), "list_version": "1"}
        advance([row], "baseline", actor=cast.olga, at=AT, facts=facts)


def test_no_start_without_a_contract_that_carries_the_same_obligations(cast):
    row = consented(cast, entered(cast, AT))
    with pytest.raises(Refused, match="no signed contract with Nimbus"):
        activate(cast, row)
    with pytest.raises(Refused, match="same obligations"), nothing_changes():
        with_contract(cast, row, AT, same_obligations=False)
    with_contract(cast, row, AT)
    assert activate(cast, row).state == "active"


def test_no_start_on_a_contract_that_has_ended(cast):
    row = consented(cast, with_contract(cast, entered(cast, AT), AT, contract_until=dt.date(2026, 3, 2)))
    with pytest.raises(Refused, match="ended on 2 March 2026"):
        activate(cast, row)


def test_a_contract_that_ends_is_renewed_in_time_and_the_clock_renews_itself(cast):
    row = with_contract(cast, entered(cast, AT), AT, contract_until=dt.date(2026, 12, 31))
    clock = open_clock(row, "renew_contract")
    assert clock.reckoning["due"]["last_day"] == "2026-12-31"
    assert clock.reckoning["target"]["last_day"] == "2026-11-01"
    with_contract(cast, row, LATER, contract_until=dt.date(2027, 12, 31))
    assert [one.state for one in rounds(row, "renew_contract")] == ["met", "open"]


def test_a_contract_without_an_end_has_no_clock(cast):
    assert rounds(with_contract(cast, entered(cast, AT), AT), "renew_contract") == []


def test_the_yearly_review_renews_itself(cast):
    row = activate(cast, consented(cast, with_contract(cast, entered(cast, AT), AT)))
    advance([row], "review", actor=cast.olga, at=utc("1 Jul 09:00"), facts={"outcome": "Sound."})
    assert open_clock(row, "review").reckoning["target"]["last_day"] == "2027-07-01"


def test_a_failure_stays_open_until_it_is_put_right(cast):
    row = activate(cast, consented(cast, with_contract(cast, entered(cast, AT), AT)))
    facts = {"what": "It kept deleted calls.", "failed_on": dt.date(2026, 3, 1), "linked_to": "BR-1"}
    advance([row], "record_failure", actor=cast.olga, at=LATER, facts=facts)
    failure = Matter.objects.get(parent=row, kind="subprocessor_failure")
    assert failure.state == "unresolved" and open_clock(failure, "resolve").source == "12.3"
    advance([failure], "resolve", actor=cast.olga, at=LATER, facts={"how": "Deleted and proven."})
    assert fresh(failure).closed_at == LATER


def test_a_sub_processor_ends_with_the_proof_that_it_erased(cast):
    row = activate(cast, consented(cast, with_contract(cast, entered(cast, AT), AT)))
    with pytest.raises(InvalidFacts):
        advance([row], "end", actor=cast.olga, at=LATER, facts={"reason": "Replaced."})
    facts = {"reason": "Replaced.", "erasure_proof": evidence.kept("erased.txt", [b"Erased."])}
    advance([row], "end", actor=cast.olga, at=LATER, facts=facts)
    assert rounds(row, "review")[0].state == "lapsed"


# --- transfers -------------------------------------------------------------------------------------------


def transfers(cast, row: Matter, **facts) -> Matter:
    """From us to the sub-processor in the United States."""
    known = {
        "origin": "EU",
        "country": "US",
        "mechanism": "2021/914",
        "valid_from": dt.date(2026, 1, 1),
        "assessed_on": dt.date(2026, 1, 1),
    }
    advance([fresh(row)], "record_transfer", actor=cast.olga, at=AT, facts={**known, **facts})
    return Matter.objects.filter(parent=row, kind="transfer").latest("pk")


def test_a_sub_processor_in_a_third_country_without_clauses_is_blocked(cast):
    row = consented(cast, with_contract(cast, entered(cast, AT, country="US"), AT))
    with pytest.raises(Refused, match="works in US: record on what the transfer rests"):
        activate(cast, row)
    transfer = transfers(cast, row)
    with pytest.raises(Refused, match="has not been put in use"):
        activate(cast, row)
    advance([transfer], "use", actor=cast.olga, at=LATER)
    assert activate(cast, row).state == "active"


def test_one_origin_that_is_not_covered_blocks_the_start(cast):
    row = consented(cast, with_contract(cast, entered(cast, AT, country="US"), AT))
    advance([transfers(cast, row)], "use", actor=cast.olga, at=AT)
    transfers(cast, row, origin="UK")
    with pytest.raises(Refused, match="the EU clauses alone do not suffice"):
        activate(cast, row)
