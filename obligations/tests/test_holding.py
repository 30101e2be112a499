"""Alerts as people want them: held or gathered, and nothing is lost, late or silenced by it."""

import datetime as dt
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from accounts.tests.people import sign_in
from conftest import report_breach, utc
from obligations import alerts, delivery, holding
from obligations.actions import open_matter
from obligations.models import Matter, Message, Obligation, RestrictedTo
from obligations.tests.mailservers import MailServer

BERLIN = ZoneInfo("Europe/Berlin")
MONDAY = utc("2 Mar 09:00")


def wants(who, **wishes: object) -> None:
    User.objects.filter(pk=who.user_id).update(**wishes)


def digest(who, at: dt.time = dt.time(9, 30)) -> None:
    wants(who, alerts="digest", digest_at=at)


def questions(cast, number: int, at: dt.datetime = MONDAY) -> list[Matter]:
    """Day clocks: what a customer asks is answered in business days."""
    return [
        open_matter(
            "information_request", actor=cast.olga, at=at, facts={"question": f"Question {n}?"},
            title=f"Question {n}", agreement=cast.a,
        )
        for n in range(number)
    ]  # fmt: skip


def rung(at: dt.datetime) -> list[Message]:
    """Sweep until then; the alerts of the owner."""
    alerts.sweep(at)
    return list(Message.objects.filter(recipient="olga@people.example").order_by("queued_at", "pk"))


@pytest.fixture
def relay(settings) -> Iterator[MailServer]:
    with MailServer() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = server.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        yield server


def to_olga(relay: MailServer) -> list[str]:
    return [text for address, _, text in relay.taken if address == "olga@people.example"]


def first_ring(rows: list[Matter]) -> dt.datetime:
    return min(Obligation.objects.filter(matter__in=rows).values_list("next_alert_at", flat=True))


def test_a_digest_is_one_message_that_lists_all_alerts_of_a_person(cast, relay):
    digest(cast.olga)
    rows = questions(cast, 3)
    rings = first_ring(rows)
    waiting = rung(rings)
    assert len(waiting) == 3 and {row.hold_until > rings for row in waiting} == {True}
    delivery.deliver(waiting[0].hold_until - dt.timedelta(seconds=1))
    assert to_olga(relay) == []
    delivery.deliver(waiting[0].hold_until)
    (text,) = to_olga(relay)
    assert "3 alerts of today" in text and all(row.reference in text for row in rows)
    lines = Message.objects.exclude(carrier=None)
    carrier = Message.objects.get(matter=None)
    assert {(row.state, row.carrier, row.received_at) for row in lines} == {
        (carrier.state, carrier.pk, carrier.received_at)
    }
    assert carrier.state in ("sent", "received") and lines.count() == 3


def test_one_alert_alone_comes_as_itself(cast, relay):
    digest(cast.olga)
    (row,) = questions(cast, 1)
    (waiting,) = rung(first_ring([row]))
    delivery.deliver(waiting.hold_until)
    assert row.title in to_olga(relay)[0] or row.reference in to_olga(relay)[0]
    assert not Message.objects.filter(matter=None).exists()


def test_hour_clocks_are_never_held(cast):
    wants(cast.olga, alerts="digest", quiet_from=dt.time(0), quiet_to=dt.time(23, 59))
    report_breach(cast, [cast.a], utc("27 Mar 17:00"))
    found = rung(utc("27 Mar 17:00"))
    assert found and {row.hold_until for row in found} == {None}


def test_quiet_hours_hold_a_day_clock_until_they_end(cast, relay):
    wants(cast.olga, quiet_from=dt.time(8), quiet_to=dt.time(11, 15))
    rows = questions(cast, 2)
    waiting = rung(first_ring(rows))
    ends = waiting[0].hold_until
    assert ends.astimezone(BERLIN).time() == dt.time(11, 15)
    delivery.deliver(ends - dt.timedelta(seconds=1))
    assert to_olga(relay) == []
    delivery.deliver(ends)
    assert len(to_olga(relay)) == 2, "they wait, but not for each other"


def test_an_escalation_is_not_held_and_nobody_is_passed_over_before_their_digest_came(cast):
    digest(cast.olga)
    digest(cast.dora)
    rows = questions(cast, 1)
    rung(first_ring(rows))
    for day in ("3 Mar 08:00", "3 Mar 08:30"):  # the digest comes on the 3rd at 08:30 UTC
        alerts.sweep(utc(day))
        assert not Message.objects.filter(recipient="dora@people.example").exists()
    alerts.sweep(utc("4 Mar 08:00"))
    (to_dora,) = Message.objects.filter(recipient="dora@people.example")
    assert to_dora.context["rung"] == "nobody has acknowledged" and to_dora.hold_until is None


def test_what_would_be_due_before_it_is_released_comes_at_once(cast):
    wants(cast.olga, alerts="digest")
    rows = questions(cast, 1)
    row = Obligation.objects.get(matter=rows[0], state="open")
    first = holding.wishes_of(User.objects.get(pk=cast.olga.user_id)).release(first_ring(rows))
    Obligation.objects.filter(pk=row.pk).update(due_at=first - dt.timedelta(minutes=1))
    (found,) = rung(first_ring(rows))
    assert found.hold_until is None


def test_an_alert_whose_duty_ended_meanwhile_is_listed_and_said_to_have_ended(cast, relay):
    digest(cast.olga)
    rows = questions(cast, 2)
    waiting = rung(first_ring(rows))
    Obligation.objects.filter(matter=rows[0], state="open").update(state="lapsed", ended_at=first_ring(rows))
    delivery.deliver(waiting[0].hold_until)
    (text,) = to_olga(relay)
    assert (
        "2 alerts of today" in text and text.count("It has ended meanwhile.") == 2
    )  # in both forms of the mail


def test_a_digest_that_nobody_takes_sends_each_alert_to_the_next_in_line(cast, relay):
    relay.left = {"olga": ["550 5.1.1 she has left"]}
    digest(cast.olga)
    rows = questions(cast, 2)
    waiting = rung(first_ring(rows))
    for minute in range(2):
        delivery.deliver(waiting[0].hold_until + dt.timedelta(minutes=minute))
    told = [address for address, _, text in relay.taken]
    assert told.count("dora@people.example") == 2
    assert set(Message.objects.exclude(carrier=None).values_list("state", flat=True)) == {"failed"}


def test_a_process_that_died_after_binding_loses_nothing(cast, relay):
    digest(cast.olga)
    waiting = rung(first_ring(questions(cast, 2)))
    assert holding.bind(waiting[0].hold_until) == 1  # ... and the process dies here
    assert holding.bind(waiting[0].hold_until) == 0
    delivery.deliver(waiting[0].hold_until)
    assert len(to_olga(relay)) == 1


def test_a_clock_that_was_set_back_holds_nothing_for_long(cast, relay):
    digest(cast.olga)
    waiting = rung(first_ring(questions(cast, 2)))
    delivery.deliver(waiting[0].hold_until - dt.timedelta(days=30))
    assert len(to_olga(relay)) == 1


def test_a_gagged_matter_stands_in_no_digest(cast):
    digest(cast.olga)
    rows = questions(cast, 2)
    Matter.objects.filter(pk=rows[0].pk).update(restricted=True)
    RestrictedTo.objects.create(matter=rows[0], user_id=cast.olga.user_id)
    held = {row.matter_id: row.hold_until for row in rung(first_ring(rows))}
    assert held[rows[0].pk] is None and held[rows[1].pk] is not None


def test_the_number_of_statements_does_not_grow_with_the_lines(cast):
    digest(cast.olga)

    def statements() -> int:
        at = Message.objects.filter(carrier=None, digest=True).first().hold_until
        with CaptureQueriesContext(connection) as found:
            assert holding.bind(at) == 1
        return len(found)

    rung(first_ring(questions(cast, 2)))
    few = statements()
    rung(first_ring(questions(cast, 12, MONDAY + dt.timedelta(hours=1))))
    assert statements() == few


def test_each_person_sets_their_own_hours_and_the_history_says_so(cast):
    olga = sign_in("olga")
    form = {"time_zone": "Europe/Madrid", "workday_starts": "08:00", "workday_ends": "16:00", "alerts": "digest",
            "digest_at": "08:15", "quiet_from": "20:00", "quiet_to": "07:00"}  # fmt: skip
    assert olga.post(reverse("wishes"), form).status_code == 302
    row = User.objects.get(pk=cast.olga.user_id)
    assert (row.alerts, row.digest_at, row.time_zone) == ("digest", dt.time(8, 15), "Europe/Madrid")
    assert row.history.first().history_user_id == cast.olga.user_id
    wrong = olga.post(reverse("wishes"), {**form, "quiet_to": "", "time_zone": "Mars"})
    assert wrong.status_code == 422 and "Give both ends" in wrong.content.decode()
    assert "is not a time zone" in wrong.content.decode().replace("&#x27;", "'")


def test_a_customers_person_sets_hours_but_no_alerts(cast):
    page = sign_in("carl").get(reverse("wishes")).content.decode()
    assert "Time zone" in page and "Quiet from" not in page and "digest_at" not in page
