"""9, 10.1, 10.3b, 10.4 and 17.2: information on proven receipt, authorities, assessments, and who pays."""

import datetime as dt

import pytest

from accounts.roles import Actor
from agreements import records
from audits.tests.builders import PRICE, assessment, quoted
from conftest import START, utc
from obligations import delivery, evidence
from obligations.actions import advance, open_matter
from obligations.alerts import sweep
from obligations.models import Matter, Message, Obligation
from obligations.tests.engine import fresh, open_clock
from obligations.turn import Refused

AT = utc("24 Mar 09:00")
LATER = utc("25 Mar 09:00")


def take(row: Matter, step: str, actor: Actor, at: dt.datetime, **facts: object) -> Matter:
    row = fresh(row)
    advance([row], step, actor=actor, at=at, facts=facts)
    return fresh(row)


def open_duties(row: Matter) -> set[str]:
    return set(row.obligations.filter(state="open").values_list("duty", flat=True))


def files() -> dict[str, object]:
    return evidence.kept("report.pdf", [b"Report."])


def information(cast) -> Matter:
    facts = {"question": "Which certificates are there?"}
    return open_matter(
        "information_request", actor=cast.carl, at=AT, facts=facts, title="Certificates", agreement=cast.a
    )


def authority(cast, **facts: object) -> Matter:
    known = {"authority": "Berlin Commissioner", "asks_for": "information", "what": "How calls are kept."}
    return open_matter(
        "authority_request",
        actor=cast.olga,
        at=AT,
        facts={**known, **facts},
        title="Calls",
        agreement=cast.a,
    )


def test_information_is_delivered_when_it_is_received_not_when_it_is_sent(cast):
    row = information(cast)
    assert open_clock(row, "deliver").reckoning["target"]["last_day"] == "2026-04-09"
    row = take(row, "send", cast.olga, AT, text="Here.", documents=files())
    assert open_clock(row, "deliver").is_open and row.evidence.count() == 1
    row = take(row, "received", cast.carl, LATER)
    assert Obligation.objects.get(matter=row, duty="deliver").met_at == LATER
    row = take(row, "ask_more", cast.carl, LATER, question="And the measures?")
    assert open_clock(row, "deliver").occurrence == 2


def test_a_mail_about_documents_holds_none_of_their_text(cast):
    row = take(information(cast), "send", cast.olga, AT, text="A secret.", documents=files())
    delivery.deliver(AT)
    letter = Message.objects.get(matter=row, template="audits/information")
    assert row.public_reference in letter.text and "A secret" not in letter.text + letter.html


def test_an_authoritys_request_is_referred_within_a_business_day_of_its_own_term(cast):
    row = authority(cast, answer_by=dt.date(2026, 4, 10))
    assert open_clock(row, "refer").reckoning["target"]["last_day"] == "2026-03-25"
    assert open_clock(row, "authority_term").due_at == utc("10 Apr 22:00")
    row = take(row, "send", cast.olga, AT, text="Read it.")
    assert open_clock(row, "refer").is_open
    row = take(row, "received", cast.carl, LATER)
    assert Obligation.objects.get(matter=row, duty="refer").met_at == LATER
    with pytest.raises(Refused, match="The authority still waits"):
        take(row, "close", cast.olga, LATER)
    row = take(row, "answered", cast.carl, LATER)
    assert take(row, "close", cast.olga, LATER).state == "closed"


def test_without_a_term_of_the_authority_no_second_clock_runs_until_it_names_one(cast):
    row = authority(cast)
    assert set(row.obligations.values_list("duty", flat=True)) == {"refer"}
    row = take(row, "name_term", cast.olga, AT, answer_by=dt.date(2026, 4, 10))
    row = take(row, "name_term", cast.olga, AT, answer_by=dt.date(2026, 4, 17))
    assert open_clock(row, "authority_term").due_at == utc("17 Apr 22:00")


def test_help_with_an_assessment_and_with_an_authority_are_two_clocks(cast):
    row = assessment(cast, AT)
    assert open_clock(row, "assist").reckoning["target"]["last_day"] == "2026-04-09"
    row = take(row, "consult", cast.carl, AT, wanted="Answers for the authority.")
    assert open_clock(row, "consult").reckoning["target"]["last_day"] == "2026-03-31"
    row = take(row, "consulted", cast.olga, LATER, what="Sent.", correspondence=files())
    assert Obligation.objects.get(matter=row, duty="consult").met_at == LATER


def test_help_is_refused_only_by_two_people_with_a_reason(cast):
    row = assessment(cast, AT)
    facts = {"ground": "not_our_obligations", "reason": "It is about another service."}
    row = take(row, "refuse", cast.olga, AT, **facts)
    assert row.state == "requested"
    row = take(row, "refuse", cast.anna, AT)
    assert (row.state, Obligation.objects.get(matter=row, duty="assist").state) == ("refused", "lapsed")


def test_a_quote_for_assistance_needs_the_split_into_normal_and_extra_effort(cast):
    row = assessment(cast, AT)
    unsplit = {name: value for name, value in PRICE.items() if name != "normal_hours"}
    with pytest.raises(Refused, match=r"beyond the normal service costs something \(9\.2\)"):
        take(row, "quote", cast.olga, AT, **unsplit)
    with pytest.raises(Refused, match="must be at least 1"):
        take(row, "quote", cast.olga, AT, **{**PRICE, "extra_hours": 0})
    assert quoted(cast, row, AT).quote.total == 720  # six extra hours; the four normal ones are free


def test_a_quote_without_a_rule_is_refused_with_17_2(cast):
    with pytest.raises(Refused, match=r"Nobody is paid for this \(17\.2\)"):
        open_matter("quote", actor=cast.olga, at=AT, facts=PRICE, title="Work", agreement=cast.a)


def test_a_contract_without_fees_has_no_quote(cast):
    day = START.date()
    records.set_term(cast.a, "audits.dpia.fees", "none", effective_from=day, actor=cast.olga, at=START)
    with pytest.raises(Refused, match=r"names no fees for assistance, so there are none \(17\.2\)"):
        take(assessment(cast, AT), "quote", cast.olga, AT, **PRICE)


def test_where_the_parties_may_agree_a_payment_the_approved_quote_is_the_rule(cast):
    for key, value in (("audits.dpia.fees", "none"), ("agreements.payment.only_where_named", False)):
        records.set_term(cast.a, key, value, effective_from=START.date(), actor=cast.olga, at=START)
    row = assessment(cast, AT)
    quote = take(quoted(cast, row, AT), "send", cast.olga, AT)
    quote = take(quote, "approve", cast.sven, AT, typed_name="Sven")
    take(row, "deliver", cast.olga, AT, text="Here.", documents=files())
    bill = {"cites": "17.2", "extra_hours_worked": 6, "invoice": "1", "time_sheet": files()}
    quote = take(quote, "bill", cast.olga, AT, **bill)
    assert open_clock(quote, "pay_agreed").source == "17.2"


def test_an_invoice_cites_no_agreement_that_the_contract_does_not_allow(cast):
    row = assessment(cast, AT)
    quote = take(quoted(cast, row, AT), "send", cast.olga, AT)
    quote = take(quote, "approve", cast.sven, AT, typed_name="Sven")
    take(row, "deliver", cast.olga, AT, text="Here.", documents=files())
    bill = {"cites": "17.2", "extra_hours_worked": 6, "invoice": "1", "time_sheet": files()}
    with pytest.raises(Refused, match=r"cites clause 9\.2"):
        take(quote, "bill", cast.olga, AT, **bill)


def test_a_quote_without_an_answer_reminds_the_customer_and_then_its_officer(cast):
    quote = take(quoted(cast, assessment(cast, AT), AT), "send", cast.olga, AT)
    clock = open_clock(quote, "answer_assistance")
    assert (clock.source, open_duties(quote)) == ("9.2", {"answer_assistance"})
    assert (clock.owed_by, clock.reckoning["target"]["last_day"]) == ("controller", "2026-04-09")
    sweep(clock.target_at)
    rung = Message.objects.filter(obligation=clock).values_list("recipient", flat=True)
    assert set(rung) >= {"carl@acme.example"}
    take(quote, "reject", cast.carl, LATER, reason="Too much.")
    assert Obligation.objects.get(pk=clock.pk).state == "met"


def test_extra_work_waits_for_the_customers_yes(cast):
    row = assessment(cast, AT)
    quote = take(quoted(cast, row, AT), "send", cast.olga, AT)
    with pytest.raises(Refused, match=f"has not approved the quote {quote.reference}"):
        take(row, "deliver", cast.olga, AT, text="Here.", documents=files())
    take(quote, "reject", cast.carl, AT, reason="Too much.")
    assert take(row, "deliver", cast.olga, AT, text="Here.", documents=files()).state == "sent"


def test_an_invoice_cites_its_clause_and_stays_within_the_quote(cast):
    row = assessment(cast, AT)
    quote = take(quoted(cast, row, AT), "send", cast.olga, AT)
    quote = take(quote, "approve", cast.sven, AT, typed_name="Sven")
    bill = {"cites": "9.2", "extra_hours_worked": 6, "invoice": "1", "time_sheet": files()}
    with pytest.raises(Refused, match="is not done yet"):
        take(quote, "bill", cast.olga, AT, **bill)
    take(row, "deliver", cast.olga, AT, text="Here.", documents=files())
    with pytest.raises(Refused, match=r"cites clause 9\.2"):
        take(quote, "bill", cast.olga, AT, **{**bill, "cites": "10.3a"})
    with pytest.raises(Refused, match="approved 6 extra hours"):
        take(quote, "bill", cast.olga, AT, **{**bill, "extra_hours_worked": 7})
    quote = take(quote, "bill", cast.olga, AT, **bill)
    clock = open_clock(quote, "pay_assistance")
    assert (clock.owed_by, clock.source, open_duties(quote)) == ("controller", "9.2", {"pay_assistance"})
