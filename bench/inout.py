"""Import, the accountability pack and deliveries to other programs, each with its floor. Like works.py."""

import csv
import datetime as dt
import http.client
import io
from collections.abc import Iterator
from typing import Any

from django.conf import settings

from accounts.models import Customer
from accounts.roles import actor_of
from bench.data import TODAY, World
from bench.measure import Result, measure
from bench.sink import http_sink
from bench.works import undone
from exchange import importing
from exchange.importing import SHEETS
from jobs import working
from jobs.models import JobRow
from obligations.models import Entry, Matter
from proof import packs
from webhooks import collecting, endpoints, sending
from webhooks.models import Delivery

HEAD = "customer,agreement,customer_role,region,our_calendar,signed_by_us_on,signed_by_customer_on\n"


def imports(world: World, number: int) -> Iterator[Result]:
    """A file of agreements from its bytes to the last row; each of a customer of its own, signed by both."""
    olga = actor_of(world.olga)
    lines = "".join(
        f"New {n:05},DPA {n:05},controller,EU,DE-BE Europe/Berlin,2026-01-05,2026-01-07\n"
        for n in range(number)
    )
    data = (HEAD + lines).encode()

    def whole() -> None:
        found = importing.dry_run(SHEETS["agreements"], "new.csv", data, olga, TODAY)
        job = importing.start(found, olga, TODAY, None, "")
        while working.work(TODAY):
            pass
        assert JobRow.objects.filter(job=job, state="done").count() == number

    def read() -> None:
        assert len(list(csv.DictReader(io.StringIO(data.decode())))) == number

    yield measure(
        f"import of {number:,} agreements", undone(whole), read, floor_name="reading the file", per=number, rounds=1,
        goal="5,000 in <= 30 s",
    )  # fmt: skip


def pack(world: World) -> Iterator[Result]:
    """The accountability pack of the customer with the newest matter."""
    row = Matter.objects.filter(kind="dsar_forwarding").order_by("-pk")[0]
    customer = Customer.objects.get(pk=row.customer_id)

    def bare() -> None:
        list(Entry.objects.filter(customer=customer).values())

    size = len(packs.made(customer, TODAY)) // 1024
    yield measure(
        "accountability pack of a customer", lambda: packs.made(customer, TODAY), bare,
        floor_name="reading its entries", kilobytes=size,
    )  # fmt: skip


def webhooks(world: World, number: int) -> Iterator[Result]:
    """Events to a local receiver, against a bare loop of the same client."""
    settings.WEBHOOKS_LOCAL = True
    olga = actor_of(world.olga)
    with http_sink() as address:

        def waiting() -> None:
            Delivery.objects.all().delete()
            made, _secret = endpoints.make(f"http://{address}/", (), customer=None, actor=olga, now=TODAY)
            newest = Entry.objects.order_by("-pk").values_list("pk", flat=True)[number]
            type(made).objects.filter(pk=made.pk).update(after=newest)
            collecting.collect(TODAY)

        def send() -> None:
            sending.deliver(TODAY)
            assert Delivery.objects.filter(state="delivered").count() >= number

        def clean(work: Any) -> Any:
            def run() -> None:
                waiting()
                work()

            return undone(run)

        yield measure(
            f"webhooks, {number:,} deliveries", clean(send), lambda: _post(address, number),
            floor_name="a bare loop on one open connection", per=number, rounds=1,
        )  # fmt: skip


def _post(address: str, number: int) -> None:
    connection = http.client.HTTPConnection(address)
    body = b'{"type":"breach.open","timestamp":"2026-11-25T12:00:00Z","data":{"reference":"AAAAA-AAAAA"}}'
    for _ in range(number):
        connection.request("POST", "/", body, {"Content-Type": "application/json"})
        assert connection.getresponse().read() == b""


def dates(world: World) -> Iterator[Result]:
    """The date alone, from a calendar that is warm."""
    from obligations.calendars import Calendar, nth_business_day

    calendar = Calendar("DE", "BE", "Europe/Berlin")
    days = [TODAY.date() + dt.timedelta(days=n % 700) for n in range(100_000)]

    def ours() -> None:
        for day in days:
            nth_business_day(calendar, day, 10)

    def plain() -> None:
        for day in days:
            day + dt.timedelta(days=14)

    yield measure(
        "ten business days, the date alone", ours, plain, floor_name="adding 14 days", per=100_000, rounds=3,
        goal=">= 200,000/s",
    )  # fmt: skip
