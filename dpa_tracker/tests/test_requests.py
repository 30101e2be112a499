"""Each request has a number in its answer, its problem details and its log, which says nothing of anybody."""

import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
from django.test import Client

from accounts import request_ids
from dpa_tracker import silence
from dpa_tracker.logs import logging_at
from dpa_tracker.tests.crowd import signed_in
from obligations.tests.engine import reported

NUMBER = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
CANARY = "canary-zoe-zimmermann"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    """What the program's own handler writes at INFO, as JSON."""
    kept, root = io.StringIO(), logging.getLogger()
    handler = logging.StreamHandler(kept)
    handler.setFormatter(silence.Json())
    root.addHandler(handler)
    before = root.level
    root.setLevel(logging.INFO)
    yield kept
    root.setLevel(before)
    root.removeHandler(handler)


def objects(lines: io.StringIO) -> list[dict]:
    return [json.loads(line) for line in lines.getvalue().splitlines()]


def test_every_answer_carries_a_number_of_its_own(cast):
    olga = signed_in("olga")
    answers = [
        client.get(where)
        for client in (olga, Client())
        for where in ("/", "/nowhere/", "/api/v1/x/", "/health")
    ]
    numbers = [answer.headers["X-Request-ID"] for answer in answers]
    assert all(NUMBER.fullmatch(number) for number in numbers) and len(set(numbers)) == len(numbers)
    assert request_ids.current() == ""


def test_a_number_that_comes_along_counts_only_from_our_proxy(cast, settings):
    sent = {"X-Request-ID": "from-the-proxy-1"}
    assert Client().get("/health", headers=sent).headers["X-Request-ID"] != "from-the-proxy-1"
    settings.BEHIND_PROXY = True
    assert Client().get("/health", headers=sent).headers["X-Request-ID"] == "from-the-proxy-1"
    for odd in ("short", "x" * 65, "a\nb-------", "<script>--"):
        assert NUMBER.fullmatch(
            Client().get("/health", headers={"X-Request-ID": odd}).headers["X-Request-ID"]
        )


def test_problem_details_name_the_request(cast, settings):
    olga, row = signed_in("olga"), reported(cast).a
    wrong = {"Authorization": "Bearer dpa_unknown"}
    step = f"/api/v1/breach_notice/{row.public_reference}/steps/send/"
    answers = [
        olga.get("/api/nowhere/"),
        olga.get("/api/v1/breach/AAAAA-AAAAA/"),
        olga.post(step, "{}", content_type="application/json"),
        olga.post("/api/v1/breach/", "{", content_type="application/json"),
        Client().get("/api/v1/breach/"),
        Client().get("/api/v1/breach/", headers=wrong),
        olga.post("/api/v1/breach/", "x" * 6_000_000, content_type="application/json"),
    ]
    settings.STAFF_SECOND_FACTOR = True
    answers.append(olga.get("/api/v1/breach/"))
    assert {answer.status_code for answer in answers} >= {400, 401, 403, 404, 413}
    for answer in answers:
        assert answer.json()["request_id"] == answer.headers["X-Request-ID"], answer.content


def test_the_log_has_one_object_a_request_with_its_number_and_nothing_typed(cast, lines):
    answers = [
        signed_in("olga").get(f"/matters/{CANARY}/?q={CANARY}"),
        Client().post("/accounts/login/", {"login": f"{CANARY}@x.example", "password": CANARY}),
        Client().get(f"/invitations/{CANARY}/"),
        Client().get(f"/{CANARY}/"),
        Client().generic(CANARY.upper(), "/"),
    ]
    found = [said for said in objects(lines) if said["logger"] == "request"]
    assert [said["request_id"] for said in found] == [answer.headers["X-Request-ID"] for answer in answers]
    assert [said["status"] for said in found] == [answer.status_code for answer in answers]
    assert found[0]["route"] == "<matters/<slug:reference>/>" and found[0]["milliseconds"] >= 0
    assert CANARY not in lines.getvalue().lower()


def test_what_is_said_during_a_request_carries_its_number_also_its_errors(cast, lines, monkeypatch):
    def fails(request):
        raise ValueError(CANARY)

    monkeypatch.setattr("dashboard.views.today", fails)
    olga = signed_in("olga")
    olga.raise_request_exception = False
    answer = olga.get("/")
    number = answer.headers["X-Request-ID"]
    assert answer.status_code == 500 and number in answer.content.decode()
    mine = [said for said in objects(lines) if said.get("request_id") == number]
    assert {"django.request", "request"} <= {said["logger"] for said in mine}
    error = next(said["error"] for said in mine if "error" in said)
    assert "builtins.ValueError" in error and "test_requests.py" in error and CANARY not in lines.getvalue()


def test_production_logs_json_and_a_terminal_gets_lines():
    assert logging_at("INFO", "json")["handlers"]["console"]["formatter"] == "json"
    token = request_ids.set_current("abc-12345")
    record = logging.makeLogRecord({"msg": "100 %", "levelno": 20, "levelname": "INFO", "name": "x"})
    assert silence.Quiet("{message}", style="{").format(record) == "100 % [abc-12345]"
    assert json.loads(silence.Json().format(record))["message"] == "100 %"
    request_ids.reset(token)
