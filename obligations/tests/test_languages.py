"""Mails to customers in the language that their contact, else their agreement, asks for."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from conftest import report_breach, utc
from obligations import alerts, mailing
from obligations.actions import advance
from obligations.languages import LANGUAGES, SPOKEN
from obligations.models import Agreement, Matter, Message, NoticeContact
from tools import catalogs

FILES = sorted(Path(settings.BASE_DIR).glob(catalogs.CATALOGS))
ENGLISH = re.compile(r'{% translate "([^"]*)" %}|{% blocktranslate %}(.*?){% endblocktranslate %}')


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
    folder = Path(settings.BASE_DIR, "templates", "mail")
    mails = [folder / f"{name}.{part}" for name in SPOKEN for part in ("subject.txt", "txt", "html")]
    for mail in [*mails, folder / "base.txt", folder / "base.html"]:
        for plain, block in ENGLISH.findall(mail.read_text()):
            text = plain or re.sub(r"{{ (\w+) }}", r"%(\1)s", block)
            assert texts.get(text), f"{mail.name}: {text}"
            assert re.findall(r"%\(\w+\)s", text) == sorted(re.findall(r"%\(\w+\)s", texts[text]))


def test_there_is_a_catalog_for_every_language_but_english():
    assert [file.parts[-3] for file in FILES] == sorted(code for code, _ in LANGUAGES if code != "en")
