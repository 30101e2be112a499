"""Clause 13: one mechanism per origin, in force on the day; a repealed one is red."""

import datetime as dt

import pytest
from django.urls import reverse

from accounts.models import User
from conftest import utc
from obligations.actions import advance
from obligations.models import Matter
from obligations.tests.engine import fresh, nothing_changes, open_clock, rounds
from obligations.turn import Refused
from subprocessors.mechanisms import MECHANISMS, ORIGINS, WOULD_BE_RIGHT, defect
from subprocessors.tests.builders import transfer_of

AT = utc("2 Mar 09:00")
LATER = utc("3 Mar 09:00")
ASSESSED = dt.date(2021, 9, 1)


def wrong(origin: str, mechanism: str, day: dt.date, valid_to: dt.date | None = None) -> str:
    return defect(origin, mechanism, dt.date(2020, 1, 1), valid_to, ASSESSED, day)


@pytest.mark.parametrize("mechanism", ["2010/87/EU", "2001/497/EC"])
@pytest.mark.parametrize(
    ("origin", "last"),
    [("EU", dt.date(2022, 12, 27)), ("UK", dt.date(2024, 3, 21)), ("CH", dt.date(2022, 12, 31))],
)
def test_the_old_clauses_ended_on_their_day_in_each_origin(mechanism, origin, last):
    assert wrong(origin, mechanism, last) == ""
    assert "ended for" in wrong(origin, mechanism, last + dt.timedelta(days=1))


def test_content_from_the_uk_needs_the_idta_or_the_addendum():
    words = wrong("UK", "2021/914", AT.date())
    assert "IDTA or the UK Addendum; the EU clauses alone do not suffice" in words
    assert {wrong("UK", name, AT.date()) for name in ("IDTA", "UK Addendum")} == {""}


def test_swiss_content_needs_the_swiss_adaptations():
    assert "Swiss adaptations" in wrong("CH", "2021/914", AT.date())
    assert wrong("CH", "2021/914 CH", AT.date()) == ""


def test_every_origin_has_a_mechanism_and_a_way_out():
    for origin, _label in ORIGINS:
        assert WOULD_BE_RIGHT[origin]
        assert any(wrong(origin, name, AT.date()) == "" for name in MECHANISMS)


def test_a_mechanism_counts_until_the_end_of_its_last_day():
    last = dt.date(2026, 3, 2)
    assert wrong("EU", "adequacy", last, valid_to=last) == ""
    assert "valid until 2 March 2026" in wrong("EU", "adequacy", dt.date(2026, 3, 3), valid_to=last)


def test_clauses_need_an_assessment_and_an_adequacy_decision_does_not():
    day = AT.date()
    assert "impact assessment" in defect("EU", "2021/914", day, None, None, day)
    assert defect("EU", "adequacy", day, None, None, day) == ""


def test_a_transfer_on_repealed_clauses_is_recorded_and_not_put_in_use(cast):
    row = transfer_of(cast, cast.a, AT, mechanism="2010/87/EU")
    with pytest.raises(Refused, match="ended for the EEA on 27 December 2022"), nothing_changes():
        advance([row], "use", actor=cast.olga, at=LATER)
    facts = {"mechanism": "2021/914", "valid_from": LATER.date(), "assessed_on": LATER.date()}
    advance([row], "change_mechanism", actor=cast.olga, at=LATER, facts=facts)
    advance([fresh(row)], "use", actor=cast.olga, at=LATER)
    assert rounds(row, "secure")[0].state == "met"


def test_one_mechanism_per_origin(cast):
    first = transfer_of(cast, cast.a, AT)
    with pytest.raises(Refused, match=f"{first.reference} covers this origin and country already"):
        transfer_of(cast, cast.a, AT, mechanism="DPF")
    assert transfer_of(cast, cast.a, AT, origin="UK") and transfer_of(cast, cast.b, AT)


def test_a_mechanism_that_ends_is_renewed_in_time(cast):
    row = transfer_of(cast, cast.a, AT, valid_to=dt.date(2026, 12, 31))
    clock = open_clock(row, "renew")
    assert (clock.reckoning["due"]["last_day"], clock.reckoning["target"]["last_day"]) == (
        "2026-12-31",
        "2026-10-02",
    )


def test_a_mechanism_ends_after_it_begins(cast):
    from obligations.facts import InvalidFacts

    with pytest.raises(InvalidFacts, match="cannot end before it begins"):
        transfer_of(cast, cast.a, AT, valid_to=dt.date(2026, 1, 1))


def test_a_change_of_status_is_reviewed_promptly(cast):
    row = transfer_of(cast, cast.a, AT)
    advance([row], "use", actor=cast.olga, at=AT)
    advance([fresh(row)], "status_changed", actor=cast.olga, at=LATER, facts={"what": "The decision fell."})
    assert open_clock(row, "decide").reckoning["target"]["last_day"] == "2026-03-10"
    assert fresh(row).state == "under_review"


def test_a_country_is_two_letters(cast):
    with pytest.raises(Refused, match="no country code"):
        transfer_of(cast, cast.a, AT, country="Usa")


def test_the_register_shows_a_repealed_mechanism_in_red(cast, client):
    transfer_of(cast, cast.a, AT, mechanism="2010/87/EU")
    transfer_of(cast, cast.b, AT)
    client.force_login(
        User.objects.get(pk=cast.olga.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(reverse("transfers")).content.decode()
    assert page.count("Not valid") == 1
    assert "ended for the EEA on 27 December 2022" in page
    assert Matter.objects.filter(kind="transfer").count() == 2
