"""What a file may be is judged by its content; what it is called never leads anybody astray."""

import io
import zipfile
from pathlib import Path

import pytest
from django.conf import settings

from obligations import evidence, uploads
from obligations.tests.hostile import DOCX, KEPT, REFUSED, archive


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_run_or_hides_its_content_is_refused_in_words_and_nothing_is_kept(name):
    with pytest.raises(uploads.Unusable, match=r"[a-z]{3,}.*\.$"):
        evidence.kept(name, [REFUSED[name]])
    assert [found for found in Path(settings.MEDIA_ROOT).rglob("*") if found.is_file()] == []


@pytest.mark.parametrize("name", KEPT)
def test_a_file_is_kept_under_a_name_that_ends_as_its_content_says(name):
    content, called = KEPT[name]
    kept = evidence.kept(name, [content])
    assert kept["name"] == called
    assert evidence.path(kept["sha256"]).read_bytes() == content


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.pdf", b"%PDF-1.7 ..."),
        ("a.JPEG", b"\xff\xd8\xff\xe0"),
        ("a.webp", b"RIFF\x00\x00\x00\x00WEBPVP8 "),
        ("a.docx", DOCX),
        ("a.txt", "Vertrag über Daten, 1 < 2".encode()),
        ("a.txt", "Vertrag über Daten".encode("latin-1")),
        ("a.txt", "Vertrag".encode("utf-16")),
        ("a.csv", b"a;b\n1;2\n"),
        ("a.eml", b"Received: x\n y\nFrom: a@b.example\nSubject: x\n\n<html><body>Dear</body></html>"),
        ("a.msg", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 2**20 + uploads.OUTLOOK),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_people_prove_with_is_taken_as_it_is_called(name, content):
    assert evidence.kept(name, [content])["name"] == name


def test_an_open_document_is_known_by_its_first_part():
    whole = io.BytesIO(archive(content_dot_xml=b"<x/>"))
    with zipfile.ZipFile(whole, "a") as more:
        more.writestr("mimetype", "application/vnd.oasis.opendocument.text", zipfile.ZIP_STORED)
    assert evidence.kept("a.odt", [whole.getvalue()])["name"] == "a.odt"


def test_there_are_at_least_thirty_hostile_files():
    assert len(REFUSED) + len(KEPT) >= 30
