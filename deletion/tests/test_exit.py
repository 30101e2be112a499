"""Clause 14.1: two years, a maximum; one proof for each place; the customer's choice; the certificate."""

import datetime as dt

import pytest
from django.urls import reverse

from conftest import utc
from deletion.certificate import digest
from deletion.models import Exit
from deletion.tests.builders import below, exit_of, hold_of, planned, retention_of
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Evidence, Matter, Message
from obligations.tests.engine import fresh, nothing_changes, open_clock, rounds
from obligations.turn import Refused

AT = utc("2 Feb 09:00")
LATER = utc("2 Mar 09:00")
LAST_DAY = dt.date(2026, 1, 31)
ERASED = {"method": "deleted", "erased_on": dt.date(2026, 2, 20), "operator": "Operations"}
NAMES = ("Database", "Call store", "Nightly backup")


@pytest.fixture
def ending(cast) -> Matter:
    """Acme's contract ended on 31 January; Database, Call store and Nightly backup are to be erased."""
    return planned(cast, cast.a, AT, LAST_DAY)


def prove(cast, row: Matter, at: dt.datetime = LATER) -> None:
    """Erased, with a proof."""
    advance([fresh(row)], "erase", actor=cast.olga, at=at, facts=ERASED)
    advance(
        [fresh(row)], "prove", actor=cast.olga, at=at, facts={"proof": evidence.kept("log.txt", [b"Log."])}
    )


def certify(cast, row: Matter, at: dt.datetime = LATER) -> Exit:
    """Proposed by Olga, approved by Anna."""
    advance([fresh(row)], "certify", actor=cast.olga, at=at)
    advance([fresh(row)], "certify", actor=cast.anna, at=at)
    return Exit.objects.get(matter=row)


@pytest.fixture
def erased(cast, ending) -> Matter:
    """Everything is erased and proven."""
    for name in NAMES:
        prove(cast, below(ending, name))
    return fresh(ending)


def test_two_years_end_on_the_same_date_without_a_roll(cast):
    row = exit_of(cast, cast.a, utc("2 May 09:00"), dt.date(2027, 5, 1))
    clock = open_clock(row, "erase_all")
    assert clock.reckoning["due"]["last_day"] == "2029-05-01"  # a free day in Berlin
    assert clock.reckoning["target"]["last_day"] == "2027-07-30"


def test_an_earlier_period_that_was_negotiated_counts(cast):
    from agreements import records

    records.set_term(
        cast.a, "deletion.erase.within", {"days": 30}, effective_from=LAST_DAY, actor=cast.olga, at=AT
    )
    clock = open_clock(exit_of(cast, cast.a, AT, LAST_DAY), "erase_all")
    assert clock.reckoning["due"]["last_day"] == "2026-03-02"


def test_each_system_backup_and_sub_processor_in_use_is_an_erasure_of_its_own(cast):
    Matter.objects.create(kind="subprocessor", state="active", title="MongoDB", opened_at=AT)
    Matter.objects.create(kind="subprocessor", state="ended", title="Former", opened_at=AT)
    row = planned(cast, cast.a, AT, LAST_DAY)
    found = Matter.objects.filter(parent=row).values_list("title", "erasure__place")
    assert set(found) == {
        ("Database", "system"),
        ("Call store", "system"),
        ("Nightly backup", "backup"),
        ("MongoDB", "sub_processor"),
    }


def test_what_is_planned_twice_is_erased_once(cast, ending):
    advance([ending], "plan", actor=cast.olga, at=LATER, facts={"systems": "database\nLog archive"})
    assert Matter.objects.filter(parent=ending).count() == 4


def test_an_agreement_has_one_exit(cast, ending):
    with pytest.raises(Refused, match="already deals with the end"), nothing_changes():
        exit_of(cast, cast.a, LATER, LAST_DAY)


def test_the_duty_is_met_by_the_last_proof(cast, ending):
    for name in NAMES[:2]:
        prove(cast, below(ending, name))
    assert open_clock(ending, "erase_all").is_open
    prove(cast, below(ending, NAMES[2]), utc("3 Mar 09:00"))
    assert rounds(ending, "erase_all")[0].met_at == utc("3 Mar 09:00")
    assert fresh(ending).state == "complete"


def test_an_erasure_without_proof_does_not_count(cast, ending):
    row = below(ending, "Database")
    advance([row], "erase", actor=cast.olga, at=LATER, facts=ERASED)
    assert open_clock(row, "erase").is_open
    with pytest.raises(Refused, match="Database is erased, its erasure is not proven"):
        advance([fresh(ending)], "certify", actor=cast.olga, at=LATER)


def test_an_erasure_in_the_future_is_refused(cast, ending):
    facts = {**ERASED, "erased_on": dt.date(2026, 5, 1)}
    with pytest.raises(Refused, match="lies in the future"), nothing_changes():
        advance([below(ending, "Database")], "erase", actor=cast.olga, at=LATER, facts=facts)


def test_a_sub_processor_that_came_into_use_must_be_planned_too(cast, erased):
    Matter.objects.create(kind="subprocessor", state="active", title="AWS", opened_at=AT)
    with pytest.raises(Refused, match="AWS: this sub-processor has no erasure"):
        advance([erased], "certify", actor=cast.olga, at=LATER)


# --- the customer's choice -------------------------------------------------------------------------------


def test_the_customer_may_ask_for_an_earlier_erasure_with_a_duty_of_its_own(cast, ending):
    facts = {"wanted_by": dt.date(2026, 4, 30)}
    advance([ending], "request_erasure", actor=cast.sven, at=LATER, facts=facts)
    assert open_clock(ending, "erase_early").due_at == utc("30 Apr 22:00")


@pytest.mark.parametrize(
    ("day", "words"), [(dt.date(2028, 2, 1), "not earlier"), (dt.date(2026, 2, 3), "has passed")]
)
def test_the_two_years_are_a_maximum(cast, ending, day, words):
    with pytest.raises(Refused, match=words), nothing_changes():
        advance([ending], "request_erasure", actor=cast.carl, at=LATER, facts={"wanted_by": day})


def test_nothing_is_erased_before_the_customer_has_its_data_back(cast, ending):
    facts = {"wanted_by": dt.date(2026, 4, 30)}
    advance([ending], "request_return", actor=cast.carl, at=LATER, facts=facts)
    with pytest.raises(Refused, match="asked for its data back"):
        advance([below(ending, "Database")], "erase", actor=cast.olga, at=LATER, facts=ERASED)
    handed = {"receiver": "IT", "receipt": evidence.kept("receipt.txt", [b"Got it."])}
    advance([fresh(ending)], "returned", actor=cast.olga, at=LATER, facts=handed)
    prove(cast, below(ending, "Database"))
    assert rounds(ending, "return_data")[0].state == "met"


def test_a_new_date_replaces_the_one_that_was_asked_for(cast, ending):
    for day in (dt.date(2026, 4, 30), dt.date(2026, 5, 15)):
        advance([fresh(ending)], "request_return", actor=cast.sven, at=LATER, facts={"wanted_by": day})
    assert [row.state for row in rounds(ending, "return_data")] == ["lapsed", "open"]
    assert open_clock(ending, "return_data").due_at == utc("15 May 22:00")


def test_a_contract_that_goes_on_drops_its_erasures(cast, ending):
    for who in (cast.olga, cast.anna):
        advance([fresh(ending)], "withdraw", actor=who, at=LATER, facts={"reason": "Extended."})
    assert set(Matter.objects.filter(parent=ending).values_list("state", flat=True)) == {"dropped"}
    assert rounds(ending, "erase_all")[0].state == "lapsed"


# --- the certificate -------------------------------------------------------------------------------------


def test_a_certificate_needs_two_people(cast, erased):
    advance([erased], "certify", actor=cast.olga, at=LATER)
    assert fresh(erased).state == "complete"
    with pytest.raises(Refused):
        advance([fresh(erased)], "certify", actor=cast.olga, at=LATER)
    assert Exit.objects.get(matter=erased).code is None
    advance([fresh(erased)], "certify", actor=cast.anna, at=LATER)
    assert fresh(erased).state == "certified"


def test_a_certificate_names_who_what_how_and_when(cast, erased):
    made = certify(cast, erased)
    assert made.facts["issued_by"] == ["Olga", "Anna"]
    assert [line["name"] for line in made.facts["erased"]] == list(NAMES)
    line = made.facts["erased"][0]
    proof = Evidence.objects.filter(matter=below(erased, "Database")).get()
    assert (line["erased_on"], line["operator"], line["proof_sha256"]) == (
        "2026-02-20",
        "Operations",
        proof.sha256,
    )
    assert made.sha256 == digest(made.facts) and len(made.code) == 32


def test_the_customer_is_told_of_the_certificate(cast, erased):
    certify(cast, erased)
    assert Message.objects.get(matter=erased, entry__isnull=False).recipient == "carl@acme.example"


def test_anybody_with_the_code_can_check_a_certificate(cast, erased, client):
    made = certify(cast, erased)
    page = client.get(reverse("certificate", args=[made.code]))
    assert page.status_code == 200
    for words in ("This certificate is valid", "Acme", "Nightly backup", made.sha256):
        assert words in page.content.decode()


def test_a_certificate_whose_facts_were_changed_is_not_valid(cast, erased, client):
    made = certify(cast, erased)
    Exit.objects.filter(pk=made.pk).update(facts={**made.facts, "customer": "Somebody"})
    page = client.get(reverse("certificate", args=[made.code]))
    assert "This certificate is not valid" in page.content.decode()


def test_unknown_codes_are_all_answered_alike(cast, erased, client):
    certify(cast, erased)
    answers = {client.get(f"/certificates/{code}/") for code in ("0" * 32, "None", erased.public_reference)}
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1


def test_the_customer_finds_its_certificate_and_no_other_customer_does(cast, erased, client):
    made = certify(cast, erased)
    address = reverse("certificate-of", args=[erased.public_reference])
    from accounts.models import User

    for who, status in ((cast.carl, 302), (cast.cora, 404)):
        client.force_login(
            User.objects.get(pk=who.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
        )
        assert client.get(address).status_code == status
    assert made.code


def test_codes_differ(cast, erased):
    first = certify(cast, erased).code
    other = planned(cast, cast.b, AT, LAST_DAY)
    for name in NAMES:
        prove(cast, below(other, name))
    assert certify(cast, other).code != first


def test_a_hold_and_a_retention_stop_the_certificate(cast, ending):
    retention_of(cast, cast.a, AT, dt.date(2030, 12, 31))
    hold_of(cast, cast.a, AT, systems="Elsewhere")
    for name in NAMES:
        prove(cast, below(ending, name))
    with pytest.raises(Refused, match=r"Invoices is isolated.*Lawsuit stops erasure"):
        advance([fresh(ending)], "certify", actor=cast.olga, at=LATER)
    assert fresh(ending).state == "settled"


def test_only_the_house_opens_an_exit(cast):
    with pytest.raises(Refused):
        facts = {"last_day": LAST_DAY}
        open_matter("exit", actor=cast.sven, at=AT, facts=facts, title="End", agreement=cast.a)


def test_the_exit_leads_to_its_certificate(cast, erased, client):
    made = certify(cast, erased)
    from accounts.models import User

    client.force_login(
        User.objects.get(pk=cast.carl.user_id), backend="allauth.account.auth_backends.AuthenticationBackend"
    )
    page = client.get(reverse("matter", args=[erased.public_reference])).content.decode()
    assert reverse("certificate", args=[made.code]) in page
