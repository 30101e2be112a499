"""Documents: accessible PDFs that name what they must, fetch nothing, and hold nothing of anybody else."""

import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from conftest import report_breach, utc
from dashboard import documents
from dashboard.tests.test_today import page, signed_in
from obligations import paper
from obligations.actions import advance, note
from obligations.models import Matter

REPORTED = utc("27 Mar 17:00")


def words(content: bytes) -> str:
    return " ".join(" ".join(part.extract_text() for part in PdfReader(io.BytesIO(content)).pages).split())


def noticed(cast) -> Matter:
    report_breach(cast, [cast.a, cast.b], REPORTED)
    notice = Matter.objects.get(kind="breach_notice", agreement=cast.a)
    advance([notice], "send", actor=cast.olga, at=REPORTED, facts={"text": "We suspect."})
    return Matter.objects.get(pk=notice.pk)


def test_a_notice_on_paper_has_the_content_of_art_33_and_says_what_is_unknown(cast):
    notice = noticed(cast)
    answer = signed_in(cast.olga).get(reverse("document", args=[notice.public_reference, "pdf"]))
    found = words(answer.content)
    for label in ("Nature of the breach", "Likely consequences", "Measures taken", "Where to get more"):
        assert label in found
    assert "Not known yet" in found and "Acme" in found and "Bodega" not in found


def test_a_pdf_is_tagged_has_a_language_and_a_title(cast):
    notice = noticed(cast)
    answer = signed_in(cast.aude).get(reverse("document", args=[notice.public_reference, "pdf"]))
    made = PdfReader(io.BytesIO(answer.content))
    assert made.trailer["/Root"]["/MarkInfo"]["/Marked"] and made.trailer["/Root"]["/Lang"] == "en"
    assert notice.public_reference in made.metadata.title
    assert b"pdfuaid" in answer.content or "pdfuaid" in str(made.xmp_metadata.rdf_root.toxml())


def test_a_note_of_the_house_is_on_no_paper(cast):
    notice = noticed(cast)
    note(notice, "Their lawyer is difficult.", actor=cast.olga, at=REPORTED)
    assert "difficult" not in page(
        signed_in(cast.olga), reverse("document", args=[notice.public_reference, "html"])
    )


def test_a_pack_holds_everything_of_one_customer_and_nothing_of_another(cast):
    notice = noticed(cast)
    found = page(signed_in(cast.olga), reverse("document-pack", args=[cast.a.customer_id, "html"]))
    other = Matter.objects.get(kind="breach_notice", agreement=cast.b)
    assert notice.public_reference in found and "Acme" in found
    assert other.public_reference not in found and "Bodega" not in found


@pytest.mark.parametrize("name", ["document-breaches", "document-management"])
def test_registers_and_reports_are_pages_and_pdfs(cast, name):
    report_breach(cast, [cast.a], REPORTED)
    client = signed_in(cast.anna)
    assert page(client, reverse(name, args=["html"]))
    assert words(client.get(reverse(name, args=["pdf"])).content)
    assert client.get(reverse(name, args=["doc"])).status_code == 404
    assert signed_in(cast.carl).get(reverse(name, args=["pdf"])).status_code == 403


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "http://127.0.0.1/", "document:/app.css", "data:text/css,a"]
)
def test_a_document_fetches_nothing_but_its_style_sheet(url):
    with pytest.raises(paper.Refused):
        paper.sheet(url)
    assert b"@page" in paper.sheet("document:/paper.css")


def test_without_pango_the_page_prints_and_the_pdf_says_why(cast, monkeypatch):
    notice = noticed(cast)
    monkeypatch.setattr(documents, "can_pdf", lambda: False)
    client = signed_in(cast.olga)
    answer = client.get(reverse("document", args=[notice.public_reference, "pdf"]))
    assert answer.status_code == 503 and "Pango" in answer.content.decode()
    assert "Print this page" in page(client, reverse("document", args=[notice.public_reference, "html"]))
