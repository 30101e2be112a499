"""Today: what stands where, for whom, at what cost."""

import datetime as dt
import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from conftest import add_many, report_breach, utc
from dashboard import comparing, today
from dashboard.groups import GROUPS, groups
from obligations import alerts
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.models import Matter, Obligation

BUDGETS = json.loads((Path(alerts.__file__).parent / "tests" / "budgets.json").read_text())
REPORTED = utc("27 Mar 17:00")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(actor) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend=BACKEND)
    return client


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def statements(captured: CaptureQueriesContext) -> list[str]:
    """What a page asks; not the frame that a scope is on PostgreSQL inside a test's own transaction."""
    frame = ("SAVEPOINT", "RELEASE", "SELECT set_config")
    return [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(frame)]


def duties(lines: today.Some) -> set[tuple[str, str]]:
    return {(line.row.duty, str(line.row.customer or "")) for line in lines.lines}


def test_what_is_late_over_target_near_or_theirs_stands_in_one_place_each(cast):
    report_breach(cast, [cast.a, cast.b], REPORTED)
    read = today.read(cast.olga, "all", utc("28 Mar 18:00"))
    assert ("notify_customer", "Acme") in duties(read["late"])  # negotiated: 24 hours
    assert ("notify_customer", "Bodega") in duties(read["over"])  # "immediately": only a target
    shown = [line.row.pk for name in ("late", "over", "soon", "later") for line in read[name].lines]
    assert len(shown) == len(set(shown))


def test_what_a_customer_owes_waits_for_the_customer_and_is_never_ours(cast):
    report_breach(cast, [cast.a], REPORTED)
    notice = Matter.objects.get(kind="breach_notice")
    advance([notice], "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."})
    notice.refresh_from_db()
    advance([notice], "received", actor=cast.carl, at=REPORTED)
    read = today.read(cast.olga, "all", REPORTED)
    assert ("inform_authority", "Acme") in duties(read["theirs"])
    assert ("inform_authority", "Acme") not in duties(read["soon"])


def test_mine_is_what_i_own_and_my_teams_what_we_share_agreements_for(cast):
    report_breach(cast, [cast.a], REPORTED)
    of = {
        who: today.read(who_reads, chosen, REPORTED)["soon"].lines
        for who, who_reads, chosen in (
            ("olga", cast.olga, "mine"),
            ("dora", cast.dora, "mine"),
            ("team", cast.dora, "team"),
            ("adam", cast.adam, "team"),
        )
    }
    assert of["olga"] and of["team"]
    assert not of["dora"] and not of["adam"]


def test_a_row_leads_to_the_step_that_meets_it(cast):
    report_breach(cast, [cast.a], REPORTED)
    row = Obligation.objects.select_related("matter__agreement").get(duty="notify_customer")
    assert today.line(row, cast.olga, REPORTED).step.name == "send"
    assert today.line(row, cast.aude, REPORTED).step is None


def test_no_row_offers_a_detour_where_another_person_can_meet_it(cast):
    """Certifying is the approver's; the officer is not led to end the contract instead."""
    matter = Matter.objects.get(kind="agreement", agreement=cast.a)
    signed = {"signed_by_us_on": REPORTED.date(), "signed_by_customer_on": REPORTED.date()}
    advance([matter], "sign", actor=cast.olga, at=REPORTED, facts=signed)
    row = Obligation.objects.select_related("matter__agreement").get(matter=matter, duty="certify_ccpa")
    assert today.line(row, cast.olga, REPORTED).step is None
    assert today.line(row, cast.anna, REPORTED).step.name == "certify_ccpa"


def test_a_row_that_several_steps_meet_says_so_and_one_that_has_ended_offers_none(cast):
    report_breach(cast, [cast.a], REPORTED)
    row = Obligation.objects.select_related("matter__agreement").get(duty="notify_customer")
    row.matter.state = "sent"
    assert [step.name for step in today.line(row, cast.olga, REPORTED).steps] == ["telephoned"]
    row.state, row.ended_at, row.met_at = "met", REPORTED, REPORTED
    ended = today.line(row, cast.olga, REPORTED)
    assert (ended.words, ended.step) == ("met on time, under target", None)


def test_a_row_over_target_says_by_how_much_and_not_what_is_left_by_law(cast):
    report_breach(cast, [cast.a], REPORTED)
    row = Obligation.objects.select_related("matter__agreement").get(duty="notify_customer")
    over = today.line(row, cast.olga, utc("27 Mar 22:00"))  # target 4 hours, due after 24
    assert (over.words, over.urgency, over.until) == ("1 h over target", "over", row.target_at)
    late = today.line(row, cast.olga, utc("28 Mar 18:00"))
    assert (late.words, late.until) == ("1 h late", row.due_at)


def test_an_alert_stands_there_until_somebody_acknowledges_it_from_the_page(cast):
    report_breach(cast, [cast.a], timezone.now())
    alerts.sweep(timezone.now())
    row = Obligation.objects.get(duty="notify_customer")
    client = signed_in(cast.olga)
    assert "Alerts nobody has acknowledged" in client.get("/").content.decode()
    answer = client.post(reverse("acknowledge", args=[row.pk]), {"next": "/?who=mine"})
    assert answer.url == "/?who=mine"
    away = client.post(reverse("acknowledge", args=[row.pk]), {"next": "https://elsewhere.example/"})
    assert away.url == reverse("obligation", args=[row.pk])
    assert "Alerts nobody has acknowledged" not in client.get("/").content.decode()


@pytest.mark.parametrize("number", [1, 300])
def test_today_keeps_its_statements_and_its_weight(cast, number):
    report_breach(cast, add_many(cast, number), timezone.now())
    alerts.sweep(timezone.now())
    client = signed_in(cast.olga)
    with CaptureQueriesContext(connection) as captured:
        text = page(client, "/")
    assert len(statements(captured)) == BUDGETS[connection.vendor]["page today"]
    assert len(text.encode()) < 150_000


def test_every_kind_has_a_place_in_the_navigation():
    named = [kind for group in groups() for kind in group.kinds if kind in CLAUSES]
    assert sorted(named) == sorted(CLAUSES)
    assert [group.key for group in groups()][-1] != "more", "name the new kind in a group"
    assert len(GROUPS) <= 10


@pytest.mark.parametrize("group", [group.key for group in groups()])
def test_every_board_opens_for_staff_and_for_nobody_else(cast, group):
    report_breach(cast, [cast.a], timezone.now())
    assert "Due next" in page(signed_in(cast.aude), reverse("board", args=[group]))
    client = signed_in(cast.carl)
    assert client.get(reverse("board", args=[group])).status_code == 403


def test_a_negotiated_term_stands_beside_its_standard_with_its_day(cast):
    lines = comparing.lines(cast.a, dt.date(2026, 3, 27))
    first = lines[0]
    assert (first.differs, first.ours, first.since) == (
        True,
        "within 24 hours, target 4 hours",
        dt.date(2025, 1, 1),
    )
    assert "immediately" in first.standard and not any(line.differs for line in lines[1:])
    assert "24 hours" in page(signed_in(cast.aude), reverse("compare", args=[cast.a.pk]))
