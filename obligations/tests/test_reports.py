"""Delivery reports as mail servers write them (shape of RFC 3464, appendix D)."""

import uuid
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from obligations import reports

REPORT = """\
From: MAILER-DAEMON@mx.bodega.example
To: dpa-tracker@365aitech.example
Date: Fri, 27 Mar 2026 18:42:00 +0100
Subject: Delivery status
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b1"

--b1
Content-Type: text/plain

Your message.

--b1
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.bodega.example

Final-Recipient: rfc822; berta@bodega.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {status} {words}

--b1
Content-Type: text/rfc822-headers

Message-ID: <{message_id}@dpa.365aitech.example>
Subject: Notice

--b1--
"""
ID = uuid.UUID("3d0a3b1c-6a5f-4c3e-9a53-0d9a6f9a7b11")


def report(action: str, status: str = "2.0.0", words: str = "ok", message_id: object = ID) -> bytes:
    return REPORT.format(action=action, status=status, words=words, message_id=message_id).encode()


@pytest.mark.parametrize(("action", "received"), [("delivered", True), ("failed", False), ("Failed", False)])
def test_delivered_and_failed_are_final(action, received):
    found = reports.read(report(action, "5.1.1", "no such mailbox"))
    assert (found.message_id, found.received) == (ID, received)
    assert found.at.isoformat() == "2026-03-27T17:42:00+00:00"
    assert found.words == "smtp; 5.1.1 no such mailbox"


@pytest.mark.parametrize("action", ["delayed", "relayed", "expanded", ""])
def test_what_is_not_final_proves_nothing(action):
    assert reports.read(report(action)) is None


@pytest.mark.parametrize(
    "data", [b"", b"Subject: hello\n\nnot a report", report("failed", message_id="no-id-of-ours")]
)
def test_other_mail_is_not_ours(data):
    assert reports.read(data) is None


def test_a_missing_file_is_named(db):
    with pytest.raises(CommandError, match=r"There is no file or folder /no/such/report\.eml"):
        call_command("read_reports", "/no/such/report.eml", stdout=StringIO())


def test_a_report_about_an_unknown_message_changes_nothing(db, tmp_path):
    (tmp_path / "report.eml").write_bytes(report("failed"))
    out = StringIO()
    call_command("read_reports", str(tmp_path), stdout=out)
    assert "(nothing new)" in out.getvalue()
