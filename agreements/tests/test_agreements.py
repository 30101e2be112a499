"""Agreements by hand: recorded, found wanting, signed, negotiated, and with the contract attached."""

import datetime as dt
import hashlib
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from agreements import findings, records
from agreements.models import ClauseText
from conftest import START, add_agreement, report_breach, utc
from obligations import evidence
from obligations.actions import advance
from obligations.models import Agreement, Evidence, Matter, Obligation, Term
from obligations.terms import TermBook

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
SAMPLE = Path(__file__).parent / "sample_contract.txt"
TODAY = dt.date(2026, 3, 27)


@pytest.fixture
def olga(cast) -> Client:
    client = Client()
    client.force_login(User.objects.get(email="olga@people.example"), backend=BACKEND)
    return client


def found(agreement: Agreement) -> list[str]:
    matter = Matter.objects.get(kind="agreement", agreement=agreement)
    has_contact = agreement.pk in findings.with_contacts([agreement])
    return [f.source for f in findings.find(agreement, matter, TermBook([agreement]), TODAY, has_contact)]


def form(cast, **changes: object) -> dict[str, object]:
    values = {
        "customer": "Dalia Ltd", "title": "DPA with Dalia", "profile": cast.profile.pk, "customer_role": "controller",
        "our_calendar_0": "DE", "our_calendar_1": "BE", "our_calendar_2": "Europe/Berlin",
        "their_calendar_0": "IE", "their_calendar_1": "", "their_calendar_2": "Europe/Dublin",
        "owner": cast.olga.user_id, "language": "en",
    }  # fmt: skip
    return values | changes


def test_an_agreement_is_recorded_with_its_customer_and_its_matter(cast, olga):
    answer = olga.post(reverse("agreement-new"), form(cast))
    assert answer.status_code == 302, answer.context["form"].errors
    made = Agreement.objects.get(title="DPA with Dalia")
    assert made.customer.name == "Dalia Ltd"
    assert made.their_calendar == {"country": "IE", "tz": "Europe/Dublin"}
    assert Matter.objects.get(kind="agreement", agreement=made).state == "unsigned"
    assert made.history.get().history_user == User.objects.get(email="olga@people.example")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"our_calendar_0": "XX"}, "XX"),
        ({"our_calendar_1": "ATLANTIS"}, "This calendar cannot be used"),
        ({"our_calendar_2": "Europe/Atlantis"}, "This calendar cannot be used"),
        ({"customer": ""}, "This field is required"),
        ({"profile": 9999}, "Select a valid choice"),
    ],
)
def test_an_agreement_that_cannot_be_is_refused_next_to_its_field(cast, olga, changes, words):
    before = Customer.objects.count(), Agreement.objects.count()
    answer = olga.post(reverse("agreement-new"), form(cast, **changes))
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Customer.objects.count(), Agreement.objects.count()) == before


def test_findings_name_what_is_missing_and_what_is_repealed(cast):
    bare = add_agreement(cast, "Bare", our_calendar=None, their_calendar=None)
    assert found(bare) == ["7.3b", "7.3b", "4.1a", "13.3", "11.1a"]
    matter = Matter.objects.get(kind="agreement", agreement=cast.a)
    signed = {"signed_by_us_on": dt.date(2026, 1, 7), "signed_by_customer_on": dt.date(2026, 1, 8)}
    advance([matter], "sign", actor=cast.olga, at=utc("8 Jan 10:00"), facts=signed)
    assert found(cast.a) == ["13.3"]
    records.set_term(cast.a, "subprocessors.transfer.mechanism", "2021/914",
                     effective_from=dt.date(2026, 1, 9), actor=cast.olga, at=START)  # fmt: skip
    assert found(cast.a) == []


def test_findings_are_shown_on_the_agreement(cast, olga):
    page = olga.get(reverse("agreement", args=[cast.a.pk])).content.decode()
    assert "Not signed by both parties" in page
    assert "Decision 2010/87/EU, repealed and unusable since 27 December 2022" in page


def test_a_negotiated_term_counts_from_its_day_and_leaves_running_clocks_alone(cast, olga):
    report_breach(cast, [cast.b], utc("27 Mar 17:00"))
    running = Obligation.objects.get(duty="notify_customer")
    term = {
        "key": "breaches.notify_customer.within",
        "value": '{"hours": 48}',
        "effective_from": "2026-03-28",
    }
    assert olga.post(reverse("agreement-term", args=[cast.b.pk]), term).status_code == 302
    running.refresh_from_db()
    assert running.due_at is None
    report_breach(cast, [cast.b], utc("28 Mar 17:00"))
    later = Obligation.objects.filter(duty="notify_customer").latest("pk")
    assert (later.due_at, later.target_at) == (utc("30 Mar 17:00"), utc("28 Mar 21:00"))
    assert (
        later.reckoning["origin"] == "negotiated term of Agreement with Bodega, in force from 28 March 2026"
    )


def test_a_term_for_one_category_of_data_outranks_the_term_for_any(cast):
    key = "breaches.notify_customer.within"
    for category, hours in (("", 48), ("health", 12)):
        records.set_term(cast.b, key, {"hours": hours}, category=category,
                         effective_from=dt.date(2026, 1, 1), actor=cast.olga, at=START)  # fmt: skip
    book = TermBook([cast.b])
    assert book.read(cast.b, key, when=TODAY).value["hours"] == 48
    assert book.read(cast.b, key, when=TODAY, category="health").value["hours"] == 12
    assert "word" in book.read(cast.b, key, when=dt.date(2025, 12, 31)).value


def test_a_term_that_makes_no_sense_is_refused(cast, olga):
    term = {"key": "breaches.notify_customer.within", "value": "24", "effective_from": "2026-03-28"}
    answer = olga.post(reverse("agreement-term", args=[cast.b.pk]), term)
    assert answer.status_code == 422
    assert "needs a period such as" in answer.content.decode()
    assert Term.objects.filter(agreement=cast.b).count() == 0
    with pytest.raises(ValidationError, match="no clause knows the term"):
        records.set_term(cast.b, "breaches.nothing", 1, effective_from=TODAY, actor=cast.olga, at=START)


def test_the_contract_is_proposed_confirmed_and_kept_under_its_digest(cast, olga):
    address = reverse("agreement-contract", args=[cast.a.pk])
    with SAMPLE.open("rb") as file:
        proposal = olga.post(address, {"file": file}).content.decode()
    assert "Is this how the contract divides?" in proposal and "no heading in the text" in proposal
    assert not ClauseText.objects.exists()
    carried = proposal.partition('name="carried" value="')[2].partition('"')[0]
    for _ in range(2):
        assert olga.post(address, {"carried": carried, "filename": "dpa.txt"}).status_code == 302
    kept = Evidence.objects.get()
    assert kept.sha256 == hashlib.sha256(SAMPLE.read_bytes()).hexdigest()
    assert evidence.path(kept.sha256).read_bytes() == SAMPLE.read_bytes()
    assert ClauseText.objects.filter(agreement=cast.a).count() == 19
    page = olga.get(reverse("agreement", args=[cast.a.pk])).content.decode()
    assert "It tells the customer at once." in page
    download = olga.get(reverse("evidence", args=[kept.pk]))
    assert download.headers["Content-Disposition"].startswith("attachment")
    assert b"".join(download.streaming_content) == SAMPLE.read_bytes()


def test_the_wording_stands_beside_the_obligations_that_it_causes(cast, olga):
    call_command(
        "attach_contract",
        str(cast.a.pk),
        str(SAMPLE),
        "--as",
        "olga@people.example",
        "--yes",
        stdout=StringIO(),
    )
    report_breach(cast, [cast.a], utc("27 Mar 17:00"))
    page = olga.get(reverse("agreement", args=[cast.a.pk])).content.decode()
    clause = page.partition('id="clause-11"')[2].partition('id="clause-12"')[0]
    assert "It tells the customer at once." in clause and "Notify the customer" in clause


def test_the_command_proposes_and_stores_only_what_a_person_confirms(cast):
    out = StringIO()
    call_command("attach_contract", "Agreement with Acme", str(SAMPLE), stdout=out)
    assert "inferred: no heading in the text; taken for “Sub-processors”" in out.getvalue()
    assert "Nothing was stored. Repeat with --as" in out.getvalue()
    assert not Evidence.objects.exists()
    call_command(
        "attach_contract",
        "Agreement with Acme",
        str(SAMPLE),
        "--as",
        "olga@people.example",
        "--yes",
        stdout=out,
    )
    assert Evidence.objects.get().added_by.name == "Olga"


@pytest.mark.parametrize(
    ("agreement", "content", "words"),
    [
        ("Agreement with Acme", b"", "The file is empty"),
        ("Agreement with Acme", b"\x89PNG\r\n\x1a\n\x00", "is not UTF-8 text"),
        ("Agreement with Nobody", b"text", "There is no agreement 'Agreement with Nobody'. Agreements:"),
    ],
)
def test_a_contract_that_cannot_be_read_is_refused_in_words(cast, tmp_path, agreement, content, words):
    (tmp_path / "contract.txt").write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command(
            "attach_contract",
            agreement,
            str(tmp_path / "contract.txt"),
            "--as",
            "olga@people.example",
            "--yes",
        )
    assert not Evidence.objects.exists()


def test_an_empty_upload_is_answered_next_to_its_field(cast, olga, tmp_path):
    (tmp_path / "blank.txt").write_bytes(b" \n")
    with (tmp_path / "blank.txt").open("rb") as file:
        answer = olga.post(reverse("agreement-contract", args=[cast.a.pk]), {"file": file})
    assert answer.status_code == 422
    assert "The file is empty." in answer.content.decode()
