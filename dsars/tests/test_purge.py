"""A purged request leaves nothing of the person in any table, file, mail, pack, session or log. The chain holds."""

import hashlib
import io
import json
import logging
import zipfile
from base64 import b64encode
from types import SimpleNamespace

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import UsedKey
from accounts.scope import scope
from conftest import utc
from dpa_tracker import silence
from dsars import purging
from dsars.models import DsarSubject
from dsars.tests.builders import BUILDERS, identified, request_of
from dsars.tests.test_dsar import handed_over, sign_in, take
from dsars.tests.traces import traces
from obligations import alerts, corrections, delivery, evidence
from obligations.actions import note, open_matter
from obligations.clauses import CLAUSES
from obligations.facts import InvalidFacts
from obligations.models import Entry, Heartbeat, Matter
from obligations.tests.kinds import BUILDERS as ALL_KINDS
from obligations.turn import Refused
from proof import packs, sealing, verifying
from proof.models import Seal
from webhooks import collecting
from webhooks.tests.helping import house

CANARY = "Quasimoda Canarywitz"
CONTACT = "quasimoda@canarywitz.example"
LETTER = f"I am {CANARY} and want my calls.".encode()
CALLS = f"The calls of {CANARY}.".encode()
NEEDLES = [
    *("quasimoda", "canarywitz", CANARY, CONTACT),
    *(hashlib.sha256(content).hexdigest() for content in (LETTER, CALLS)),
]


@pytest.fixture
def world(cast, settings, tmp_path) -> SimpleNamespace:
    """Mails as files, an endpoint, and everything that is logged at any level, as the program writes it."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    log, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(log)
    form = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(silence.Quiet(form["format"], style=form["style"]))
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    house(cast)
    yield SimpleNamespace(cast=cast, folder=tmp_path, log=log)
    root.setLevel(before)
    root.removeHandler(handler)


def asked_by_api(cast) -> Matter:
    """The request comes by the API, with a key that lets it be repeated."""
    file = {"name": "quasimoda-canarywitz.txt", "content": b64encode(LETTER).decode()}
    facts = {
        "received_at": "2026-03-24T09:00:00Z", "right": "access", "about": "customer_content",
        "subject_name": CANARY, "subject_contact": CONTACT, "request": file,
    }  # fmt: skip
    answer = sign_in("olga").post(
        "/api/v1/dsar/",
        json.dumps({"title": "Request 7", "facts": facts}),
        content_type="application/json",
        headers={"Idempotency-Key": "request-7"},
    )
    assert answer.status_code == 201, answer.content
    return Matter.objects.get(kind="dsar")


def lived_through(world) -> list[Matter]:
    """Asked, handed over to two customers, read, helped with, sealed, told outside: all that there is."""
    cast = world.cast
    row = asked_by_api(cast)
    identified(cast, row, utc("26 Mar 09:00"), cast.a, cast.b)
    first, second = Matter.objects.filter(kind="dsar_forwarding").order_by("pk")
    for child in (first, second):
        take(child, "send", cast.olga, utc("26 Mar 10:00"))
    delivery.deliver(utc("26 Mar 11:00"))
    take(second, "received", cast.berta, utc("27 Mar 09:00"))
    take(first, "received", cast.carl, utc("27 Mar 09:00"))
    take(first, "instruct", cast.carl, utc("27 Mar 10:00"), instruction="Send us the calls.")
    files = evidence.kept("quasimoda-calls.txt", [CALLS])
    take(first, "assisted", cast.olga, utc("28 Mar 09:00"), what="Sent.", files=files)
    for name in ("olga", "carl"):
        page = sign_in(name).get(reverse("data-subject", args=[first.public_reference]))
        assert CANARY in page.content.decode()
    note(Matter.objects.get(pk=first.pk), f"{CANARY} called.", actor=cast.olga, at=utc("28 Mar 09:30"))
    evidence.add_file(
        row, title="quasimoda.txt", chunks=[b"A call."], actor=cast.olga, at=utc("28 Mar 09:40")
    )
    take(row, "close", cast.olga, utc("28 Mar 10:00"))
    alerts.sweep(utc("28 Mar 12:00"))
    collecting.collect(utc("28 Mar 12:00"))
    sealing.seal(utc("28 Mar 13:00"), everything=True)
    return [row, first, second]


def pack_of(world) -> bytes:
    with scope([world.cast.a.customer_id], reason="test"):
        whole = packs.made(world.cast.a.customer, timezone.now())
    with zipfile.ZipFile(io.BytesIO(whole)) as opened:
        return b"".join(opened.read(name) for name in opened.namelist()).lower()


def test_a_purged_request_leaves_no_trace_and_the_chain_still_verifies(
    world, django_capture_on_commit_callbacks
):
    rows = lived_through(world)
    # Rows of evidence, two files and the file with her name, the note; the subjects are sealed.
    assert len(traces(NEEDLES, world.folder)) == 4
    with django_capture_on_commit_callbacks(execute=True):
        assert purging.purge_due(timezone.now()) == len(rows)
    sealing.seal(timezone.now(), everything=True)
    delivery.deliver(timezone.now())
    assert traces(NEEDLES, world.folder) == [] and not DsarSubject.objects.exists()
    assert not [needle for needle in NEEDLES if needle.lower() in world.log.getvalue().lower()]
    assert not [needle for needle in NEEDLES if needle.lower().encode() in pack_of(world)]
    assert UsedKey.objects.exists() and any((world.folder / "outbox").iterdir()) and world.log.getvalue()
    report = verifying.everything(timezone.now())
    assert [found.words for found in report.findings if found.part in ("ledger", "evidence", "guards")] == []
    assert Entry.objects.get(step="note").facts == {"erased": True}
    assert Seal.objects.filter(salt="").count() == 1  # nobody can try words against its digest


def test_the_entry_of_a_purge_says_what_and_why(cast):
    row = ALL_KINDS["dsar_assistance"](cast, utc("2 Mar 09:00"))
    take(row, "withdraw", cast.carl, utc("3 Mar 09:00"))
    purging.purge_due(utc("30 Apr 09:00"))
    made = Entry.objects.get(matter=row, step="purge")
    assert (made.actor_name, made.to_state) == ("system", "purged")
    assert made.facts == {"why": "Its retention is over (term dsars.purge.within)."}


def test_the_retention_is_the_agreements_own_term_from_the_hand_over(cast):
    row = ALL_KINDS["dsar_assistance"](cast, utc("2 Mar 09:00"))
    take(row, "withdraw", cast.carl, utc("3 Mar 09:00"))
    assert purging.due(utc("2 Apr 21:00")) == [] and purging.due(utc("2 Apr 22:00")) == [row]


def test_alertd_purges_once_an_hour_where_no_beat_runs(cast):
    row = ALL_KINDS["dsar_assistance"](cast, utc("2 Mar 09:00"))
    take(row, "withdraw", cast.carl, utc("3 Mar 09:00"))
    assert purging.tick in alerts.EVERY_TICK
    for at in ("2 Apr 21:30", "2 Apr 22:00"):
        purging.tick(utc(at))
        assert DsarSubject.objects.filter(matter=row).exists(), at
    purging.tick(utc("2 Apr 22:30"))
    assert not DsarSubject.objects.filter(matter=row).exists()
    assert Heartbeat.objects.get(pk="purge").at == utc("2 Apr 22:30")


def test_a_hold_stops_the_purge_of_what_was_handed_over_and_of_the_request_itself(cast):
    row = request_of(cast, utc("24 Mar 09:00"))
    identified(cast, row, utc("26 Mar 09:00"), cast.a)
    forwarding = handed_over(cast, Matter.objects.get(kind="dsar_forwarding"))
    take(row, "close", cast.olga, utc("28 Mar 09:00"))
    hold = ALL_KINDS["hold"](cast, utc("29 Mar 09:00"))
    assert hold.agreement == cast.a and purging.purge_due(utc("30 May 09:00")) == 0
    with pytest.raises(Refused, match="A hold stops erasure for this agreement"):
        take(forwarding, "purge", cast.olga, utc("30 May 09:00"))
    Matter.objects.filter(pk=hold.pk).update(state="released")
    assert purging.purge_due(utc("30 May 09:00")) == 2


@pytest.mark.parametrize("title", ["Quasimoda  CANARYWITZ asks", f"Mail of {CONTACT}", "Mrs Canarywitz"])
def test_a_title_that_names_the_person_is_refused(cast, title):
    facts = {
        "received_at": utc("24 Mar 09:00"), "right": "access", "about": "customer_content",
        "subject_name": CANARY, "subject_contact": CONTACT, "request": evidence.kept("a.txt", [LETTER]),
    }  # fmt: skip
    with pytest.raises(Refused, match="names the data subject"):
        open_matter("dsar", actor=cast.olga, at=utc("24 Mar 10:00"), facts=facts, title=title)
    open_matter("dsar", actor=cast.olga, at=utc("24 Mar 10:00"), facts=facts, title="Canary 12, by letter")


def test_no_text_of_a_later_step_names_the_person(cast):
    row = BUILDERS["dsar_assistance"](cast, utc("2 Mar 09:00"))
    with pytest.raises(Refused, match="names the data subject"):
        take(row, "assisted", cast.olga, utc("3 Mar 09:00"), what="All calls of Mr Zimmermann.")
    take(row, "assisted", cast.olga, utc("3 Mar 09:00"), what="All calls of that number.")


def test_every_step_that_takes_words_about_a_request_looks_whom_they_name():
    typed = [
        (kind, step.name)
        for kind in ("dsar", "dsar_forwarding", "dsar_assistance")
        for step in CLAUSES[kind].steps
        if any(f.type in ("text", "long_text") and not f.private for f in step.fields) and step.check is None
    ]
    assert typed == []


def test_the_name_is_not_corrected_in_the_ledger(cast):
    row = request_of(cast, utc("24 Mar 09:00"))
    with pytest.raises(InvalidFacts, match="neither the old nor the new"):
        corrections.correct(
            row, "subject_name", "Zoë", reason="Typo.", actor=cast.olga, at=utc("25 Mar 09:00")
        )
    page = reverse("correct", args=[row.public_reference, "subject_name"])
    assert sign_in("olga").get(page).status_code == 404
    assert page not in sign_in("olga").get(reverse("matter", args=[row.public_reference])).content.decode()
