"""Acknowledging by the link in the mail: single use, expiring, and nothing of the breach on the page."""

import datetime as dt

from django.urls import reverse
from django.utils import timezone

from obligations import receipts
from obligations.models import Entry, Matter, Message
from portal.tests.world import notice

SECRET = "Somebody read your transcripts."


def link(row: Matter) -> str:
    return reverse("receipt", args=[receipts.token(Message.objects.get(matter=row))])


def test_opening_the_link_confirms_nothing_and_shows_nothing_of_the_breach(cast, client):
    row = notice(cast, cast.a, SECRET)
    for answer in (client.get(link(row)), client.head(link(row))):
        assert answer.status_code == 200
    body = client.get(link(row)).content.decode()
    assert Matter.objects.get(pk=row.pk).state == "sent"
    assert not any(words in body for words in (SECRET, "Acme", "reach", row.title))


def test_only_its_button_confirms_and_only_once(cast, client):
    row = notice(cast, cast.a, SECRET)
    for _ in range(3):
        assert client.post(link(row)).status_code == 302
    assert Matter.objects.get(pk=row.pk).state == "received"
    assert Entry.objects.filter(matter=row, step="received").count() == 1
    assert not Entry.objects.filter(matter=row, step="receipt_confirmed").exists()
    after = client.get(link(row)).content.decode()
    assert "is confirmed" in after and "<button" not in after.split("<main")[1] and SECRET not in after


def test_the_link_runs_out(cast, client):
    row = notice(cast, cast.a, SECRET)
    Message.objects.filter(matter=row).update(queued_at=timezone.now() - dt.timedelta(days=31))
    assert client.get(link(row)).status_code == 404
    assert client.post(link(row)).status_code == 404
    assert Matter.objects.get(pk=row.pk).state == "sent"


def test_a_changed_link_is_none(cast, client):
    row = notice(cast, cast.a, SECRET)
    forged = link(row)[:-3] + "xx/"
    assert client.post(forged).status_code == 404
    assert Matter.objects.get(pk=row.pk).state == "sent"
