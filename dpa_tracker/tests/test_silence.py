"""No name, address, secret or typed word reaches a log, an error mail or the address of a page."""

import io
import logging
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from accounts.models import User
from dpa_tracker import silence
from dpa_tracker.tests.crowd import signed_in
from obligations import actions
from obligations.clauses import CLAUSES
from obligations.tests.engine import reported

CANARY = "canary-zoe-zimmermann"
ADDRESS = f"{CANARY}@people.example"


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the program's own handler would write, whatever the level."""
    lines = io.StringIO()
    handler = logging.StreamHandler(lines)
    form = settings.LOGGING["formatters"]["line"]
    handler.setFormatter(silence.Quiet(form["format"], style=form["style"]))
    root = logging.getLogger()
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.DEBUG)
    logging.getLogger("django.db.backends").setLevel(logging.INFO)
    yield lines
    root.setLevel(before)
    root.removeHandler(handler)


def filled(clause) -> dict[str, str]:
    fields = clause.step("open").fields
    return {"title": CANARY, **{field.name: CANARY for field in fields}}


def test_what_people_type_into_forms_reaches_no_log(cast, log):
    olga, row = signed_in("olga"), reported(cast).a
    for kind in CLAUSES:
        olga.post(reverse("open", args=[kind]), filled(CLAUSES[kind]))
        olga.post(
            f"/api/v1/{kind}/", {"title": CANARY, "facts": {"x": CANARY}}, content_type="application/json"
        )
    for step in row.clause.steps:
        path = reverse("step", args=[row.public_reference, step.name])
        olga.post(path, {"seen": f"{row.pk}:{row.version}", "text": CANARY, "reason": CANARY, "at": CANARY})
    Client().post("/accounts/login/", {"login": ADDRESS, "password": CANARY})
    Client().post("/accounts/password/reset/", {"email": ADDRESS})
    for path in (
        f"/invitations/{CANARY}/",
        f"/receipt/{CANARY}/",
        f"/{CANARY}/?q={CANARY}",
        f"/matters/{CANARY}/",
    ):
        olga.get(path)
        olga.post(path, {"password": CANARY})
    assert log.getvalue().count("\n") > 20 and CANARY not in log.getvalue()


@pytest.fixture
def broken(monkeypatch) -> None:
    """A verb that fails with words about a person, as a database does."""

    def fails(*args, **kwargs):
        try:
            raise ValueError(f"{CANARY} of {ADDRESS}")
        except ValueError as error:
            raise IntegrityError(f"Key (email)=({ADDRESS}) already exists: {CANARY}") from error

    monkeypatch.setattr(actions, "open_matter", fails)


def test_an_error_of_ours_is_told_by_type_and_place_alone(cast, log, broken, settings):
    settings.ADMINS = [("", "operator@house.example")]
    olga = signed_in("olga")
    olga.raise_request_exception = False
    facts = {"title": CANARY, "suspected_at": "2026-03-27T17:00", "where": "processor", "agreements": cast.a.pk,
             "categories": "customer_content", "description": CANARY}  # fmt: skip
    answer = olga.post(reverse("open", args=["breach"]) + f"?note={CANARY}", facts)
    assert answer.status_code == 500 and CANARY not in answer.content.decode()
    told = [f"{sent.subject} {sent.body} {sent.alternatives}" for sent in mail.outbox]
    assert len(told) == 1
    for words in (log.getvalue(), told[0]):
        assert "IntegrityError" in words and "views_steps.py" in words and "kinds/<slug:kind>/open/" in words
        assert CANARY not in words and "people.example" not in words


def test_an_address_in_a_line_is_left_out(log):
    logging.getLogger("x").error("mail to %s failed: %s", ADDRESS, "no")
    assert "mail to (address) failed: no" in log.getvalue()


def test_pages_are_addressed_by_random_references_never_by_what_they_are_about(cast):
    row = reported(cast).a
    row.title = CANARY
    row.save(update_fields=["title"])
    User.objects.filter(name="Olga").update(name=CANARY)
    page = signed_in("olga").get(reverse("matter", args=[row.public_reference])).content.decode()
    links = [part.split('"')[0] for part in page.split('href="')[1:]]
    assert CANARY in page and not [link for link in links if CANARY in link]
