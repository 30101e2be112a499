"""Every id of an address replaced by another customer's: answered like one that does not exist.

The addresses are found, not listed: a new page with a key in its address is tried by the next run.
"""

import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client

from accounts import scope as scopes
from conftest import forget_tries
from dpa_tracker.tests.crowd import signed_in
from dpa_tracker.tests.test_routes import address, routes, samples
from obligations import alerts
from obligations.models import Matter
from obligations.tests.engine import nothing_changes

NOWHERE = 999_999_999
REFERENCE = "AAAAA-AAAAA"
TRIED = ("GET", "POST", "DELETE")
UUID = "00000000-0000-4000-8000-000000000000"
# Secrets of a mail, keys of the reader's own account, rows of the admin site: not a customer's.
OTHERWISE = (
    "/admin/",
    "/accounts/",
    "/people/",
    "/invitations/",
    "/receipt/",
    "/webhooks/",
    "/static/",
    "/healthz/",
)
KEYS = ("<int:", "<uuid:", "reference>", "<str:", "<slug:reference>")


@pytest.fixture
def theirs(cast) -> dict[str, Any]:
    """Acme's rows, as an address may name them; Cora of Celtic is the one who tries."""
    known = samples(cast)
    alerts.sweep(Matter.objects.get(public_reference=known["reference"]).opened_at)
    return known


def nobodys(known: dict[str, Any]) -> dict[str, Any]:
    none = dict.fromkeys(("obligation", "evidence", "agreement", "person", "endpoints", "calendars"), NOWHERE)
    return {**known, **none, "reference": REFERENCE, "message": UUID}


def with_keys() -> Iterator[str]:
    for text, _pattern in routes():
        if any(key in text for key in KEYS) and not text.startswith(OTHERWISE):
            yield text


def bare(answer: Any, *ids: object) -> tuple[int, str, str]:
    """What is left of an answer once values of this one request are taken out."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body.decode(errors="replace"))
    headers = {k: v for k, v in answer.headers.items() if k not in ("Set-Cookie", "Content-Length")}
    for one in ids:
        text, headers = (
            text.replace(str(one), "ID"),
            {k: v.replace(str(one), "ID") for k, v in headers.items()},
        )
    return answer.status_code, text, str(headers)


def tried(client: Client, method: str, where: str, body: bytes = b"", kind: str = "application/json") -> Any:
    forget_tries()
    with transaction.atomic():
        answer = client.generic(method, where, body, content_type=kind)
        transaction.set_rollback(True)
    return answer


WALLS = ["both walls", "the second wall alone"]


@pytest.mark.parametrize("wall", WALLS)
def test_an_address_with_a_foreign_key_answers_like_one_with_an_unknown_key(cast, theirs, monkeypatch, wall):
    if wall != WALLS[0]:
        if connection.vendor != "postgresql":
            return  # SQLite has one wall
        monkeypatch.setattr(scopes, "narrowed", lambda rows, customer, matter: rows)
    cora, none, wrong, asked = signed_in("cora"), nobodys(theirs), [], 0
    with nothing_changes():
        for text in with_keys():
            foreign, unknown = address(text, theirs), address(text, none)
            for method in TRIED if foreign != unknown else ():
                answers = [
                    bare(tried(cora, method, where), *theirs.values(), *none.values())[:2]
                    for where in (foreign, unknown)
                ]
                asked += 1
                if answers[0] != answers[1] or answers[0][0] < 300:
                    wrong.append((method, foreign, answers[0][0], answers[1][0]))
    assert asked > 60 and wrong == []


def own_notice(cast: SimpleNamespace) -> Matter:
    return Matter.objects.get(kind="breach_notice", agreement=cast.c)


def test_forms_that_name_rows_of_another_customer_are_refused(cast, theirs):
    cora, own = signed_in("cora"), own_notice(cast)
    other = Matter.objects.get(public_reference=theirs["reference"])
    step = f"/matters/{own.public_reference}/steps/received/"
    with nothing_changes():
        for seen in (f"{other.pk}:{other.version}", f"{own.pk}:{own.version},{other.pk}:{other.version}"):
            answer = tried(cora, "POST", step, f"seen={seen}".encode(), "application/x-www-form-urlencoded")
            assert answer.status_code in (404, 409, 422), seen
