"""Endpoints and events for the tests of webhooks."""

import datetime as dt
from types import SimpleNamespace

from obligations.models import Matter
from obligations.tests.engine import REPORTED, reported
from webhooks import collecting, endpoints
from webhooks.models import Delivery, Endpoint, Event

MADE = REPORTED - dt.timedelta(days=1)
COLLECTED = REPORTED + dt.timedelta(seconds=15)
URL = "https://hooks.example/dpa"


def house(cast: SimpleNamespace, url: str = URL, *wants: str) -> Endpoint:
    """An endpoint of the house, as it is stored."""
    return endpoints.make(url, wants, customer=None, actor=cast.olga, now=MADE)[0]


def customers(cast: SimpleNamespace, url: str = URL) -> Endpoint:
    """An endpoint of Acme, made by its contact."""
    return endpoints.make(url, (), customer=cast.a.customer, actor=cast.carl, now=MADE)[0]


def many(endpoint: Endpoint, number: int, now: dt.datetime, *others: Endpoint) -> None:
    """So many events (alerts of one duty), each with a delivery to each endpoint."""
    row = Matter.objects.filter(kind="breach_notice", customer__isnull=False).order_by("pk").first()
    clock, first = row.obligations.first(), Event.objects.count()
    made = Event.objects.bulk_create(
        Event(
            matter=row, customer_id=row.customer_id, obligation=clock, round=1, rung=9, repeat=first + place,
            type="breach_notice.alert", subject=clock.duty, at=now, told=True, made_at=now,
        )
        for place in range(number)
    )  # fmt: skip
    for to in (endpoint, *others):
        Delivery.objects.bulk_create(collecting.delivery(to, event, now) for event in made)


def collected(cast: SimpleNamespace, now: dt.datetime = COLLECTED) -> SimpleNamespace:
    """A reported breach with its three notices, collected."""
    case = reported(cast)
    collecting.collect(now)
    return case
