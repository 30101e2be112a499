"""Files that mean harm: sent through page and API, opened in a real Chromium. Nothing runs, memory stays flat."""

import json
import re
from base64 import b64encode
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Error

from dpa_tracker.tests.crowd import signed_in
from dpa_tracker.tests.test_browser import _address, browser, open_page, sign_in
from obligations import evidence
from obligations.models import Evidence, Matter
from obligations.tests.engine import fresh, nothing_changes, reported
from obligations.tests.hostile import KEPT, REFUSED
from obligations.tests.kinds import BUILDERS
from obligations.uploads import Unusable

__all__ = ["_address", "browser"]  # fixtures
ALL = {**REFUSED, **{name: content for name, (content, _called) in KEPT.items()}}
MEGABYTES = 100
FILE_STEP = "prove"  # of an erasure: its file is judged before anything else


def sent_by_form(client, row: Matter, name: str, content: bytes):
    file = SimpleUploadedFile("x", content, content_type="image/png")
    file._name = name  # as it stands in the request: Django's own class would tidy it up
    return client.post(reverse("evidence-add", args=[row.public_reference]), {"file": file}, follow=True)


def sent_by_api(client, row: Matter, name: str, content: bytes):
    facts = {"proof": {"name": name, "content": b64encode(content).decode()}}
    path = f"/api/v1/{row.kind}/{row.public_reference}/steps/{FILE_STEP}/"
    return client.post(path, {"version": row.version, "facts": facts}, content_type="application/json")


@pytest.fixture
def erasure(cast) -> Matter:
    """A matter of a kind with a step that takes a file called `proof`."""
    return fresh(BUILDERS["erasure"](cast, timezone.now()))


def words_against(name: str, content: bytes) -> str:
    """What the judge of files says of this one."""
    with pytest.raises(Unusable) as found:
        evidence.kept(name, [content])
    return str(found.value)


def test_a_form_says_why_a_file_is_not_taken_and_keeps_nothing(cast):
    row, olga = reported(cast).a, signed_in("olga")
    for name, content in REFUSED.items():
        answer = sent_by_form(olga, row, name, content)
        notes = re.findall(r'class="note[^"]*"[^>]*>([^<]+)', answer.content.decode())
        assert unescape(notes[0]) in (words_against(name, content), "Choose a file that is not empty."), name
    assert not Evidence.objects.exists()


def test_the_api_says_why_a_file_is_not_taken_and_changes_nothing(cast, erasure):
    olga = signed_in("olga")
    with nothing_changes():
        for name, content in REFUSED.items():
            if name != "huge.txt":
                answer = sent_by_api(olga, erasure, name, content)
                assert 400 <= answer.status_code < 500, name
                assert words_against(name, content) in json.dumps(answer.json(), ensure_ascii=False), name
    assert not Evidence.objects.filter(matter=erasure).exists()


def test_what_is_kept_leaves_as_an_attachment_and_nothing_else(cast):
    row, olga = reported(cast).a, signed_in("olga")
    for name, (content, _called) in KEPT.items():
        kept = evidence.add_file(row, title=name, chunks=[content], actor=cast.olga, at=row.opened_at)
        answer = olga.get(reverse("evidence", args=[kept.pk]))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"].startswith("attachment;")
        assert answer["X-Content-Type-Options"] == "nosniff" and answer["Cache-Control"] == "no-store"
        assert answer["Content-Security-Policy"].startswith("sandbox;")
        assert b"".join(answer.streaming_content) == content, name


def planted(cast) -> list[Evidence]:
    """Every file as if nothing had judged it: what the browser does with it must be harmless all the same."""
    row, rows = reported(cast).a, []
    for name, content in ALL.items():
        if name == "huge.txt":
            continue
        kept = evidence.kept("plain.txt", [name.encode().hex().encode()])
        evidence.path(kept["sha256"]).write_bytes(content)
        title = name.replace("\x00", "")[:200]
        rows.append(
            Evidence(matter=row, customer_id=row.customer_id, title=title, sha256=kept["sha256"], size=1)
        )
    return Evidence.objects.bulk_create(rows)


def test_no_script_of_any_file_runs_in_a_browser(live_cast, live_server, browser):
    rows = planted(live_cast)
    page, complaints = open_page(browser, live_server.url)
    sign_in(page, "olga")
    page.on("dialog", lambda dialog: complaints.append(f"dialog: {dialog.message}"))
    saved = []
    page.on("download", lambda download: saved.append(download.url))
    for row in rows:
        with pytest.raises(Error, match=r"Download is starting|ERR_ABORTED"):
            page.goto(reverse("evidence", args=[row.pk]))
    page.goto(reverse("matter", args=[rows[0].matter.public_reference]))
    page.wait_for_load_state("networkidle")
    assert len(saved) == len(rows) >= 30
    assert complaints == []


def peak() -> int:
    """The most memory that this process has held since `rest`, in MB."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found.group(1)) // 1024


def rest() -> int:
    """Forget the peak so far; what is held now, in MB."""
    Path("/proc/self/clear_refs").write_text("5")
    return peak()


def test_hostile_files_cost_no_memory(cast):
    row, olga = reported(cast).a, signed_in("olga")
    sent_by_form(olga, row, "first.txt", b"Warm up.")
    before = rest()
    for name, content in ALL.items():
        sent_by_form(olga, row, name, content)
    assert peak() - before < MEGABYTES
