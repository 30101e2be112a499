"""What needs a customer's person, and in which order: rules of portal/needs.py."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from obligations.actions import advance, open_matter
from portal import needs
from portal.tests.world import amendment, confirmed, consent, hours_ago, notice, signed_in


def found(who) -> list[tuple[str, str]]:
    return [(n.matter.kind, n.step.name if n.step else "") for n in needs.find(who, timezone.now())]


def test_with_nothing_open_the_page_says_what_is_fine(cast):
    page = signed_in(cast.carl).get("/").content.decode()
    assert "Nothing waits for you" in page and "no period of yours is running" in page


def test_a_notice_that_was_sent_asks_for_confirmation_of_receipt(cast):
    notice(cast, cast.b)
    assert found(cast.berta) == [("breach_notice", "received")]


def test_once_received_the_72_hours_of_the_controller_lead_to_the_authority(cast):
    confirmed(cast, cast.b, cast.berta)
    assert found(cast.berta) == [("breach_notice", "authority_informed")]
    page = signed_in(cast.berta).get("/").content.decode()
    assert re.search(r"Your 72 hours: 2 d 2[23] h", page)


def test_a_customer_that_is_a_processor_has_no_72_hours(cast):
    confirmed(cast, cast.c, cast.cora)
    assert found(cast.cora) == []
    assert "72 hours" not in signed_in(cast.cora).get("/").content.decode()


def test_a_contact_is_told_that_only_a_signatory_can_decide(cast):
    confirmed(cast, cast.a, cast.carl)
    assert found(cast.carl) == [("breach_notice", "")]
    page = signed_in(cast.carl).get("/").content.decode()
    assert "Only somebody with this role can take the next step: customer&#x27;s signatory" in page


def test_a_consent_shows_the_day_from_which_the_sub_processor_is_wanted(cast):
    row = consent(cast, cast.a)
    assert found(cast.sven) == [("consent", "grant")]
    page = signed_in(cast.sven).get("/").content.decode()
    assert "May Nimbus become a sub-processor?" in page
    assert f"{row.consent.starts_on:%-d %B %Y}" in page


def test_who_has_objected_is_not_asked_again(cast):
    row = consent(cast, cast.a)
    facts = {"typed_name": "Sven", "reason": "No."}
    advance([row], "object", actor=cast.sven, at=hours_ago(1), facts=facts)
    assert found(cast.sven) == []


def test_an_amendment_asks_for_the_signature_until_it_is_given(cast):
    row = amendment(cast, cast.a)
    assert found(cast.sven) == [("amendment", "sign_for_customer")]
    facts = {"signed_by_customer_on": timezone.localdate(), "typed_name": "Sven"}
    advance([row], "sign_for_customer", actor=cast.sven, at=hours_ago(1), facts=facts)
    assert found(cast.sven) == []


def test_a_request_that_waits_for_the_house_needs_nobody_here(cast):
    facts = {"question": "Which certificates are there?"}
    open_matter(
        "information_request", actor=cast.olga, at=hours_ago(1), facts=facts, title="Papers", agreement=cast.a
    )
    assert found(cast.carl) == []


def test_the_period_that_ends_first_stands_first(cast):
    consent(cast, cast.a), amendment(cast, cast.a), confirmed(cast, cast.a, cast.carl)
    assert [kind for kind, _ in found(cast.sven)] == ["breach_notice", "consent", "amendment"]


def test_what_waits_for_others_customers_waits_for_nobody_here(cast):
    consent(cast, cast.b), notice(cast, cast.b)
    assert found(cast.sven) == [] and found(cast.carl) == []


@pytest.mark.parametrize("number", [1, 25])
def test_the_first_page_costs_the_same_for_one_matter_and_for_many(cast, number):
    for place in range(number):
        consent(cast, cast.a, f"Nimbus {place}"), amendment(cast, cast.a), confirmed(cast, cast.a, cast.carl)
    client = signed_in(cast.sven)
    client.get("/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/").status_code == 200
    assert len(captured) == BUDGET[connection.vendor]


BUDGET = {"sqlite": 16, "postgresql": 20}
