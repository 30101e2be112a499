"""Documents: accessible PDFs that name what they must, fetch nothing, and hold nothing of anybody else."""

import datetime as dt
import io

import pytest
from django.urls import reverse
from pypdf import PdfReader

from audits.tests.builders import assessment, quoted
from conftest import report_breach, utc
from dashboard import documents
from dashboard.tests.test_today import page, signed_in
from dsars.models import DsarSubject
from dsars.tests.builders import BUILDERS as DSARS
from obligations import delivery, paper
from obligations.actions import advance, note
from obligations.models import Matter
from subprocessors.tests.builders import entered, proposed

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


def pdf(cast, row: Matter) -> str:
    return words(signed_in(cast.aude).get(reverse("document", args=[row.public_reference, "pdf"])).content)


def test_a_supplement_is_a_letter_on_the_paper_of_its_notice(cast):
    notice = noticed(cast)
    advance([notice], "supplement", actor=cast.olga, at=REPORTED, facts={"text": "It was one account."})
    delivery.deliver(REPORTED)
    found = pdf(cast, notice)
    assert "Supplement to our breach notice" in found and "It was one account." in found


def test_a_consent_request_on_paper_names_who_does_what_where_and_from_when(cast):
    starts_on = (REPORTED + dt.timedelta(days=60)).date()
    (row,) = proposed(cast, entered(cast, REPORTED), REPORTED, [cast.a], starts_on)
    advance([row], "send", actor=cast.olga, at=REPORTED, facts={"text": "It recognises speech."})
    delivery.deliver(REPORTED)
    found = pdf(cast, row)
    for said in ("Nimbus", "Speech recognition", "DE", f"{starts_on:%-d %b %Y}", "A new sub-processor"):
        assert said in found, said


def test_a_quote_on_paper_names_the_hours_and_their_price(cast):
    found = pdf(cast, quoted(cast, assessment(cast, REPORTED), REPORTED))
    assert "Quote for an audit" in found and "120" in found and "EUR" in found and "6" in found


def test_a_forwarding_letter_on_paper_names_no_data_subject(cast):
    row = DSARS["dsar_forwarding"](cast, REPORTED)
    names = {subject.name for subject in DsarSubject.objects.all()}
    found = pdf(cast, row)
    assert "Request of a data subject, forwarded" in found and "Acme" in found
    assert names and not any(name in found for name in names)


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
