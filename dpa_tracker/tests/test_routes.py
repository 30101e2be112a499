"""Every address x every role x every method: what is answered stands in routes.txt, and a new address must too.

`UPDATE_ROUTES=1` writes the table anew; read its difference before you commit it.
"""

import logging
import os
import re
from collections.abc import Iterator
from functools import partial
from http.cookies import SimpleCookie
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template import Template
from django.template.backends import django as backend
from django.test import Client
from django.test.utils import _TestState
from django.urls import URLPattern, get_resolver
from django.utils import timezone

from accounts.models import User
from accounts.tests.test_tokens import bearer
from conftest import forget_tries
from dpa_tracker import urls
from feeds import addresses
from jobs.working import Todo, start
from obligations import alerts, evidence
from obligations.actions import advance
from obligations.models import Evidence, Matter, Message
from obligations.tests.engine import fresh, reported
from webhooks import endpoints

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
TABLE = Path(__file__).with_name("routes.txt")
WHO = {
    "nobody": None,
    "admin": "adam",
    "officer": "olga",
    "approver": "anna",
    "auditor": "aude",
    "contact": "carl",
    "signatory": "sven",
    "stranger": "cora",  # a contact of another customer
}
# Programs, each with a token of Olga's: its scopes, and the customer whose rows alone it may see.
TOKENS = {
    "reading": ("*:read", ""),
    "writing": ("*:write", ""),
    "theirs": ("*:write", "a"),
    "others": ("*:write", "c"),
}
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


def routes(patterns: Any = None, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Every address as a pattern, in the order in which they are tried."""
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        text = before + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield "/" + text, pattern
        else:
            yield from routes(pattern.url_patterns, text)


def samples(cast: SimpleNamespace) -> dict[str, Any]:
    """Acme's notice, sent this minute, with a clock, a letter and a message; what an address may name."""
    notice = reported(cast).a
    advance([fresh(notice)], "send", actor=cast.olga, at=notice.opened_at, facts={"text": "We suspect."})
    row = Matter.objects.get(pk=notice.pk)
    agreement = Matter.objects.get(kind="agreement", agreement=cast.a)
    kept = evidence.kept("paper.txt", [b"Paper."])
    paper = Evidence.objects.create(
        matter=row, customer=row.customer, title="p", sha256=kept["sha256"], size=kept["size"]
    )
    return {
        "reference": row.public_reference,
        "agreement_reference": agreement.public_reference,
        "digest": kept["sha256"],
        "place": 1,
        "kind": row.kind,
        "step": "received",
        "fact": "suspected_at",
        "verb": "extend",
        "obligation": row.obligations.first().pk,
        "evidence": paper.pk,
        "message": Message.objects.get(matter=row).pk,
        "agreement": cast.a.pk,
        "customer": cast.a.customer_id,
        "person": cast.dora.user_id,
        "sheet": "agreements",
        "job": start("step", [Todo("x")], title="x", actor=cast.olga, at=notice.opened_at).pk,
        "calendar": addresses.make("x", customer=cast.a.customer, actor=cast.carl, now=timezone.now())[
            0
        ].digest,
        "endpoints": endpoints.make(
            "https://hooks.example/", (), customer=cast.a.customer, actor=cast.carl, now=timezone.now()
        )[0].reference,
    }


def address(text: str, known: dict[str, Any]) -> str:
    """The pattern with its arguments filled in; `pk` is the key of what the address is about."""
    words = ("people", "obligation", "evidence", "mailbox", "agreement")
    about = next((word for word in words if word in text), "")
    values = {**known, "pk": known.get({"mailbox": "message", "people": "person"}.get(about, about), 1)}
    values |= {
        "rest": "x",
        "key": "x",
        "handle": "x",
        "uidb36": "x",
        "provider": "mailgun",
        "signed": "x",
        "code": "x",
        "prefix": "x",
        "form": "csv",
    }
    values |= {"secret": "x", "provider_id": "house", "app_label": "obligations", "object_id": "1"}
    if text.startswith(("/portal/agreements/", "/portal/contacts/", "/proof/")):
        values["reference"] = known["agreement_reference"]
    if text.startswith("/endpoints/"):
        values["reference"] = known["endpoints"]
    if text.startswith("/documents/"):
        values |= {"form": "html", "pk": known["customer"]}
    if text.startswith("/compare/"):
        values["pk"] = known["agreement"]
    if text.startswith("/jobs/"):
        values["pk"] = known["job"]
    if text.startswith("/calendars/"):
        values["digest"] = known["calendar"]
    if text.startswith("/boards/"):
        values["key"] = "breaches"
    if text.startswith(("/people/", "/endpoints/")):
        values["verb"] = "off"
    if text.startswith("/admin/"):
        values["object_id"] = row_of(text) or values["object_id"]
    for name in re.findall(r"\(\?P<(\w+)>", text):
        text = filled(text, name, str(values[name]))
    text = re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(values[found.group(1)]), text)
    return text.replace("^", "").replace("$", "").replace("\\Z", "")


def row_of(text: str) -> str:
    """A key that exists, of the model that an address of the admin site is about; "" where it has no row."""
    try:
        model = apps.get_model(*text.split("/")[2:4])
    except (LookupError, ValueError):
        return ""
    first = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
    return "" if first is None else str(first)


def filled(text: str, name: str, value: str) -> str:
    """A named group of a regular expression replaced by a value."""
    start = text.find(f"(?P<{name}>")
    if start < 0:
        return text
    depth, end = 0, start
    for end in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[end], 0)
        if depth == 0:
            break
    return text[:start] + value + text[end + 1 :]


def answered(client: Client, method: str, where: str) -> int:
    """The status, with nothing left behind."""
    forget_tries()  # no rate limit of an earlier request
    cookies = SimpleCookie(client.cookies.output(header="", sep=";"))
    with transaction.atomic():
        status = client.generic(
            method, where, b"", content_type="application/x-www-form-urlencoded"
        ).status_code
        transaction.set_rollback(True)
    client.cookies = cookies
    return status


def clients(cast: SimpleNamespace) -> dict[str, Client]:
    found = {}
    for role, name in WHO.items():
        found[role] = Client(raise_request_exception=False)
        if name:
            user = User.objects.get(pk=getattr(cast, name).user_id)
            found[role].force_login(user, backend=BACKEND)
    return found


def programs(cast: SimpleNamespace) -> dict[str, Client]:
    found = {}
    for name, (scopes, side) in TOKENS.items():
        headers = bearer(cast.olga, scopes, customer=getattr(cast, side).customer if side else None)
        found[name] = Client(raise_request_exception=False, **headers)
    return found


@pytest.fixture
def statuses_alone(monkeypatch, settings) -> Iterator[None]:
    """The table asks 12,000 times for a status: what does not decide it is left out.

    A session needs no row, a refusal no page (test_odd_requests.py reads those), and what GET has just rendered
    is not rendered again for HEAD.
    """
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    for status in (403, 404):
        monkeypatch.setattr(urls, f"handler{status}", partial(_without_page, status), raising=False)
    monkeypatch.setattr(Template, "_render", _TestState.saved_data.template_render)  # notes no contexts
    rendered = backend.Template.render

    def render(template: Any, context: Any = None, request: Any = None) -> Any:
        return "" if request and request.method == "HEAD" else rendered(template, context, request)

    monkeypatch.setattr(backend.Template, "render", render)
    logging.disable(logging.WARNING)  # of the 9,000 refusals
    yield
    logging.disable(logging.NOTSET)


def _without_page(status: int, request: HttpRequest, exception: Exception) -> HttpResponse:
    return HttpResponse(status=status)


@pytest.fixture
def table(cast, statuses_alone) -> list[str]:
    known, people, tokens = samples(cast), clients(cast), programs(cast)
    lines = [f"{'address':<72} {'method':<8} " + " ".join(f"{role:<9}" for role in (*WHO, *TOKENS))]
    for text, _pattern in routes():
        where = address(text, known)
        for name in ("sweep", "deliver"):  # the clock must not have stopped while the table was made
            alerts.beat(name, timezone.now())
        for method in METHODS:
            # Beyond the API a token counts for nothing: the test below.
            asking = [*people.values(), *(tokens.values() if text.startswith("/api/") else ())]
            found = [f"{answered(client, method, where):<9}" for client in asking]
            lines.append(f"{text:<72} {method:<8} {' '.join(found)}".rstrip())
    return lines


def test_every_address_answers_every_role_and_method_as_the_table_says(table):
    if os.environ.get("UPDATE_ROUTES"):
        TABLE.write_text("\n".join(table) + "\n")
    expected = TABLE.read_text().splitlines()
    assert [line for line in table if line not in expected] == []
    assert [line for line in expected if line not in table] == []
    assert not [line for line in table if any(word.startswith("5") for word in line.split()[2:])]


def test_a_token_opens_nothing_beyond_the_api(cast, statuses_alone):
    known, nobody, program = samples(cast), clients(cast)["nobody"], programs(cast)["writing"]
    beyond = [address(text, known) for text, _pattern in routes() if not text.startswith("/api/")]
    more = [where for where in beyond if answered(program, "GET", where) != answered(nobody, "GET", where)]
    assert len(beyond) > 100 and more == []
