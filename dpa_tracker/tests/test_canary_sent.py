"""The canaries of two mirrored customers in what leaves the program otherwise: mails, webhooks, calendars, packs,
exports. In nothing that is one customer's stands a word of the other's. With the first wall off, on PostgreSQL, too.
"""

import datetime as dt
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.core import mail
from django.utils import timezone

from accounts import scope as scopes
from accounts.models import Customer
from dpa_tracker.tests.test_canary import mirrored, readable
from exchange import exports
from feeds import addresses, calendars
from feeds.models import Feed
from obligations import alerts, delivery
from obligations.models import Matter, Message
from proof import packs
from webhooks import collecting, signing
from webhooks.models import Delivery

__all__ = ["mirrored"]  # a fixture
WALLS = ["both walls", pytest.param("the second wall alone", marks=pytest.mark.postgresql)]


@pytest.fixture(params=WALLS)
def sides(request, mirrored, monkeypatch) -> list[SimpleNamespace]:
    """Acme and Bodega, each with what must not stand in what it gets."""
    if request.param != WALLS[0]:
        monkeypatch.setattr(scopes, "narrowed", lambda rows, customer, matter: rows)
    cast, found = mirrored.cast, []
    for agreement, other, who, words in (
        (cast.a, cast.b, cast.carl, (mirrored.own, mirrored.other)),
        (cast.b, cast.a, cast.berta, (mirrored.other, mirrored.own)),
    ):
        references = Matter.objects.filter(customer=other.customer_id).values_list(
            "public_reference", flat=True
        )
        found.append(
            SimpleNamespace(
                customer=Customer.objects.get(pk=agreement.customer_id), who=who, own=words[0],
                foreign=(words[1], "canary-house", *references),
            )
        )  # fmt: skip
    return found


def mails(side: SimpleNamespace) -> list[str]:
    """About that customer, to whomever."""
    about = {str(pk) for pk in Message.objects.filter(customer=side.customer).values_list("pk", flat=True)}
    return [str(one.message()) for one in mail.outbox if one.extra_headers["Message-ID"][1:37] in about]


def hooks(side: SimpleNamespace) -> list[str]:
    rows = Delivery.objects.filter(endpoint__customer=side.customer).select_related("event__matter")
    return [signing.body(row.event).decode() for row in rows]


def events(side: SimpleNamespace) -> list[str]:
    addresses.make("mine", customer=None, actor=side.who, now=timezone.now())
    feeds = Feed.objects.filter(owner=side.who.user_id)
    return [calendars.written(feed, side.who, timezone.now()).decode() for feed in feeds]


def exported(side: SimpleNamespace, folder: Path) -> list[str]:
    exports.make(folder, timezone.now(), side.customer.name)
    return [f"{path.name} {readable(path.read_bytes())}" for path in folder.rglob("*") if path.is_file()]


def _a_week_passes() -> None:
    """Whatever the hour and the day of this run: some alerts ring in working hours alone."""
    for days in range(8):
        moment = timezone.now() + dt.timedelta(days=days)
        moment = moment.replace(hour=11) if days else moment
        alerts.sweep(moment)
        delivery.deliver(moment)


def test_nothing_that_is_sent_or_packed_for_a_customer_says_a_word_of_another(sides, tmp_path):
    _a_week_passes()
    while collecting.collect(timezone.now()):
        pass
    for side in sides:
        sent = {"mails": mails(side), "webhooks": hooks(side), "calendars": events(side)}
        sent["pack"] = [readable(packs.made(side.customer, timezone.now()))]
        sent["export"] = exported(side, tmp_path / side.own)
        assert len(sent["mails"]) > 10 and len(sent["webhooks"]) > 10 and len(sent["calendars"]) == 2
        assert all(any(side.own in text for text in sent[what]) for what in ("mails", "pack", "export"))
        assert any("BEGIN:VEVENT" in text for text in sent["calendars"])
        # An export carries some rows of the house, such as its profiles.
        met = {(w, word) for w, said in sent.items() for word in side.foreign if any(word in t for t in said)}
        assert {(w, word) for w, word in met if (w, word) != ("export", "canary-house")} == set()
