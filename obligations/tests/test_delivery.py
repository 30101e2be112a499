"""Deliver: at least once, recognisable repeats, and nobody waits for somebody else's bad address."""

import datetime as dt
import threading
from collections.abc import Iterator

import pytest
from django.db import connection

from accounts.scope import ALL, scope
from agreements import records
from conftest import add_many, report_breach, utc
from obligations import alerts, delivery, mailing, sending
from obligations.actions import advance
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.mailservers import MailServer

SENT = utc("27 Mar 17:30")


@pytest.fixture
def relay(settings) -> Iterator[MailServer]:
    with MailServer({"carl": ["550 5.1.1 no such mailbox"], "olga": ["550 5.1.1 she has left"]}) as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = server.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        yield server


def send(cast, agreements) -> list[Matter]:
    """A breach whose notices to these agreements are queued at SENT."""
    breach = report_breach(cast, agreements, utc("27 Mar 17:00"))
    advance(
        Matter.objects.filter(parent=breach), "send", actor=cast.olga, at=SENT, facts={"text": "We suspect."}
    )
    return list(Matter.objects.filter(parent=breach).order_by("pk"))


def test_a_worker_that_died_after_the_servers_yes_leaves_a_repeat_with_the_same_message_id(cast, relay):
    send(cast, [cast.b])
    (leased,) = delivery._lease(SENT)
    rendered = mailing.render(leased)
    leased.subject, leased.text, leased.html = rendered.subject, rendered.text, rendered.html
    with mailing.Post() as carrier:
        carrier.send(leased)  # ... and the process dies here, before it could write that down
    assert delivery.deliver(SENT + dt.timedelta(seconds=29)) == 0  # the lease still runs
    assert delivery.deliver(SENT + dt.timedelta(seconds=31)) == 1
    assert len(relay.taken) == 2
    assert len({message_id for _, message_id, _ in relay.taken}) == 1
    assert f"{leased.pk}@" in relay.taken[0][1]


def test_a_late_worker_whose_lease_was_taken_over_does_not_send(cast, relay):
    send(cast, [cast.b])
    (slow,) = delivery._lease(SENT)
    later = SENT + dt.timedelta(seconds=31)
    delivery.deliver(later)
    with sending.open_connections(mailing.Post, 1) as connections:
        assert sending.send([slow], connections, lambda: later) == 0
    assert len(relay.taken) == 1


def test_one_bounce_and_one_message_that_cannot_be_rendered_delay_nobody_else(cast, relay):
    send(cast, [cast.a, cast.b, cast.c])
    broken = Message.objects.get(recipient="cora@celtic.example")
    Message.objects.filter(pk=broken.pk).update(template="breaches/there_is_no_such_template")
    delivery.deliver(SENT)
    states = dict(Message.objects.filter(entry__step="send").values_list("recipient", "state"))
    assert states == {
        "carl@acme.example": "failed",
        "berta@bodega.example": "sent",
        "cora@celtic.example": "queued",
    }
    broken.refresh_from_db()
    assert "there_is_no_such_template" in broken.error
    assert broken.next_attempt_at == SENT + dt.timedelta(seconds=30)


def test_a_temporary_failure_is_retried_with_growing_pauses_and_ends_as_a_dead_letter(cast, settings):
    with MailServer({"cora": ["451 4.3.0 try again"]}) as server:
        settings.MAIL_DIRECT = {"celtic.example": server.address, "second.example": server.address}
        send(cast, [cast.c])
        now, tries = SENT, 0
        while Message.objects.get(recipient="cora@celtic.example").state == "queued":
            delivery.deliver(now)
            tries += 1
            row = Message.objects.get(recipient="cora@celtic.example")
            now = row.next_attempt_at or now
    assert tries == len(sending.BACKOFF) + 1
    assert (row.state, row.attempts) == ("failed", tries)
    assert "try again" in row.error
    assert Message.objects.get(recipient="conor@second.example").state == "received"


def test_an_alert_that_nobody_at_an_address_gets_goes_to_the_next_in_line(cast, relay):
    report_breach(cast, [cast.b], utc("27 Mar 17:00"))
    alerts.sweep(utc("27 Mar 17:00"))
    delivery.deliver(utc("27 Mar 17:00"))
    told = Message.objects.filter(entry=None).order_by("queued_at", "pk")
    assert {(m.recipient, m.state) for m in told} == {
        ("olga@people.example", "failed"),
        ("dora@people.example", "sent"),
    }


def test_a_delivery_report_proves_receipt_once(cast, relay):
    (notice,) = send(cast, [cast.b])
    delivery.deliver(SENT)
    row = Message.objects.get(entry__step="send")
    at = utc("27 Mar 17:42")
    assert delivery.report(row.pk, received=True, at=at, now=at)
    assert not delivery.report(row.pk, received=True, at=at, now=at)
    notice.refresh_from_db()
    assert notice.state == "received"
    firm = Obligation.objects.get(duty="inform_authority", state="open")
    assert (firm.round, firm.due_at) == (2, utc("30 Mar 17:42"))
    assert Entry.objects.filter(matter=notice, step="received").count() == 1


def test_a_late_bounce_withdraws_the_provisional_clock_and_tries_the_next_contact(cast, relay):
    (notice,) = send(cast, [cast.c])
    cast.c.customer_role = "controller"
    cast.c.save()
    delivery.deliver(SENT)
    assert Obligation.objects.get(duty="inform_authority").provisional
    row = Message.objects.get(entry__step="send")
    at = utc("27 Mar 18:10")
    assert delivery.report(row.pk, received=False, at=at, now=at, words="5.2.2 mailbox full")
    notice.refresh_from_db()
    assert notice.state == "bounced"
    assert Obligation.objects.get(duty="inform_authority").state == "lapsed"
    rounds = Obligation.objects.filter(duty="notify_customer").order_by("round")
    assert [(o.round, o.state) for o in rounds] == [(1, "lapsed"), (2, "open")]
    assert Message.objects.filter(recipient="conor@second.example", state="queued").count() == 1


def test_four_deliverers_at_once_send_each_message_once(live_cast, relay):
    send(live_cast, add_many(live_cast, 120))
    failures: list[BaseException] = []

    def work() -> None:
        try:
            with scope(ALL, reason="test"):
                delivery.deliver(SENT)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert failures == []
    assert len(relay.taken) == len({message_id for _, message_id, _ in relay.taken}) == 120
    assert set(Matter.objects.filter(kind="breach_notice").values_list("state", flat=True)) == {"sent"}
    assert Entry.objects.filter(step="relayed").count() == 120


def test_a_step_that_cannot_be_taken_keeps_only_its_own_message_waiting(cast, relay):
    send(cast, [cast.a, cast.b])
    Message.objects.filter(recipient="berta@bodega.example").update(step_on_relay="a_step_that_is_gone")
    Message.objects.filter(recipient="carl@acme.example").update(recipient="carla@acme.example")
    delivery.deliver(SENT)
    waiting = Message.objects.get(recipient="berta@bodega.example")
    assert (waiting.state, waiting.pending_step) == ("sent", "a_step_that_is_gone")
    assert "cannot be taken" in waiting.error
    assert Entry.objects.filter(step="relayed").count() == 1
    Message.objects.filter(pk=waiting.pk).update(pending_step="relayed")
    delivery.deliver(waiting.next_attempt_at)
    assert Entry.objects.filter(step="relayed").count() == 2


def test_acceptance_by_a_relay_is_receipt_only_where_the_agreement_says_so(cast, relay):
    records.set_term(
        cast.b,
        "proof_of_receipt",
        ["acknowledged", "delivered", "relayed"],
        effective_from=dt.date(2026, 1, 1),
        actor=cast.olga,
        at=utc("5 Jan 08:00"),
    )
    (notice,) = send(cast, [cast.b])
    delivery.deliver(SENT)
    notice.refresh_from_db()
    assert notice.state == "received"
    assert Message.objects.get(entry__step="send").proof == "relayed"


def test_a_clock_that_was_set_back_holds_no_message_and_no_lease(cast, relay):
    """Queued, leased by a process that died, and then the clock of the machine goes back two hours."""
    (notice,) = send(cast, [cast.b])
    delivery._lease(SENT)
    earlier = SENT - dt.timedelta(hours=2)
    assert delivery.deliver(earlier) == 1
    notice.refresh_from_db()
    assert Entry.objects.get(matter=notice, step="relayed").at == notice.opened_at
    assert Message.objects.get(entry__step="send").state == "sent"


def test_what_was_never_tried_goes_before_what_failed(cast, relay, settings):
    settings.MAIL_CONNECTIONS = 1
    send(cast, [cast.b, cast.c])
    Message.objects.filter(recipient="berta@bodega.example").update(
        attempts=1, next_attempt_at=SENT - dt.timedelta(hours=1)
    )
    delivery.deliver(SENT)
    assert [address for address, *_ in relay.taken] == ["cora@celtic.example", "berta@bodega.example"]


def test_what_a_slow_server_leaves_of_a_share_is_nobodys_again_before_the_lease_ends(cast, relay):
    send(cast, [cast.b, cast.c])
    ticks = (SENT + sending.PATIENCE * place for place in range(99))
    with sending.open_connections(mailing.Post, 1) as connections:
        assert sending.send(delivery._lease(SENT), connections, lambda: next(ticks)) == 1
    left = Message.objects.get(entry__step="send", state="queued")
    assert (left.lease_token, left.lease_until, left.attempts) == (None, None, 0)
    assert delivery.deliver(SENT) == 1
    assert len(relay.taken) == 2


def test_the_words_of_a_subject_are_those_of_the_duty(cast):
    row = Message(
        template="obligations/alert", context={"duty": "Remove the leaver's access", "obligation": 7}
    )
    assert "leaver's" in mailing.render(row).subject
    assert "leaver&#x27;s" in mailing.render(row).html
