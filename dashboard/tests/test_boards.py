"""Boards of the rooms: what each shows, to whom, at what cost."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from conftest import report_breach
from dashboard.tests.test_today import BUDGETS, page, signed_in, statements
from deletion.tests.builders import planned
from disclosures.tests.builders import demand_of, told
from obligations.actions import advance
from obligations.models import Matter
from safeguards.tests.builders import bound_and_trained, person_of, policy_of
from subprocessors.tests.builders import entered, proposed, transfer_of

BOARDS = (
    *("exits", "people-with-access", "policies", "demands", "consents", "transfers"),
    *("breach-register", "audit-entitlements", "measures"),
)
DAYS = dt.timedelta(days=1)


def now() -> dt.datetime:
    return timezone.now().replace(microsecond=0)


def filled(cast, agreement) -> None:
    """One row or more of each board."""
    at = now() - 5 * DAYS
    planned(cast, agreement, at, at.date())
    bound_and_trained(cast, person_of(cast, at, at.date()), at)
    policy_of(cast, at, "access_control")
    told(cast, demand_of(cast, at), at, at + 20 * DAYS)
    proposed(cast, entered(cast, at, f"Nimbus of {agreement}"), at, [agreement], at.date() + 60 * DAYS)
    transfer_of(cast, agreement, at, valid_to=at.date() + 400 * DAYS)
    report_breach(cast, [agreement], at)


def costs(client) -> dict[str, int]:
    found = {}
    for name in BOARDS:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse(name)).status_code == 200
        found[name] = len(statements(captured))
    return found


def test_the_statements_of_a_board_do_not_grow_with_its_rows(cast):
    client = signed_in(cast.olga)
    filled(cast, cast.a)
    first = costs(client)
    filled(cast, cast.b)
    filled(cast, cast.c)
    assert costs(client) == first == {name: BUDGETS[connection.vendor][name] for name in BOARDS}


@pytest.mark.parametrize("name", BOARDS)
def test_a_board_is_for_staff_alone_and_says_what_to_do_when_it_is_empty(cast, name):
    assert signed_in(cast.carl).get(reverse(name)).status_code == 403
    assert "<main" in page(signed_in(cast.aude), reverse(name))


def test_an_exit_shows_its_two_years_and_how_much_is_proven(cast):
    day = timezone.localdate() - 30 * DAYS
    row = planned(cast, cast.a, now() - 20 * DAYS, day)
    Matter.objects.filter(parent=row, title="Database").update(state="proven")
    shown = page(signed_in(cast.aude), reverse("exits"))
    assert "1 of 3" in shown and row.reference in shown and "Acme" in shown
    assert f"{day.year + 2}" in shown
    Matter.objects.filter(pk=row.pk).update(state="certified", closed_at=now())
    assert "No contract has ended" in page(signed_in(cast.aude), reverse("exits"))
    assert row.reference in page(signed_in(cast.aude), reverse("exits") + "?all=1")


def test_a_person_without_undertaking_or_training_is_told_from_one_who_may_work(cast):
    at = now() - 5 * DAYS
    row = person_of(cast, at, at.date())
    shown = page(signed_in(cast.aude), reverse("people-with-access"))
    assert "1 person is not bound and trained yet" in shown and shown.count(">missing<") == 2
    bound_and_trained(cast, row, at)
    advance(
        [Matter.objects.get(pk=row.pk)], "authorise", actor=cast.anna, at=at, facts={"to_what": "Support"}
    )
    shown = page(signed_in(cast.aude), reverse("people-with-access"))
    assert "missing" not in shown and "bound and trained yet" not in shown and "Train again" in shown


def test_a_review_of_a_policy_counts_from_the_day_it_was_held(cast):
    at = now() - 5 * DAYS
    row = policy_of(cast, now() - 300 * DAYS, "access_control")
    facts = {"version": "2", "found": "Nothing.", "document": {"name": "a", "sha256": "0" * 64, "size": 1}}
    advance([Matter.objects.get(pk=row.pk)], "review", actor=cast.olga, at=at, facts=facts)
    shown = page(signed_in(cast.aude), reverse("policies"))
    assert f"{timezone.localtime(at):%-d %b %Y}" in shown and "360 d to target" in shown


def test_a_restricted_demand_is_on_the_board_of_those_named_alone(cast):
    row = demand_of(cast, now() - 2 * DAYS)
    facts = {
        "prohibition": "Nobody may be told.",
        "until": "the end",
        "measures": "A safe.",
        "people": [cast.anna.user_id],
    }
    advance([Matter.objects.get(pk=row.pk)], "gag", actor=cast.olga, at=now() - 2 * DAYS, facts=facts)
    for named in (cast.olga, cast.anna):
        shown = page(signed_in(named), reverse("demands"))
        assert row.reference in shown and "restricted" in shown and "Anna, Olga" in shown
    for other in (cast.dora, cast.aude, cast.adam):
        shown = page(signed_in(other), reverse("demands"))
        assert row.reference not in shown and "Regional Court" not in shown
        assert "No demand is open that you may see" in shown
        assert "Disclosures" in page(signed_in(other), reverse("board", args=["disclosures"]))
