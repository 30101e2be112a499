"""Whom a breach affects: some, all of a region or product, all that use a sub-processor; later additions, removals."""

import datetime as dt

import pytest

from agreements import records
from breaches.tests.cases import AT, TEXT, breach, mail, notice, running, step
from conftest import add_many, utc
from obligations.actions import advance
from obligations.facts import InvalidFacts
from obligations.mailing import DELIVERED
from obligations.models import Agreement, Entry, Matter, NoticeContact
from obligations.turn import Refused
from subprocessors.tests.builders import entered, proposed, with_contract


def names(found: Matter) -> list[str]:
    rows = Matter.objects.filter(parent=found, kind="breach_notice").exclude(state="retracted")
    return sorted(str(row.agreement.customer) for row in rows.select_related("agreement__customer"))


def test_all_of_a_region(cast):
    Agreement.objects.filter(pk=cast.b.pk).update(region="Iberia")
    assert names(breach(cast, [], region="iberia")) == ["Bodega"]


def test_all_of_a_product_as_the_terms_say_it_on_that_day(cast):
    for agreement, product, day in (
        (cast.a, "Copilot", dt.date(2026, 1, 1)),
        (cast.b, "Copilot", dt.date(2027, 1, 1)),
    ):
        records.set_term(agreement, "agreements.product", product, effective_from=day, actor=cast.olga, at=AT)
    assert names(breach(cast, [], product="copilot")) == ["Acme"]


def test_all_that_use_a_sub_processor_by_contract(cast):
    assert names(breach(cast, [], uses="MongoDB")) == ["Acme", "Bodega", "Celtic"]


def test_a_customer_that_objected_to_a_sub_processor_does_not_use_it(cast):
    at = utc("2 Mar 10:00")
    row = with_contract(cast, entered(cast, at, "Nimbus"), at)
    asked = proposed(cast, row, at, [cast.a, cast.b], dt.date(2026, 6, 1))
    for question in asked:
        step(question, "send", cast.olga, at, text="It transcribes calls.")
    mail(at, carl=DELIVERED, berta=DELIVERED)
    step(asked[0], "object", cast.sven, at, reason="No.", typed_name="Sven")
    assert names(breach(cast, [], uses="nimbus")) == ["Bodega"]


def test_what_fits_no_agreement_is_refused_in_words(cast):
    with pytest.raises(Refused, match="No agreement has the region “Atlantis”"):
        breach(cast, [], region="Atlantis")
    with pytest.raises(Refused, match="Choose whose data may be affected"):
        breach(cast, [])


def test_one_is_added_later_with_a_reason_and_its_clock_starts_when_we_learned_of_it(cast):
    found = breach(cast, [cast.a])
    with pytest.raises(InvalidFacts, match="reason"):
        step(found, "add_affected", cast.olga, utc("27 Mar 19:00"), agreements=[cast.b.pk])
    learned = {"known_at": utc("27 Mar 18:30"), "reason": "Its tables are on the host."}
    step(found, "add_affected", cast.olga, utc("27 Mar 19:00"), agreements=[cast.b.pk], **learned)
    assert running(notice(found, cast.b), "notify_customer").started_at == utc("27 Mar 18:30")
    assert running(notice(found, cast.a), "notify_customer").started_at == AT
    assert Entry.objects.get(matter=found, step="add_affected").facts["reason"] == learned["reason"]


def test_nobody_gets_a_second_notice_when_a_choice_overlaps(cast):
    found = breach(cast, [cast.a])
    step(found, "add_affected", cast.olga, AT, everyone=True, reason="We cannot tell whom.")
    assert names(found) == ["Acme", "Bodega", "Celtic"]


def test_one_is_taken_out_with_a_reason_and_may_come_back(cast):
    found = breach(cast, [cast.a, cast.b])
    row = notice(found, cast.b)
    step(row, "not_needed", cast.olga, AT, reason="Another host.")
    step(row, "not_needed", cast.anna, AT)
    assert names(found) == ["Acme"]
    step(found, "add_affected", cast.olga, AT, agreements=[cast.b.pk], reason="It was there after all.")
    assert names(found) == ["Acme", "Bodega"]


def test_an_agreement_without_a_contact_is_refused_alone(cast):
    many = add_many(cast, 3)
    NoticeContact.objects.filter(agreement=many[1]).delete()
    found = breach(cast, many)
    rows = Matter.objects.filter(parent=found)
    result = advance(rows, "send", actor=cast.olga, at=AT, facts=TEXT, partial=True)
    assert len(result.done) == 2
    assert ["no notice contact" in words for words in result.refused.values()] == [True]
    mail(AT)
    assert notice(found, many[1]).state == "owed"
