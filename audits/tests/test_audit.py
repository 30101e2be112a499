"""10.2: slots in business hours, auditors who are bound and no competitors, findings to closure."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.roles import Actor
from agreements import records
from audits.tests.builders import PRICE, asked, dated, held, quoted
from conftest import START, utc
from obligations import evidence
from obligations.actions import advance
from obligations.models import Matter, Message, Obligation
from obligations.tests.engine import fresh, open_clock
from obligations.turn import Refused

ASKED = utc("24 Mar 09:00")
SLOT = {
    "starts_at": utc("14 Apr 08:00"),
    "ends_at": utc("14 Apr 12:00"),
}  # a Tuesday, 10:00 to 14:00 in Berlin
THE_DAY = utc("14 Apr 08:00")


def take(row: Matter, step: str, actor: Actor, at: dt.datetime, **facts: object) -> Matter:
    row = fresh(row)
    advance([row], step, actor=actor, at=at, facts=facts)
    return fresh(row)


def third(cast) -> Matter:
    """An audit by a third party, its slot agreed."""
    row = asked(cast, cast.a, ASKED, conducted_by="third_party", auditor="Checkers Ltd")
    row = take(row, "offer", cast.olga, ASKED, **SLOT)
    return take(row, "agree", cast.carl, ASKED, **SLOT)


def nda() -> dict[str, object]:
    return evidence.kept("nda.pdf", [b"Signed."])


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("3 Apr 08:00", "3 Apr 10:00", "Friday 3 April 2026 is no business day.*Good Friday"),
        ("11 Apr 08:00", "11 Apr 10:00", "no business day.*Saturday"),
        ("14 Apr 06:30", "14 Apr 10:00", "08:30 on Tuesday 14 April 2026 is outside business hours, 09:00"),
        ("14 Apr 13:00", "14 Apr 16:00", "18:00 on Tuesday 14 April 2026 is outside business hours"),
        ("14 Apr 10:00", "14 Apr 09:00", "ends before it starts"),
        ("23 Mar 10:00", "23 Mar 11:00", "does not lie ahead"),
    ],
)
def test_a_slot_lies_in_business_hours_of_the_site(cast, starts, ends, words):
    row = asked(cast, cast.a, ASKED)
    slot = {"starts_at": utc(starts), "ends_at": utc(ends)}
    for step, actor in (("offer", cast.olga), ("wish", cast.carl)):
        with pytest.raises(Refused, match=words):
            take(row, step, actor, ASKED, **slot)


def test_another_contract_may_allow_any_time(cast):
    records.set_term(
        cast.a, "audits.hours", "any_time", effective_from=START.date(), actor=cast.olga, at=START
    )
    row = take(
        asked(cast, cast.a, ASKED),
        "offer",
        cast.olga,
        ASKED,
        starts_at=utc("3 Apr 20:00"),
        ends_at=utc("3 Apr 22:00"),
    )
    assert row.state == "offered"


def test_where_no_calendar_is_agreed_the_houses_own_decides(cast):
    type(cast.a).objects.filter(pk=cast.a.pk).update(our_calendar=None)
    row = asked(cast, type(cast.a).objects.get(pk=cast.a.pk), ASKED)
    with pytest.raises(Refused, match="Good Friday"):
        take(row, "offer", cast.olga, ASKED, starts_at=utc("3 Apr 08:00"), ends_at=utc("3 Apr 10:00"))


def test_the_date_is_to_be_agreed_within_ten_business_days(cast):
    row = asked(cast, cast.a, ASKED)
    clock = open_clock(row, "agree_date")
    assert (clock.source, clock.reckoning["target"]["last_day"]) == ("10.2a", "2026-04-09")
    row = take(row, "offer", cast.olga, ASKED, **SLOT)
    assert open_clock(row, "agree_date").is_open
    take(row, "agree", cast.carl, ASKED, **SLOT)
    assert Obligation.objects.get(matter=row, duty="agree_date").state == "met"


def test_both_sides_agree_to_the_same_slot(cast):
    row = take(asked(cast, cast.a, ASKED), "offer", cast.olga, ASKED, **SLOT)
    other = {"starts_at": utc("15 Apr 08:00"), "ends_at": utc("15 Apr 12:00")}
    with pytest.raises(Refused, match="not the slot that was proposed"):
        take(row, "agree", cast.carl, ASKED, **other)


def test_the_form_begins_with_the_slot_that_was_proposed(cast):
    row = take(asked(cast, cast.a, ASKED), "offer", cast.olga, ASKED, **SLOT)
    client = Client()
    user = User.objects.get(pk=cast.carl.user_id)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("step", args=[row.public_reference, "agree"])).content.decode()
    assert 'value="2026-04-14T10:00"' in page


def test_the_slot_is_a_clock_of_our_own_and_ends_when_it_is_given_up(cast):
    row = third(cast)
    assert open_clock(row, "allow").due_at == SLOT["ends_at"].replace()
    row = take(row, "move", cast.carl, ASKED, reason="Ill.")
    assert Obligation.objects.get(matter=row, duty="allow").state == "lapsed"
    assert open_clock(row, "agree_date").occurrence == 2


def test_an_auditor_without_undertaking_or_check_does_not_begin(cast):
    row = third(cast)
    with pytest.raises(
        Refused, match=r"Checkers Ltd is not bound .* Nobody has checked whether Checkers Ltd"
    ):
        take(row, "begin", cast.olga, THE_DAY)
    row = take(row, "bind", cast.carl, ASKED, nda=nda())
    row = take(row, "check_auditor", cast.olga, ASKED, competitor="no_competitor", how="Register looked at.")
    assert take(row, "begin", cast.olga, THE_DAY).state == "running"


@pytest.mark.parametrize("who", ["third_party", "affiliate"])
def test_a_competitor_does_not_audit_us(cast, who):
    row = third(cast)
    row = take(row, "name_auditor", cast.carl, ASKED, conducted_by=who, auditor="Rival AG")
    row = take(row, "bind", cast.carl, ASKED, nda=nda())
    row = take(row, "check_auditor", cast.olga, ASKED, competitor="competitor", how="It sells the same.")
    with pytest.raises(Refused, match="Rival AG is a competitor of ours"):
        take(row, "begin", cast.olga, THE_DAY)


def test_another_auditor_starts_without_the_undertaking_of_the_one_before(cast):
    row = take(third(cast), "bind", cast.carl, ASKED, nda=nda())
    row = take(row, "check_auditor", cast.olga, ASKED, competitor="no_competitor", how="Looked.")
    row = take(row, "name_auditor", cast.carl, ASKED, conducted_by="third_party", auditor="Others Ltd")
    with pytest.raises(Refused, match="Others Ltd is not bound"):
        take(row, "begin", cast.olga, THE_DAY)


def test_the_customer_itself_is_bound_by_the_contract(cast):
    row = take(third(cast), "name_auditor", cast.carl, ASKED, conducted_by="customer", auditor="Acme")
    assert take(row, "begin", cast.olga, THE_DAY).state == "running"


def test_an_audit_does_not_begin_before_its_day(cast):
    row = take(third(cast), "name_auditor", cast.carl, ASKED, conducted_by="customer", auditor="Acme")
    with pytest.raises(Refused, match="The agreed slot is on Tuesday 14 April 2026"):
        take(row, "begin", cast.olga, utc("13 Apr 09:00"))


def test_a_billable_audit_says_so_before_it_is_agreed(cast):
    held(cast, cast.a, dt.date(2026, 2, 2))
    row = take(asked(cast, cast.a, ASKED), "offer", cast.olga, ASKED, **SLOT)
    with pytest.raises(Refused, match=r"it would be billable.*The next free date is 2 February 2027"):
        take(row, "agree", cast.carl, ASKED, **SLOT)
    assert take(row, "agree", cast.carl, ASKED, **SLOT, costs_known=True).state == "agreed"


def test_a_free_audit_has_no_quote(cast):
    with pytest.raises(Refused, match=r"it is free \(10.3\)\. Nobody is paid for it \(17\.2\)"):
        take(third(cast), "quote", cast.olga, ASKED, **PRICE)


def test_a_billable_audit_waits_for_the_approved_quote(cast):
    held(cast, cast.a, dt.date(2026, 2, 2))
    row = take(asked(cast, cast.a, ASKED), "offer", cast.olga, ASKED, **SLOT)
    row = take(row, "agree", cast.carl, ASKED, **SLOT, costs_known=True)
    quote = take(quoted(cast, row, ASKED), "send", cast.olga, ASKED)
    with pytest.raises(Refused, match=f"has not approved the quote {quote.reference}"):
        take(row, "begin", cast.olga, THE_DAY)
    take(quote, "approve", cast.sven, ASKED, typed_name="Sven")
    assert take(row, "begin", cast.olga, THE_DAY).state == "running"


def test_an_audit_is_conducted_on_a_local_date_that_has_come(cast):
    row = dated(third(cast), "running", THE_DAY)
    with pytest.raises(Refused, match="15 April 2026 lies ahead"):
        take(row, "conducted", cast.olga, THE_DAY, conducted_on=dt.date(2026, 4, 15))
    row = take(row, "conducted", cast.olga, THE_DAY, conducted_on=dt.date(2026, 4, 14))
    assert row.audit.conducted_on == dt.date(2026, 4, 14)


def test_an_audit_closes_with_its_last_finding(cast):
    row = held(cast, cast.a, dt.date(2026, 3, 2))
    at = utc("3 Mar 09:00")
    row = take(row, "add_finding", cast.carl, at, finding="No log", severity="high", detail="None.")
    finding = Matter.objects.get(kind="audit_finding", parent=row)
    assert open_clock(finding, "plan").reckoning["target"]["last_day"] == "2026-03-17"
    finding = take(finding, "plan", cast.olga, at, action="Write one.", done_by=dt.date(2026, 4, 30))
    assert open_clock(finding, "resolve").due_at == utc("30 Apr 22:00")
    with pytest.raises(Refused, match=f"Findings are open: {finding.reference}"):
        take(row, "close", cast.olga, at)
    finding = take(finding, "resolve", cast.olga, at, what="Written.")
    finding = take(finding, "reopen", cast.carl, at, reason="Not kept.")
    assert open_clock(finding, "plan").occurrence == 2
    finding = take(take(finding, "resolve", cast.olga, at, what="Kept."), "confirm", cast.carl, at)
    assert take(row, "close", cast.olga, at).closed_at is not None


def test_mails_of_an_audit_name_nobody(cast):
    row = third(cast)
    letter = Message.objects.get(matter=row, template="audits/slot")
    assert letter.recipient == "carl@acme.example"


@pytest.mark.parametrize("who", ["carl", "olga"])
def test_the_page_of_an_audit_says_whether_it_is_free_and_leads_to_the_count(cast, who):
    held(cast, cast.a, dt.date(2026, 2, 2))
    row = take(asked(cast, cast.a, ASKED), "offer", cast.olga, ASKED, **SLOT)
    client = Client()
    user = User.objects.get(pk=getattr(cast, who).user_id)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    page = client.get(reverse("matter", args=[row.public_reference])).content.decode()
    assert "On 14 April 2026 it would be billable (10.3)" in page
    assert reverse("audit-entitlement", args=[row.public_reference]) in page
    if who == "olga":
        board = client.get(reverse("matters", args=["audit"])).content.decode()
        assert reverse("audit-entitlements") in board
