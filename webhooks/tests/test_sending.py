"""Deliveries are signed as the specification says, tried as the published schedule says, and none is lost."""

import datetime as dt
import random
from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from standardwebhooks import Webhook, WebhookVerificationError

from accounts import keyring
from obligations.models import Matter
from obligations.tests.engine import REPORTED, later, reported
from tools import catalogs
from webhooks import endpoints, mailing, posting, sending
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.tests.helping import COLLECTED, collected, house, many
from webhooks.tests.receiver import HANG, RESET, always, listening

S = Delivery.State


@pytest.fixture(autouse=True)
def _to_this_machine(settings, monkeypatch):
    settings.WEBHOOKS_LOCAL = True
    monkeypatch.setattr(posting, "TIMEOUT", 2.0)


def secret_of(endpoint) -> str:
    return keyring.unseal(Endpoint.objects.get(pk=endpoint.pk).secret)


def send_now(endpoint, number: int) -> None:
    many(endpoint, number, timezone.now())
    sending.deliver(timezone.now(), clock=timezone.now)


def accepted_by_the_reference_library(cast, number: int) -> None:
    reported(cast)
    with listening() as receiver:
        endpoint = house(cast, receiver.url)
        send_now(endpoint, number)
        judge, stranger = Webhook(secret_of(endpoint)), Webhook("whsec_" + "A" * 44)
        for headers, body in receiver.got:
            assert judge.verify(body, headers)["type"] == "breach_notice.alert"
            with pytest.raises(WebhookVerificationError):
                judge.verify(body.replace(b"alert", b"alarm"), headers)
            with pytest.raises(WebhookVerificationError):
                old = str(int(headers["webhook-timestamp"]) - 301)
                judge.verify(body, {**headers, "webhook-timestamp": old})
            with pytest.raises(WebhookVerificationError):
                stranger.verify(body, headers)
        assert sorted(receiver.taken) == sorted(map(str, Delivery.objects.values_list("pk", flat=True)))
        assert len(receiver.taken) == number == Delivery.objects.filter(state=S.DELIVERED).count()


def test_the_reference_library_accepts_200_deliveries_and_none_that_was_changed(cast):
    accepted_by_the_reference_library(cast, 200)


@pytest.mark.long
def test_the_reference_library_accepts_10000_deliveries_and_none_that_was_changed(cast):
    accepted_by_the_reference_library(cast, 10_000)


def test_what_was_signed_six_minutes_ago_is_refused(cast):
    reported(cast)
    with listening() as receiver:
        endpoint = house(cast, receiver.url)
        many(endpoint, 1, timezone.now())
        six_ago = timezone.now() - dt.timedelta(minutes=6)
        Delivery.objects.update(next_attempt_at=six_ago)
        assert sending.deliver(six_ago) == 1
        headers, body = receiver.got[0]
        with pytest.raises(WebhookVerificationError, match="too old"):
            Webhook(secret_of(endpoint)).verify(body, headers)


def test_after_a_rotation_the_old_secret_and_the_new_one_verify_until_the_old_one_ends(cast):
    reported(cast)
    with listening() as receiver:
        endpoint = house(cast, receiver.url)
        old, now = secret_of(endpoint), timezone.now()
        new = endpoints.rotate(endpoint, now=now)
        send_now(endpoint, 1)
        headers, body = receiver.got[0]
        assert [bool(Webhook(secret).verify(body, headers)) for secret in (old, new)] == [True, True]
        Endpoint.objects.update(old_secret_until=now)
        Delivery.objects.update(state=S.WAITING, next_attempt_at=now)
        sending.deliver(timezone.now(), clock=timezone.now)
        headers, body = receiver.got[1]
        assert Webhook(new).verify(body, headers)
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(body, headers)


def walked(until: dt.datetime) -> None:
    """The clock moves from one due attempt to the next."""
    while True:
        following = Delivery.objects.filter(state=S.WAITING, endpoint__disabled_at=None)
        at = following.order_by("next_attempt_at").values_list("next_attempt_at", flat=True).first()
        if at is None or at > until:
            return
        sending.deliver(at)


def test_the_published_schedule_is_kept_and_then_the_delivery_has_failed(cast):
    reported(cast)
    with listening(always(500)) as receiver:
        many(house(cast, receiver.url), 1, COLLECTED)
        walked(later(COLLECTED, 200))
    tries = list(Attempt.objects.order_by("at").values_list("at", flat=True))
    gaps = tuple(b - a for a, b in pairwise(tries))
    assert tries[0] == COLLECTED and gaps == sending.SCHEDULE
    assert Delivery.objects.get().state == S.FAILED
    assert {row["webhook-id"] for row, _ in receiver.got} == {str(Delivery.objects.get().pk)}


def of_a_bad_receiver(cast, number: int) -> None:
    """Half of all tries fail, so one in a thousand fails ten times: that one is shown as failed, and sent anew."""
    dice = random.Random(11)
    odds = [500] * 3 + [HANG, RESET] + [204] * 5
    reported(cast)
    with listening(lambda receiver, headers: dice.choice(odds)) as receiver:
        endpoint, end = house(cast, receiver.url), later(COLLECTED, 24 * 30)
        many(endpoint, number, COLLECTED)
        walked(end)
        receiver.behaviour = always(204)
        taken, failed = set(receiver.taken), set(Delivery.objects.filter(state=S.FAILED))
        for row in Delivery.objects.prefetch_related("log"):
            tries = sorted(attempt.at for attempt in row.log.all())
            gaps = [b - a for a, b in pairwise(tries)]
            assert all(gap >= planned for gap, planned in zip(gaps, sending.SCHEDULE, strict=False))
            whole = len(sending.SCHEDULE) + 1
            assert len(tries) == row.attempts == whole if row in failed else str(row.pk) in taken
        assert not Delivery.objects.filter(state=S.WAITING).exists() and len(failed) < 5 + number / 200
        assert endpoints.replay(endpoint, COLLECTED, COLLECTED, now=end) == number
        sending.deliver(end)
    assert Delivery.objects.filter(state=S.DELIVERED).count() == number
    assert set(receiver.taken) == set(map(str, Delivery.objects.values_list("pk", flat=True)))


def test_of_a_receiver_that_fails_hangs_and_resets_nothing_is_lost(cast, monkeypatch):
    monkeypatch.setattr(posting, "TIMEOUT", 0.5)
    of_a_bad_receiver(cast, 60)


@pytest.mark.long
def test_of_a_receiver_that_fails_hangs_and_resets_nothing_of_2000_is_lost(cast, monkeypatch):
    monkeypatch.setattr(posting, "TIMEOUT", 0.5)
    of_a_bad_receiver(cast, 2000)


def test_a_receiver_that_hangs_delays_no_other(cast, monkeypatch):
    monkeypatch.setattr(posting, "TIMEOUT", 0.5)
    reported(cast)
    with listening(always(HANG)) as stuck, listening() as well:
        many(house(cast, stuck.url), 40, COLLECTED, house(cast, well.url))
        sending.deliver(COLLECTED, seconds=0.1)  # one batch alone
        first = len(well.got)
        sending.deliver(COLLECTED, seconds=0.1)
        assert len(stuck.got) <= sending.SHARE + 1 and (first, len(well.got)) == (8, 16)


def test_a_process_that_dies_after_the_yes_sends_again_with_the_same_id(cast, monkeypatch):
    reported(cast)
    with listening() as receiver:
        many(house(cast, receiver.url), 1, COLLECTED)
        with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
            dying.setattr(sending, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            sending.deliver(COLLECTED)
        assert sending.deliver(COLLECTED) == 0  # its lease still runs
        assert sending.deliver(COLLECTED + 2 * sending.LEASE) == 1
    first, second = (headers["webhook-id"] for headers, _ in receiver.got)
    assert first == second


def test_an_endpoint_that_fails_for_three_days_is_disabled_and_its_owner_is_told_once(cast):
    with listening(always(503)) as receiver:
        endpoint = house(cast, receiver.url)
        collected(cast)
        walked(later(COLLECTED, 200))
        row = Endpoint.objects.get()
        assert row.disabled_at >= COLLECTED + sending.DEAD_AFTER
        assert [mailing.tell(later(COLLECTED, hours)) for hours in (200, 201)] == [1, 0]
        assert mail.outbox[0].to == ["olga@people.example"] and receiver.url in mail.outbox[0].body
        words = catalogs.read(next(Path(settings.BASE_DIR).glob(catalogs.CATALOGS)).read_text())
        assert row.why_disabled in words and "It answered 410 Gone." in words
        receiver.behaviour = always(200)
        endpoints.enable(endpoint, now=later(COLLECTED, 300))
        sending.deliver(later(COLLECTED, 300))
        assert len(receiver.taken) == Delivery.objects.filter(state=S.DELIVERED).count() == 4


def test_an_endpoint_that_is_gone_is_disabled_at_once(cast):
    reported(cast)
    with listening(always(410)) as receiver:
        many(house(cast, receiver.url), 3, COLLECTED)
        walked(later(COLLECTED, 1))
    assert Endpoint.objects.get().why_disabled == "It answered 410 Gone." and len(receiver.got) == 3


def test_a_receiver_that_asks_to_wait_is_left_alone_so_long(cast):
    reported(cast)
    with listening(always(429)) as receiver:
        many(house(cast, receiver.url), 1, COLLECTED)
        sending.deliver(COLLECTED)
    assert Delivery.objects.get().next_attempt_at == later(COLLECTED, 1)


def test_a_range_is_sent_again_with_the_ids_that_it_had(cast):
    with listening() as receiver:
        endpoint = house(cast, receiver.url)
        collected(cast)
        sending.deliver(COLLECTED)
        number = endpoints.replay(endpoint, REPORTED, COLLECTED, now=later(COLLECTED, 1))
        sending.deliver(later(COLLECTED, 1))
    assert number == 4 and sorted(Counter(receiver.taken).values()) == [2, 2, 2, 2]
    assert Attempt.objects.count() == 8


def test_what_is_restricted_meanwhile_waits(cast):
    with listening() as receiver:
        house(cast, receiver.url)
        case = collected(cast)
        Matter.objects.filter(pk=case.a.pk).update(restricted=True)
        assert sending.deliver(COLLECTED) == 3
        assert case.a.public_reference not in str(receiver.got)


def test_nothing_goes_to_an_endpoint_that_is_removed_and_its_secret_is_gone(cast):
    with listening() as receiver:
        endpoint = house(cast, receiver.url)
        collected(cast)
        endpoints.remove(endpoint, actor=cast.olga, now=COLLECTED)
        assert sending.deliver(COLLECTED) == 0 and not receiver.got
    assert Endpoint.objects.get().secret == ""


def test_a_batch_costs_the_same_for_one_and_for_eight(cast):
    reported(cast)
    with listening() as receiver:
        endpoint, asked = house(cast, receiver.url), []
        for number in (1, 8):
            many(endpoint, number, COLLECTED)
            with CaptureQueriesContext(connection) as captured:
                assert sending.deliver(COLLECTED) == number
            asked.append(len(captured))
    assert asked[0] == asked[1]
