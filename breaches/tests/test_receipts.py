"""Receipt in all its forms, and what follows when a mail does not arrive."""

import json
from base64 import b64encode
from io import StringIO
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from breaches.tests.cases import TEXT, breach, clocks, mail, notice, running, step
from dpa_tracker.tests.test_pages import signed_in
from obligations import alerts, receipts
from obligations.mailing import DELIVERED
from obligations.models import Matter, Message
from obligations.tests.test_reports import report as delivery_report


@pytest.fixture
def sent(cast) -> SimpleNamespace:
    """Bodega's notice, taken by a relay a moment ago."""
    now = timezone.now()
    row = notice(breach(cast, [cast.b], now), cast.b)
    step(row, "send", cast.olga, now, **TEXT)
    mail(now)
    return SimpleNamespace(row=row, message=Message.objects.get(entry__step="send"), now=now)


def state(row: Matter) -> str:
    return Matter.objects.get(pk=row.pk).state


def test_a_relay_proves_nothing(sent):
    assert state(sent.row) == "sent"
    assert running(sent.row, "inform_authority").provisional


def test_a_mail_scanner_that_follows_the_link_does_not_count_and_the_button_does(sent):
    address, scanner = reverse("receipt", args=[receipts.token(sent.message)]), Client()
    for ask in (scanner.get, scanner.head, scanner.get, scanner.options):
        ask(address)
    assert state(sent.row) == "sent"
    assert scanner.post(address).status_code == 302
    assert state(sent.row) == "received"
    assert not running(sent.row, "inform_authority").provisional
    assert Message.objects.get(pk=sent.message.pk).proof == "acknowledged"


EVENTS = [("Delivery", "received"), ("Bounce", "bounced"), ("Open", "sent"), ("Click", "sent")]


@pytest.mark.parametrize(("kind", "expected"), EVENTS)
def test_an_event_of_the_mail_provider_counts_and_an_open_or_a_click_does_not(sent, settings, kind, expected):
    settings.MAIL_PROVIDER, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "us:secret"}
    event = {
        "RecordType": kind,
        "MessageID": f"<{sent.message.pk}@dpa>",
        "Recipient": "berta@bodega.example",
        "Type": "HardBounce",
        "Metadata": {"message": str(sent.message.pk)},
    }
    basic = {"HTTP_AUTHORIZATION": "Basic " + b64encode(b"us:secret").decode()}
    address = reverse("mail-event", args=["postmark"])
    answer = Client().post(address, json.dumps(event), content_type="application/json", **basic)
    assert answer.status_code == 200
    assert state(sent.row) == expected


def test_an_event_without_the_secret_is_refused(sent, settings):
    settings.MAIL_PROVIDER, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "us:secret"}
    event = json.dumps({"RecordType": "Delivery", "Metadata": {"message": str(sent.message.pk)}})
    answer = Client().post(reverse("mail-event", args=["postmark"]), event, content_type="application/json")
    assert answer.status_code == 400
    assert state(sent.row) == "sent"


@pytest.mark.parametrize(("action", "expected"), [("delivered", "received"), ("failed", "bounced")])
def test_a_report_in_the_mailbox_of_bounces_counts_once(sent, tmp_path, action, expected):
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
    (tmp_path / "new" / "1").write_bytes(delivery_report(action, "5.1.1", "no such mailbox", sent.message.pk))
    out = StringIO()
    call_command("read_reports", str(tmp_path), stdout=out)
    assert state(sent.row) == expected
    call_command("read_reports", str(tmp_path), stdout=out)  # it has been read
    assert len(out.getvalue().splitlines()) == 1


def test_the_second_contact_is_tried_then_the_telephone_is_a_task_and_a_call_is_receipt(cast):
    now = timezone.now()
    row = notice(breach(cast, [cast.c], now), cast.c)
    step(row, "send", cast.olga, now, **TEXT)
    mail(now, cora="550 no such mailbox", conor="550 no such mailbox")
    tried = Message.objects.filter(entry__step="send").values_list("recipient", "state")
    assert dict(tried) == {"cora@celtic.example": "failed", "conor@second.example": "failed"}
    task = running(row, "telephone")
    alerts.sweep(now)
    assert Message.objects.filter(obligation=task, recipient="olga@people.example").exists()
    step(row, "telephoned", cast.olga, now, called_at=now, spoke_with="Cora", number="+353 1 000")
    assert state(row) == "received"
    assert clocks(row, "telephone")[-1].state == clocks(row, "notify_customer")[-1].state == "met"


def test_a_call_in_vain_is_kept_and_is_no_receipt(cast):
    now = timezone.now()
    row = notice(breach(cast, [cast.b], now), cast.b)
    step(row, "send", cast.olga, now, **TEXT)
    mail(now, berta="550 no such mailbox")
    step(row, "called_in_vain", cast.olga, now, called_at=now, number="+34 91")
    assert state(row) == "bounced" and running(row, "telephone")


def test_a_dead_letter_is_on_the_page_of_the_notices_with_what_the_server_said(cast):
    now = timezone.now()
    found = breach(cast, [cast.b], now)
    step(notice(found, cast.b), "send", cast.olga, now, **TEXT)
    mail(now, berta="550 no such mailbox")
    page = signed_in("olga").get(reverse("breach-notices", args=[found.public_reference])).content.decode()
    assert "no such mailbox" in page and "berta@bodega.example" in page
    assert "?state=failed" in page


def test_receipt_by_the_addressees_own_server_is_not_taken_back_by_an_open(cast):
    now = timezone.now()
    row = notice(breach(cast, [cast.b], now), cast.b)
    step(row, "send", cast.olga, now, **TEXT)
    mail(now, berta=DELIVERED)
    assert state(row) == "received"
