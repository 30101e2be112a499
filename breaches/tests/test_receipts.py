"""Receipt in all its forms, and what follows when a mail does not arrive."""

import imaplib
import json
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from breaches.tests.cases import TEXT, breach, clocks, mail, notice, running, step
from dpa_tracker.tests.test_pages import signed_in
from obligations import alerts, mailboxes, receipts
from obligations.mailing import DELIVERED
from obligations.models import Matter, Message
from obligations.tests.test_reports import report as delivery_report
from obligations.tests.tls import certificate, in_front_of
from tools.servers import free_port


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


@pytest.fixture
def imap(settings) -> Iterator[imaplib.IMAP4]:
    """The mailbox of bounces on a real IMAP server (pymap, in a process of its own), and a line to it."""
    port = free_port()
    command = [
        Path(sys.executable).with_name("pymap"),
        "--no-tls",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    demo = ["dict", "--demo-user", "bounces", "--demo-password", "a pass/word@"]
    server = subprocess.Popen([*command, *demo], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    settings.BOUNCE_MAILBOX = f"imap://bounces:{quote('a pass/word@', safe='')}@127.0.0.1:{port}/INBOX"
    try:
        line = connected(port, server)
        line.login("bounces", "a pass/word@")
        yield line
        line.logout()
    finally:
        server.terminate()
        server.wait(10)


def connected(port: int, server: "subprocess.Popen[bytes]") -> imaplib.IMAP4:
    for _try in range(300):
        assert server.poll() is None, "the IMAP server ended"
        try:
            return imaplib.IMAP4("127.0.0.1", port, timeout=30)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the IMAP server does not answer")


def unseen(line: imaplib.IMAP4) -> int:
    line.select("INBOX", readonly=True)
    return len(line.uid("SEARCH", "UNSEEN")[1][0].split())


def read_mailbox() -> list[str]:
    out = StringIO()
    call_command("read_reports", "--mailbox", stdout=out)
    return out.getvalue().splitlines()


def put(line: imaplib.IMAP4, mail_in: bytes) -> None:
    line.append("INBOX", "", imaplib.Time2Internaldate(time.time()), mail_in)


def test_a_mailbox_on_an_imap_server_is_read_once(sent, imap):
    put(imap, b"Subject: Out of office\n\nBack on Monday.\n")
    put(imap, delivery_report("failed", "5.1.1", "no such mailbox", sent.message.pk))
    said = read_mailbox()
    assert len(said) == 2 and "no delivery report" in said[0] and "no such mailbox" in said[1]
    assert (state(sent.row), unseen(imap), read_mailbox()) == ("bounced", 0, [])


def test_a_mail_whose_reading_was_cut_off_is_read_again(sent, imap, settings):
    put(imap, delivery_report("delivered", "2.0.0", "ok", sent.message.pk))
    mails = mailboxes.from_imap(settings.BOUNCE_MAILBOX)
    next(mails)
    mails.close()  # as if the process had ended before it used the mail
    assert unseen(imap) == 1
    read_mailbox()
    assert (state(sent.row), unseen(imap)) == ("received", 0)


@pytest.mark.parametrize("trusted", [True, False])
def test_over_tls_a_mailbox_is_read_only_where_the_certificate_is_trusted(
    sent, imap, settings, monkeypatch, tmp_path, trusted
):
    tls = certificate(tmp_path, "localhost")
    if trusted:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    put(imap, delivery_report("delivered", "2.0.0", "ok", sent.message.pk))
    with in_front_of(imap.port, tls) as port:
        settings.BOUNCE_MAILBOX = f"imaps://bounces:a%20pass%2Fword%40@localhost:{port}/INBOX"
        if trusted:
            read_mailbox()
        else:
            with pytest.raises(CommandError, match="certificate verify failed"):
                read_mailbox()
    assert (state(sent.row), unseen(imap)) == (("received", 0) if trusted else ("sent", 1))


@pytest.mark.parametrize("wrong", ["bounces:guess", "nobody:a%20pass%2Fword%40"])
def test_a_mailbox_that_does_not_open_is_named_without_its_password(sent, imap, settings, wrong):
    settings.BOUNCE_MAILBOX = f"imap://{wrong}@{settings.BOUNCE_MAILBOX.rpartition('@')[2]}"
    with pytest.raises(CommandError, match=r"The mailbox at 127\.0\.0\.1 cannot be read") as found:
        read_mailbox()
    assert wrong.partition(":")[2] not in str(found.value)


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
