"""Art. 33(3) GDPR for the customer: from what it was told itself, ready to copy, download and forward."""

from urllib.parse import unquote

from django.urls import reverse

from breaches.content import as_text, read_back
from breaches.models import Breach
from obligations.actions import advance
from portal.tests.world import confirmed, hours_ago, notice, paper_words, signed_in

KNOWN = {
    "nature": "Sign-ins from abroad.",
    "subjects": "Callers",
    "subjects_number": "about 400",
    "records": "Transcripts",
    "records_number": "about 900",
    "contact_point": "Olga, privacy office",
    "consequences": "Transcripts may be read.",
    "measures": "All sessions were ended.",
}


def told(cast):
    """Berta's notice, received, with a supplement that names every point."""
    row = confirmed(cast, cast.b, cast.berta)
    text = as_text(Breach(**KNOWN))
    advance([row], "supplement", actor=cast.olga, at=hours_ago(0.5), facts={"text": text})
    return row


def test_a_description_is_read_back_as_it_was_written():
    assert {name: words for name, (_, words) in read_back(as_text(Breach(**KNOWN))).items()} == KNOWN


def test_what_a_person_wrote_freely_is_no_point_of_the_law():
    assert read_back("We are sorry: more follows.\n\nNature of the breach:") == {}


def test_the_page_orders_what_was_told_by_the_points_of_the_law(cast):
    page = signed_in(cast.berta).get(reverse("portal-authority", args=[told(cast).public_reference]))
    body = page.content.decode()
    order = ["(a)", KNOWN["nature"], KNOWN["subjects_number"], "(b)", KNOWN["contact_point"],
             "(c)", KNOWN["consequences"], "(d)", KNOWN["measures"], "word for word"]  # fmt: skip
    places = [body.index(words) for words in order]
    assert places == sorted(places)


def test_it_is_downloaded_as_pdf_html_and_text_and_forwarded_by_mail(cast):
    address = reverse("portal-authority", args=[told(cast).public_reference])
    client = signed_in(cast.berta)
    for form in ("pdf", "html", "txt"):
        answer = client.get(address, {"as": form})
        assert answer.headers["Content-Disposition"].endswith(f'.{form}"')
        words = paper_words(answer.content) if form == "pdf" else answer.content.decode()
        assert KNOWN["measures"] in words and "Bodega" in words
    mail = client.get(address).content.decode().split('href="mailto:')[1].split('"')[0]
    assert KNOWN["nature"] in unquote(mail)


def test_before_anything_was_sent_there_is_nothing_to_read(cast):
    from conftest import report_breach
    from obligations.models import Matter

    row = Matter.objects.get(parent=report_breach(cast, [cast.b], hours_ago(1)))
    assert (
        signed_in(cast.berta).get(reverse("portal-authority", args=[row.public_reference])).status_code == 404
    )


def test_the_breach_itself_is_never_read(cast):
    """What the house noted on the breach and told nobody stands nowhere in the portal."""
    row = notice(cast, cast.b)
    Breach.objects.update(nature="An internal suspicion about a person.")
    client = signed_in(cast.berta)
    for name in ("portal-authority", "portal-matter"):
        assert (
            "internal suspicion"
            not in client.get(reverse(name, args=[row.public_reference])).content.decode()
        )


def test_another_customer_finds_no_report(cast):
    row = told(cast)
    assert (
        signed_in(cast.carl).get(reverse("portal-authority", args=[row.public_reference])).status_code == 404
    )
