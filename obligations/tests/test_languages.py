"""Mails to customers in the language that their contact, else their agreement, asks for."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail as mails

from accounts.invitations import invite
from conftest import report_breach, utc
from obligations import alerts, mailing
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.languages import HOUSE, LANGUAGES, languages_of
from obligations.models import Agreement, Matter, Message, NoticeContact
from tools import catalogs

FILES = sorted(Path(settings.BASE_DIR).glob(catalogs.CATALOGS))
ENGLISH = re.compile(
    r'{% translate "([^"]*)" %}|{% blocktranslate(?: with [^%]*)? %}(.*?){% endblocktranslate %}'
)


def reminded(cast, language: str) -> mailing.Rendered:
    """The reminder that Bodega's contact gets when its 72 hours are over."""
    Agreement.objects.filter(pk=cast.b.pk).update(language=language)
    cast.b.refresh_from_db()
    report_breach(cast, [cast.b], utc("27 Mar 17:00"))
    notice = Matter.objects.get(kind="breach_notice")
    advance([notice], "send", actor=cast.olga, at=utc("27 Mar 17:00"), facts={"text": "We suspect."})
    advance([Matter.objects.get(pk=notice.pk)], "received", actor=cast.berta, at=utc("27 Mar 18:00"))
    alerts.sweep(utc("30 Mar 18:00"))
    return mailing.render(Message.objects.get(template="obligations/reminder"))


def test_a_reminder_speaks_the_agreements_language_down_to_the_duty_and_the_day(cast):
    mail = reminded(cast, "de")
    assert mail.subject.startswith("Abgelaufen: Die Aufsichtsbehörde informieren")
    assert "Guten Tag Berta" in mail.text and "Mo 30 Mär" in mail.text
    assert 'lang="de"' in mail.html and "It was due" not in mail.html


def test_a_contact_with_a_language_of_its_own_is_reminded_in_that_one(cast):
    NoticeContact.objects.filter(agreement=cast.b).update(language="fr")
    assert reminded(cast, "de").subject.startswith("Dépassé: Informer l")


def test_alerts_of_the_house_stay_english(cast):
    reminded(cast, "es")
    alert = Message.objects.get(template="obligations/alert", obligation__duty="inform_authority")
    assert alert.context["duty"] == "Inform the supervisory authority" and "language" not in alert.context


def test_a_language_without_texts_goes_out_in_english(cast):
    assert reminded(cast, "xx").subject.startswith("Passed: Inform the supervisory authority")


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_every_text_of_a_spoken_mail_is_translated_and_the_mo_is_made_of_the_po(file):
    texts = catalogs.read(file.read_text())
    assert file.with_suffix(".mo").read_bytes() == catalogs.made(texts)
    folder = Path(settings.BASE_DIR, "templates")
    mails = [*folder.glob("mail/**/*.*"), *folder.glob("account/email/*.txt")]
    house = tuple(str(folder / "mail" / name) for name in HOUSE)
    for mail in [mail for mail in mails if not str(mail).startswith(house)]:
        for plain, block in ENGLISH.findall(mail.read_text()):
            text = plain or re.sub(r"{{ (\w+) }}", r"%(\1)s", block)
            assert texts.get(text), f"{mail.name}: {text}"
            assert sorted(re.findall(r"%\(\w+\)s", text)) == sorted(re.findall(r"%\(\w+\)s", texts[text]))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.parts[-3])
def test_every_duty_of_which_customers_are_reminded_has_its_name_in_every_language(file):
    texts = catalogs.read(file.read_text())
    duties = [duty for clause in CLAUSES.values() for duty in clause.duties]
    named = [str(d.title) for d in duties if any("contacts" in (r.to, *r.to) for r in d.ladder)]
    assert len(named) >= 5 and [title for title in named if not texts.get(title)] == []


def test_whoever_is_no_contact_reads_what_their_customers_agreement_is_written_in(cast):
    Agreement.objects.filter(pk=cast.a.pk).update(language="pl")
    NoticeContact.objects.filter(agreement=cast.b).update(language="fr")
    sven, berta = "sven@people.example", NoticeContact.objects.get(agreement=cast.b).email
    assert languages_of([sven, berta.upper(), "olga@people.example"]) == {sven: "pl", berta: "fr"}


def test_who_is_invited_reads_their_own_language(cast):
    Agreement.objects.filter(pk=cast.a.pk).update(language="de")
    invite(
        email="Nina@acme.example",
        name="Nina",
        role="contact",
        customers=[cast.a.customer],
        actor=cast.adam,
        at=utc("27 Mar 17:00"),
    )
    assert (
        mails.outbox[0].subject.startswith("Sie sind zu DPA Tracker")
        and "Guten Tag Nina," in mails.outbox[0].body
    )


def test_there_is_a_catalog_for_every_language_but_english():
    assert [file.parts[-3] for file in FILES] == sorted(code for code, _ in LANGUAGES if code != "en")
