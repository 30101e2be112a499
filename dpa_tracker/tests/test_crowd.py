"""The same POST many times at the same moment: one effect, every other a clean refusal, never an error of ours.

Small here; `make test-long` sends 50 at once, 20 times over.
"""

import datetime as dt
import json
import uuid
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.tests.people import proved
from conftest import report_breach
from dpa_tracker.tests.crowd import at_once, signed_in
from obligations import delivery
from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.kinds import BUILDERS, opening, put_in, ready

SIZES = [
    pytest.param((8, 2), id="8 at once, twice"),
    pytest.param((50, 20), id="50 at once, 20 times", marks=pytest.mark.long),
]
# Until the room of clause 10 has its kinds, another request that opens a matter.
AUDIT_REQUEST = next(kind for kind in ("audit", "information_request", "breach") if kind in CLAUSES)


def now() -> dt.datetime:
    return timezone.now().replace(microsecond=0) - dt.timedelta(minutes=5)


def local(value: Any) -> Any:
    """A fact as a form sends it."""
    if isinstance(value, dt.datetime):
        return timezone.localtime(value).strftime("%Y-%m-%dT%H:%M")
    return value


def step_path(row: Matter, step: str) -> str:
    return reverse("step", args=[row.public_reference, step])


def consent(cast: SimpleNamespace) -> tuple[str, str, dict[str, Any], Callable[[], int]]:
    at = now()
    row = put_in(BUILDERS["consent"](cast, at), "received")
    facts = {**ready(row, row.clause.step("grant"), cast, at), "typed_name": cast.sven.name}
    body = {"seen": row.version, "intends": "on", **facts}
    return "sven", step_path(row, "grant"), body, lambda: taken(row, "grant")


def notice(cast: SimpleNamespace) -> tuple[str, str, dict[str, Any], Callable[[], int]]:
    breach = report_breach(cast, [cast.a], now())
    row = Matter.objects.get(parent=breach)
    body = {"seen": f"{row.pk}:{row.version}", "text": "We suspect a breach."}

    def effects() -> int:
        assert Message.objects.filter(matter=row, entry__step="send").count() == 1
        return taken(row, "send")

    return "olga", step_path(row, "send"), body, effects


def approval(cast: SimpleNamespace) -> tuple[str, str, dict[str, Any], Callable[[], int]]:
    breach = report_breach(cast, [cast.a], now())
    row = Matter.objects.get(parent=breach)
    advance([row], "retract", actor=cast.olga, at=timezone.now(), facts={"reason": "A test."})
    row = Matter.objects.get(pk=row.pk)
    body = {"seen": f"{row.pk}:{row.version}"}
    return "anna", step_path(row, "retract"), body, lambda: taken(row, "retract")


def audit_request(cast: SimpleNamespace) -> tuple[str, str, dict[str, Any], Callable[[], int]]:
    at, key = now(), uuid.uuid4()
    facts = {name: local(value) for name, value in opening(AUDIT_REQUEST, cast, at).items()}
    body = {"title": "We want to look", "key": key, **facts}
    if CLAUSES[AUDIT_REQUEST].of == "agreement":
        body["agreement"] = cast.a.pk
    who = "olga" if "officer" in CLAUSES[AUDIT_REQUEST].step("open").by else "carl"
    return who, reverse("open", args=[AUDIT_REQUEST]), body, lambda: opened(key)


def taken(row: Matter, step: str) -> int:
    return Entry.objects.filter(matter=row, step=step, proposed=False).count()


def opened(key: uuid.UUID) -> int:
    return Matter.objects.filter(open_key=key).count()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("case", [consent, audit_request, notice, approval], ids=lambda case: case.__name__)
def test_of_equal_forms_sent_at_once_one_counts(live_cast, live_server, case, size):
    number, rounds = size
    for _round in range(rounds):
        who, path, body, effects = case(live_cast)
        before = Entry.objects.count()
        statuses = Counter(at_once(live_server.url, proved(signed_in(who)), path, body, number=number))
        assert set(statuses) <= {302, 422}, statuses
        assert statuses[302] >= 1 and effects() == 1, statuses
        assert Entry.objects.count() > before
        delivery.deliver(timezone.now())


@pytest.mark.parametrize("size", SIZES)
def test_of_equal_steps_over_the_api_one_counts(live_cast, live_server, size):
    number, rounds = size
    for _round in range(rounds):
        breach = report_breach(live_cast, [live_cast.a], now())
        row = Matter.objects.get(parent=breach)
        path = f"/api/v1/breach_notice/{row.public_reference}/steps/send/"
        body = json.dumps({"version": row.version, "facts": {"text": "We suspect."}}).encode()
        statuses = Counter(at_once(live_server.url, signed_in("olga"), path, body, number=number))
        assert statuses[200] == 1 and set(statuses) <= {200, 409}, statuses
        assert taken(row, "send") == 1


@pytest.mark.parametrize("size", SIZES)
def test_of_equal_acknowledgements_one_counts(live_cast, live_server, size):
    number, rounds = size
    for _round in range(rounds):
        breach = report_breach(live_cast, [live_cast.a], now())
        row = Obligation.objects.filter(matter__parent=breach, state="open").order_by("pk").first()
        path = reverse("acknowledge", args=[row.pk])
        statuses = Counter(at_once(live_server.url, signed_in("olga"), path, {}, number=number))
        assert statuses == {302: number}
        assert Entry.objects.filter(step="acknowledge", facts__obligation=row.pk).count() == 1
