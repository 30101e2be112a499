"""Clause 7.1: no access without a basis, nor before the notice is received; a gag hides everything."""

import datetime as dt
import json
from typing import Any

import pytest
from django.core import serializers
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse

from accounts.models import User
from accounts.roles import SYSTEM
from accounts.scope import ALL, scope
from agreements import records
from conftest import utc
from disclosures.models import Disclosure
from disclosures.tests.builders import demand_of, told
from obligations import alerts, delivery, evidence
from obligations.actions import advance
from obligations.models import Entry, Evidence, Matter, Message, Obligation
from obligations.tests.engine import open_clock
from obligations.turn import Refused

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AT = utc("2 Mar 09:00")  # a Monday
PLANNED = utc("20 Mar 09:00")
SECRET = "Regional Court"


def take(row: Matter, step: str, actor: Any, at: dt.datetime, **facts: Any) -> Matter:
    row = Matter.objects.get(pk=row.pk)
    advance([row], step, actor=actor, at=at, facts=facts)
    return Matter.objects.get(pk=row.pk)


def granted(row: Matter, cast, at: dt.datetime, granted_at: dt.datetime | None = None) -> Matter:
    take(row, "grant", cast.olga, at, granted_at=granted_at or at, scope="Two calls.")
    return take(row, "grant", cast.anna, at)


def rests_on_law(row: Matter, cast, at: dt.datetime) -> None:
    take(row, "rest_on_law", cast.olga, at, law="Code of criminal procedure", analysis="It binds us.")
    take(row, "rest_on_law", cast.anna, at)


def gag(row: Matter, cast, at: dt.datetime, **facts: Any) -> Matter:
    known = {"prohibition": "Nobody may be told.", "measures": "Locked.", "people": [cast.anna.user_id]}
    return take(row, "gag", cast.olga, at, **known, **facts)


def received(notice: Matter, cast, at: dt.datetime) -> Matter:
    notice = take(notice, "send", cast.olga, at, text="A court demands calls.")
    return take(notice, "received", SYSTEM, at)


@pytest.fixture
def demand(cast) -> Matter:
    return demand_of(cast, AT)


def sign_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
    return client


# --- basis and notice ---------------------------------------------------------------------------------


def test_access_without_a_basis_is_refused(cast, demand):
    for notice in told(cast, demand, AT, PLANNED):
        received(notice, cast, AT)
    with pytest.raises(
        Refused, match="neither a law that obliges us nor the written consent of Acme, Bodega"
    ):
        granted(demand, cast, PLANNED)


def test_access_before_the_notice_is_received_is_refused(cast, demand):
    rests_on_law(demand, cast, AT)
    with pytest.raises(Refused, match="Tell the customers first"):
        granted(demand, cast, PLANNED)
    acme, _bodega = told(cast, demand, AT, PLANNED)
    received(acme, cast, AT)
    with pytest.raises(Refused, match="Not yet received the notice: Bodega"):
        granted(demand, cast, PLANNED)


def test_access_dated_before_the_receipt_is_refused(cast, demand):
    rests_on_law(demand, cast, AT)
    for notice in told(cast, demand, AT, PLANNED):
        received(notice, cast, utc("4 Mar 09:00"))
    with pytest.raises(Refused, match="received the notice on Wed 4 March 2026"):
        granted(demand, cast, PLANNED, utc("3 Mar 09:00"))
    assert granted(demand, cast, PLANNED).state == "granted"


def test_a_minimum_period_between_notice_and_access_is_kept_where_one_was_agreed(cast, demand):
    day, key = dt.date(2026, 1, 1), "disclosures.notice.before"
    value = {"business_days": 5, "minimum": True}
    records.set_term(cast.a, key, value, effective_from=day, actor=cast.olga, at=AT)
    rests_on_law(demand, cast, AT)
    for notice in told(cast, demand, AT, PLANNED):
        received(notice, cast, AT)
    with pytest.raises(Refused, match="the earliest access is Mon 9 March 2026, 23:00 UTC"):
        granted(demand, cast, utc("9 Mar 09:00"))
    assert granted(demand, cast, utc("10 Mar 09:00")).state == "granted"


def test_the_notice_is_due_before_the_planned_access_and_at_once_when_the_order_is_shorter(cast, demand):
    acme, _ = told(cast, demand, AT, PLANNED)
    clock = open_clock(acme, "notify")
    assert (clock.due_at, clock.target_at) == (PLANNED, utc("12 Mar 23:00"))
    other = demand_of(cast, AT)
    clock = open_clock(told(cast, other, AT, utc("3 Mar 09:00"))[0], "notify")
    assert (clock.due_at, clock.target_at) == (utc("3 Mar 09:00"), AT)


def test_the_written_consent_of_every_customer_is_a_basis(cast, demand):
    acme, bodega = told(cast, demand, AT, PLANNED)
    for notice, signatory in ((acme, cast.sven), (bodega, cast.berta)):
        received(notice, cast, AT)
        take(notice, "consent", signatory, AT, typed_name="Name", scope="Calls of one week.")
    take(bodega, "withdraw_consent", cast.berta, AT, reason="Too much.")
    with pytest.raises(Refused, match="nor the written consent of Bodega"):
        granted(demand, cast, PLANNED)
    take(bodega, "consent", cast.berta, AT, typed_name="Berta", scope="One day.")
    assert granted(demand, cast, PLANNED).state == "granted"


def test_a_refused_demand_may_be_upheld_and_is_closed_only_with_everything_on_record(cast, demand):
    row = take(demand, "refuse", cast.anna, AT, reason="Not competent.")
    row = take(row, "upheld", cast.olga, AT, reason="Decided by the court.")
    rests_on_law(row, cast, AT)
    for notice in told(cast, row, AT, PLANNED):
        received(notice, cast, AT)
    row = granted(row, cast, PLANNED)
    with pytest.raises(Refused, match="What was handed over is not recorded yet"):
        take(row, "close", cast.olga, PLANNED)
    copy = evidence.kept("list.txt", [b"Two calls."])
    take(row, "hand_over", cast.olga, PLANNED, handed_over="Two calls, by courier.", copy=copy)
    assert take(row, "close", cast.olga, PLANNED).closed_at == PLANNED


# --- gag ----------------------------------------------------------------------------------------------


def everything(who, customers=ALL) -> str:
    """Every row of every table of the matter that this reader may see, as text."""
    with scope(customers, "test", reader=who.user_id):
        managers = [model.objects for model in (Matter, Entry, Obligation, Message, Evidence, Disclosure)]
        rows = [serializers.serialize("json", m.all()) for m in (*managers, Disclosure.history)]
    return json.dumps(rows)


def test_a_gag_hides_everything_from_everybody_who_is_not_named(cast, demand):
    acme, _ = told(cast, demand, AT, PLANNED)
    gag(demand, cast, AT)
    alerts.sweep(utc("20 Mar 09:00"))
    assert all(SECRET in everything(who) for who in (cast.olga, cast.anna))
    for who, customers in (
        (cast.aude, ALL),
        (cast.dora, ALL),
        (cast.adam, ALL),
        (cast.carl, [cast.a.customer_id]),
        (cast.sven, [cast.a.customer_id]),
    ):
        seen = everything(who, customers)
        assert SECRET not in seen and acme.public_reference not in seen and '"disclosure"' not in seen


def pages() -> list[str]:
    """The address of every page that needs no argument, the admin site's lists too."""
    found = get_resolver().reverse_dict.keys()
    admin = [
        f"/admin/obligations/{name}/" for name in ("matter", "entry", "obligation", "message", "evidence")
    ]
    kinds = [f"/kinds/{kind}/" for kind in ("disclosure", "disclosure_notice")]
    plain = [_address(name) for name in found if isinstance(name, str)]
    asked = ["/find/?q=Order", "/find/?text=Regional"]
    return [*(page for page in plain if page), *kinds, *admin, *asked]


def _address(name: str) -> str:
    try:
        return "" if "logout" in name else reverse(name)
    except NoReverseMatch:
        return ""


@pytest.mark.parametrize("name", ["aude", "dora", "adam", "carl"])
def test_no_page_shows_a_gagged_demand_to_those_who_are_not_named(cast, demand, name):
    acme, _ = told(cast, demand, AT, PLANNED)
    gag(demand, cast, AT)
    alerts.sweep(utc("20 Mar 09:00"))
    client, words = sign_in(name), ("Order 12/26", SECRET, demand.public_reference, acme.public_reference)
    for row in (demand, acme):
        assert client.get(reverse("matter", args=[row.public_reference])).status_code == 404
    read = {address: client.get(address) for address in pages()}
    shown = [at for at, page in read.items() if any(word in text_of(page) for word in words)]
    assert shown == []
    assert {"/", "/find/", "/calendar/", "/reports/", "/portal/matters/", "/mailbox/"} <= set(read)
    assert demand.public_reference in text_of(sign_in("anna").get("/kinds/disclosure/"))


def text_of(page: Any) -> str:
    """A page, streamed or not."""
    return (b"".join(page) if page.streaming else page.content).decode("utf-8", "replace")


def test_a_demand_that_is_opened_in_secret_was_never_seen(cast):
    row = demand_of(cast, AT, people=[cast.anna.user_id])
    assert row.pk and SECRET in everything(cast.anna)
    assert SECRET not in everything(cast.aude)
    with pytest.raises(Refused, match="nobody may be told"):
        told(cast, row, AT, PLANNED)


def test_a_gag_stops_the_notice_that_waits_and_leaves_no_trace_for_the_customer(cast, demand):
    acme, _ = told(cast, demand, AT, PLANNED)
    take(acme, "send", cast.olga, AT, text="A court demands calls.")
    gag(demand, cast, AT)
    delivery.deliver(utc("2 Mar 10:00"))
    (message,) = Message.objects.filter(matter=acme, template="disclosures/notice")
    assert (message.state, message.sent_at) == ("failed", None)
    assert not Obligation.objects.filter(matter=acme, duty="notify", state="open").exists()
    with pytest.raises(Refused, match="nobody may be told"):
        take(acme, "telephoned", cast.olga, AT, called_at=AT, spoke_with="Carl")


def test_a_bounce_after_the_gag_tries_no_other_contact(cast):
    row = demand_of(cast, AT, agreements=[cast.c.pk])
    (notice,) = told(cast, row, AT, PLANNED)
    take(notice, "send", cast.olga, AT, text="A court demands calls.")
    sent = Message.objects.filter(matter=notice, template="disclosures/notice")
    sent.update(state="sent", sent_at=AT, next_attempt_at=None)
    gag(row, cast, AT)
    sent.update(state="failed", failed_at=AT, pending_step="bounced", pending_at=AT)
    delivery.take_pending(utc("2 Mar 11:00"))
    assert Matter.objects.get(pk=notice.pk).state == "bounced"
    assert list(sent.values_list("recipient", flat=True)) == ["cora@celtic.example"]


def test_its_alerts_reach_only_the_people_named(cast, demand):
    gag(demand, cast, AT, expires_on=dt.date(2026, 3, 31))
    alerts.sweep(utc("1 May 09:00"))
    told_of = set(Message.objects.filter(matter=demand, state="queued").values_list("user", flat=True))
    assert told_of == {cast.olga.user_id, cast.anna.user_id}


def test_a_gag_is_reviewed_every_30_days_and_its_last_day_is_checked(cast, demand):
    row = gag(demand, cast, AT, expires_on=dt.date(2026, 5, 4))
    assert open_clock(row, "review_gag").reckoning["target"]["last_day"] == "2026-04-01"
    assert open_clock(row, "check_gag").reckoning["due"]["last_day"] == "2026-05-04"
    row = take(row, "review_gag", cast.anna, utc("30 Mar 09:00"), outcome="Still pending.")
    assert open_clock(row, "review_gag").reckoning["target"]["last_day"] == "2026-04-29"
    assert open_clock(row, "check_gag").is_open


def test_a_gag_needs_an_approver_among_those_who_may_know(cast, demand):
    with pytest.raises(Refused, match="Name an approver too"):
        take(demand, "gag", cast.olga, AT, prohibition="P.", measures="M.", people=[cast.dora.user_id])


def test_under_a_gag_access_needs_the_law_but_no_notice(cast, demand):
    row = gag(demand, cast, AT)
    with pytest.raises(Refused, match="neither a law that obliges us"):
        granted(row, cast, PLANNED)
    rests_on_law(row, cast, AT)
    assert granted(row, cast, PLANNED).state == "granted"
    with pytest.raises(Refused, match="still kept from the customers"):
        take(row, "close", cast.olga, PLANNED)


def test_release_starts_the_prompt_notice_at_the_end_of_the_prohibition(cast, demand):
    row = gag(demand, cast, AT)
    ceased, noticed = utc("2 Apr 09:00"), utc("8 Apr 09:00")
    row = take(row, "release", cast.anna, noticed, ceased_at=ceased, why="Lifted by the court.")
    assert not row.restricted
    notices = list(Matter.objects.filter(parent=row).order_by("agreement"))
    assert [notice.agreement for notice in notices] == [cast.a, cast.b]
    clock = open_clock(notices[0], "inform")
    assert (clock.started_at, clock.due_at) == (ceased, None)
    assert clock.reckoning["target"]["last_day"] == "2026-04-07"
    notice = take(notices[0], "send", cast.olga, noticed, text="We could not tell you before.")
    assert open_clock(notice, "inform").is_open
    notice = take(notice, "received", cast.carl, utc("9 Apr 09:00"))
    assert Obligation.objects.get(matter=notice, duty="inform").met_at == utc("9 Apr 09:00")


def test_the_customer_reads_its_notice_and_never_the_demand(cast, demand):
    acme, _ = told(cast, demand, AT, PLANNED)
    received(acme, cast, AT)
    assert sign_in("carl").get(reverse("matter", args=[acme.public_reference])).status_code == 200
    assert sign_in("berta").get(reverse("matter", args=[acme.public_reference])).status_code == 404
    assert sign_in("carl").get(reverse("matter", args=[demand.public_reference])).status_code == 404
