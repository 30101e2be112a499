"""What the ledger and the alerts say is an event once: none lost, none doubled, none that may not be told."""

import datetime as dt
import json
import threading

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from conftest import add_many, report_breach
from obligations import alerts
from obligations.actions import advance, note
from obligations.models import Entry, Matter, Message, RestrictedTo
from obligations.tests.engine import REPORTED, fresh, later, reported
from webhooks import collecting, endpoints, signing
from webhooks.models import Delivery, Event
from webhooks.tests.helping import COLLECTED, MADE, URL, collected, customers, house


def types(endpoint) -> list[str]:
    return sorted(Delivery.objects.filter(endpoint=endpoint).values_list("event__type", flat=True))


def test_every_step_and_every_alert_is_one_event(cast):
    endpoint = house(cast)
    reported(cast)
    alerts.sweep(later(REPORTED, 30))
    collecting.collect(later(REPORTED, 30))
    steps = Entry.objects.filter(pk__gt=endpoint.after)
    rang = Message.objects.filter(entry=None).values("obligation", "round", "rung", "repeat").distinct()
    assert Event.objects.filter(entry__in=steps).count() == steps.count() > 3
    assert Event.objects.filter(entry=None).count() == rang.count() > 3
    assert Delivery.objects.filter(endpoint=endpoint).count() == Event.objects.count()


def test_collecting_again_and_again_doubles_nothing(cast):
    house(cast)
    collected(cast)
    for hours in (0, 1, 2, 48):
        assert collecting.collect(later(COLLECTED, hours)) == 0


def test_an_entry_that_commits_late_with_a_lower_id_is_told(cast):
    house(cast)
    case = collected(cast)
    low, high = (Entry.objects.order_by("-pk").first().pk + step for step in (1, 2))
    for pk in (high, low):
        Entry.objects.bulk_create([
            Entry(pk=pk, matter=case.a, customer_id=case.a.customer_id, step="send", to_state="sent",
                  at=COLLECTED, recorded_at=COLLECTED, actor_name="Olga")
        ])  # fmt: skip
        assert collecting.collect(COLLECTED) == 1
    assert list(Event.objects.order_by("-pk").values_list("entry", flat=True)[:2]) == [low, high]


def test_after_a_day_of_standstill_nothing_is_missing(cast):
    house(cast)
    collected(cast)
    alerts.sweep(later(REPORTED, 30))
    assert collecting.collect(later(REPORTED, 60)) == Event.objects.filter(entry=None).count() > 0


def test_a_clock_that_was_set_back_loses_no_alert(cast):
    house(cast)
    collected(cast, later(REPORTED, 500))
    alerts.sweep(later(REPORTED, 30))
    assert collecting.collect(later(REPORTED, 30)) > 0


def test_an_endpoint_hears_only_what_happens_after_it_was_made(cast):
    reported(cast)
    endpoint = house(cast)
    assert collecting.collect(COLLECTED) == 0 and types(endpoint) == []


def test_a_customer_hears_of_its_own_matters_and_not_of_inner_work(cast):
    endpoint = customers(cast)
    case = reported(cast)
    note(fresh(case.a), "Their lawyer called.", actor=cast.olga, at=REPORTED)
    alerts.sweep(later(REPORTED, 30))
    collecting.collect(later(REPORTED, 30))
    assert Event.objects.filter(type="breach_notice.note").exists()
    assert types(endpoint) == ["breach_notice.open"]


def test_an_alert_to_the_customers_contacts_is_told_to_the_customer(cast):
    endpoint = customers(cast)
    case = reported(cast)
    alerts.sweep(later(REPORTED, 30))
    alert = Message.objects.filter(matter=case.a, entry=None).first()
    Message.objects.filter(pk=alert.pk).update(template=collecting.TO_CONTACTS)
    collecting.collect(later(REPORTED, 30))
    assert "breach_notice.alert" in types(endpoint)


def test_an_endpoint_hears_what_it_asked_for(cast):
    asked = house(cast, URL, "breach.*", "*.open")
    collected(cast)
    assert types(asked) == ["breach.open", *["breach_notice.open"] * 3]


def gagged(row: Matter, cast) -> None:
    Matter.objects.filter(pk=row.pk).update(restricted=True)
    RestrictedTo.objects.create(matter=row, user_id=cast.olga.user_id)


def test_nothing_is_told_of_a_restricted_matter(cast):
    house(cast)
    case = reported(cast)
    gagged(case.a, cast)
    collecting.collect(COLLECTED)
    assert Event.objects.exists() and not Event.objects.filter(matter=case.a).exists()


def test_what_happened_under_a_gag_is_told_when_it_is_lifted(cast):
    endpoint = house(cast)
    case = reported(cast)
    gagged(case.a, cast)
    collecting.collect(COLLECTED)
    collecting.collect(later(COLLECTED, 30))
    Matter.objects.filter(pk=case.a.pk).update(restricted=False, kind="disclosure")
    lifts = next(step.name for step in fresh(case.a).clause.steps if step.lifts)
    Entry.objects.create(matter=case.a, customer_id=case.a.customer_id, step=lifts, to_state="x",
                         at=later(COLLECTED, 40), recorded_at=later(COLLECTED, 40), actor_name="Olga")  # fmt: skip
    collecting.collect(later(COLLECTED, 40))
    assert {"disclosure.open", f"disclosure.{lifts}"} <= set(types(endpoint))


def test_what_is_told_is_thin_and_names_nobody(cast):
    house(cast)
    case = collected(cast)
    told = json.loads(signing.body(Event.objects.get(matter=case.a)))
    address = f"/api/v1/breach_notice/{case.a.public_reference}/"
    assert told["type"] == "breach_notice.open" and told["timestamp"] == REPORTED.isoformat()
    assert told["data"].pop("url").endswith(address)
    assert told["data"] == {
        "kind": "breach_notice",
        "reference": case.a.public_reference,
        "step": "open",
    }


def test_what_a_disabled_endpoint_missed_comes_when_it_is_on_again(cast):
    endpoint = house(cast)
    endpoints.disable(endpoint, "Because.", now=MADE)
    collected(cast)
    assert types(endpoint) == []
    assert endpoints.enable(endpoint, now=COLLECTED) == Event.objects.count()
    assert types(endpoint) == sorted(Event.objects.values_list("type", flat=True))


def test_old_events_go_and_are_not_made_again(cast):
    house(cast)
    case = collected(cast)
    much_later = COLLECTED + collecting.KEPT + dt.timedelta(days=1)
    advance([fresh(case.a)], "send", actor=cast.olga, at=much_later, facts={"text": "We suspect."})
    made = collecting.collect(much_later)
    collecting.forget(much_later)
    assert Event.objects.count() == made + 1  # the mark
    assert [collecting.collect(later(much_later, hours)) for hours in (0, 2)] == [0, 0]


@pytest.mark.parametrize("number", [1, 100])
def test_collecting_costs_the_same_for_one_and_for_a_hundred(cast, number):
    house(cast)
    report_breach(cast, add_many(cast, number), REPORTED)
    with CaptureQueriesContext(connection) as captured:
        collecting.collect(COLLECTED)
    queries = [query["sql"] for query in captured.captured_queries]
    asked = [sql for sql in queries if sql.startswith("SELECT") and "webhooks_" in sql]
    assert Event.objects.count() == number + 1 and len(asked) == 4, asked


def test_collectors_that_race_make_each_event_once(live_cast):
    endpoint = house(live_cast)
    reported(live_cast)
    alerts.sweep(later(REPORTED, 30))

    def race() -> None:
        collecting.collect(later(REPORTED, 30))
        connection.close()

    threads = [threading.Thread(target=race) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    collecting.collect(later(REPORTED, 31))
    steps = Entry.objects.filter(pk__gt=endpoint.after).count()
    assert Event.objects.exclude(entry=None).count() == steps
    assert Delivery.objects.count() == Event.objects.count() > steps
