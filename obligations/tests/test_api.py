"""The API's own promises: pages, versions, idempotency, problems, and a fixed number of statements."""

import json
from base64 import b64encode

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import UsedKey
from accounts.tests.test_tokens import BREACH, bearer, report
from conftest import add_many, report_breach
from obligations.models import Entry, Evidence, Matter
from obligations.tests.test_doors import hours_ago, signed_in
from obligations.tests.test_statements import BUDGETS

JSON = {"content_type": "application/json"}


@pytest.fixture
def notices(cast):
    report_breach(cast, [cast.a, cast.b, cast.c], hours_ago(3))
    return Matter.objects.filter(kind="breach_notice").order_by("pk")


def test_pages_follow_each_other_without_gap_or_double(cast, notices, client):
    client, seen, cursor = signed_in(cast.olga), [], ""
    while cursor is not None:
        page = client.get(
            f"/api/v1/breach_notice/?limit=1&order=opened_at{cursor and f'&cursor={cursor}'}"
        ).json()
        seen += [row["reference"] for row in page["results"]]
        cursor = page["next"]
    assert seen == list(notices.values_list("public_reference", flat=True))


@pytest.mark.parametrize(
    "query",
    [
        "stat=sent",
        "order=title",
        "limit=0",
        "limit=x",
        "cursor=abc",
        "closed=1",
        "opened_from=now",
        "before=3",
    ],
)
def test_an_unknown_or_unreadable_parameter_is_refused(cast, query):
    answer = signed_in(cast.olga).get(f"/api/v1/breach/?{query}")
    assert (answer.status_code, answer.json()["type"]) == (400, "/problems/invalid")
    assert answer.json()["errors"][0]["pointer"] == f"#/{query.split('=')[0]}"


def test_filters_narrow_the_list(cast, notices):
    client = signed_in(cast.olga)
    reference = Matter.objects.get(kind="agreement", agreement=cast.a).public_reference
    found = {
        query: len(client.get(f"/api/v1/breach_notice/?{query}").json()["results"])
        for query in (
            f"agreement={reference}",
            "state=sent",
            "closed=false",
            "opened_before=2020-01-01T00:00:00Z",
        )
    }
    assert list(found.values()) == [1, 0, 3, 0]


def test_obligations_are_one_list_with_their_reckoning(cast, notices):
    client = signed_in(cast.olga)
    soon = client.get(
        "/api/v1/obligations/?state=open&owed_by=processor&kind=breach_notice&order=due_at"
    ).json()
    dues = [row["due_at"] for row in soon["results"]]
    assert dues == sorted(dues) and len(dues) == 1  # the others have a target alone
    assert all(row["reckoning"] and row["period"] for row in soon["results"])
    assert client.get("/api/v1/obligations/?due_before=2020-01-01T00:00:00Z").json()["results"] == []


def test_a_token_lists_obligations_of_its_kinds_alone(cast, notices, client):
    rows = client.get("/api/v1/obligations/", **bearer(cast.olga, "breach:read")).json()["results"]
    assert {row["kind"] for row in rows} == {"breach"}


@pytest.mark.parametrize("number", [1, 100])
def test_the_list_costs_the_same_for_one_and_for_a_hundred(cast, client, number):
    report_breach(cast, add_many(cast, number), hours_ago(3))
    headers = bearer(cast.olga, "*:read")
    client.get("/api/v1/breach_notice/", **headers)
    with CaptureQueriesContext(connection) as captured:
        rows = client.get("/api/v1/breach_notice/", **headers).json()["results"]
    assert len(rows) == number and all(row["next_target_at"] and row["steps"] for row in rows)
    asked = [query for query in captured.captured_queries if query["sql"].startswith('SELECT "')]
    assert len(asked) == BUDGETS[connection.vendor]["api list"] <= 6


# --- versions --------------------------------------------------------------------------------------------


def step(client, row, body=None, **headers):
    address = f"/api/v1/{row.kind}/{row.public_reference}/steps/send/"
    return client.post(address, {"facts": {"text": "We suspect."}, **(body or {})}, **JSON, **headers)


def test_a_step_needs_the_version_that_was_read(cast, notices):
    answer = step(signed_in(cast.olga), notices[0])
    assert (answer.status_code, answer.json()["type"]) == (428, "/problems/precondition-required")


def test_a_step_with_the_etag_that_was_read_is_taken_once(cast, notices):
    client, row = signed_in(cast.olga), notices[0]
    etag = client.get(f"/api/v1/{row.kind}/{row.public_reference}/").headers["ETag"]
    first, second = (step(client, row, HTTP_IF_MATCH=etag) for _ in range(2))
    assert (first.status_code, second.status_code) == (200, 412)
    assert first.headers["ETag"] != etag and first.json()["state"] == "sent"


def test_state_is_not_a_field_of_a_request(cast, notices):
    answer = step(signed_in(cast.olga), notices[0], {"version": 1, "state": "sent"})
    assert answer.status_code == 400 and notices[0].state != "sent"


# --- idempotency -----------------------------------------------------------------------------------------


def body() -> dict:
    named = [Matter.objects.filter(kind="agreement").first().public_reference]
    facts = {**BREACH, "suspected_at": hours_ago(1).isoformat(), "agreements": named}
    return {"title": "Odd log-ins", "facts": facts}


def test_a_request_repeated_with_its_key_does_its_work_once(cast, client):
    headers, sent = bearer(cast.olga, "breach:write"), body()
    answers = [
        client.post("/api/v1/breach/", sent, **JSON, **headers, HTTP_IDEMPOTENCY_KEY="a") for _ in "12"
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json() and answers[0].headers["ETag"] == answers[1].headers["ETag"]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert Matter.objects.filter(kind="breach").count() == 1


def test_a_key_with_another_body_is_refused(cast, client):
    headers = {**bearer(cast.olga, "breach:write"), "HTTP_IDEMPOTENCY_KEY": "a"}
    client.post("/api/v1/breach/", body(), **JSON, **headers)
    other = client.post("/api/v1/breach/", {**body(), "title": "Another"}, **JSON, **headers)
    assert (other.status_code, other.json()["type"]) == (422, "/problems/other-request")


def test_a_key_never_crosses_owners(cast, client):
    sent = body()
    for who in (cast.olga, cast.dora):
        headers = {**bearer(who, "breach:write"), "HTTP_IDEMPOTENCY_KEY": "a"}
        assert client.post("/api/v1/breach/", sent, **JSON, **headers).status_code == 201
    assert Matter.objects.filter(kind="breach").count() == UsedKey.objects.count() == 2


def test_a_refused_request_keeps_no_answer(cast, client):
    headers = {**bearer(cast.olga, "breach:write"), "HTTP_IDEMPOTENCY_KEY": "a"}
    wrong = client.post("/api/v1/breach/", {"title": "x", "facts": {}}, **JSON, **headers)
    assert wrong.status_code == 422 and not UsedKey.objects.exists()
    assert client.post("/api/v1/breach/", body(), **JSON, **headers).status_code == 201


# --- problems --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "address", "sent", "kind", "status"),
    [
        ("post", "/api/v1/breach/", ("{", "application/json"), "parse-error", 400),
        (
            "post",
            "/api/v1/breach/",
            ("a=1", "application/x-www-form-urlencoded"),
            "unsupported-media-type",
            415,
        ),
        ("delete", "/api/v1/breach/", ("", "application/json"), "method-not-allowed", 405),
        ("get", "/api/v1/no-such-kind/", None, "not-found", 404),
        ("get", "/api/v1/a/b/c/d/e/", None, "not-found", 404),
        ("get", "/api/v2/", None, "not-found", 404),
        ("get", "/api/v1/breach", None, "not-found", 404),
    ],
)
def test_every_error_is_a_problem(cast, method, address, sent, kind, status):
    arguments = {} if sent is None else {"data": sent[0], "content_type": sent[1]}
    answer = getattr(signed_in(cast.olga), method)(address, **arguments)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")


@pytest.mark.parametrize(
    "odd",
    [
        "\x00",
        "\ud800",
        10**30,
        -1,
        [10**30],
        {"a": 1},
        "9999-12-31T23:59:59+00:00",
        "0001-01-01T00:00:00+23:00",
    ],
)
def test_odd_values_are_refused_in_words(cast, odd):
    client = signed_in(cast.olga)
    for name in ("suspected_at", "description", "agreements", "where"):
        sent = body()
        sent["facts"][name] = odd
        answer = client.post("/api/v1/breach/", json.dumps(sent), **JSON)
        assert answer.status_code in (201, 400, 409, 422), (name, answer.status_code)
    for name in ("agreement", "at"):
        answer = client.post("/api/v1/breach/", json.dumps({**body(), name: odd}), **JSON)
        assert answer.status_code in (400, 409, 422), (name, answer.status_code)


# --- what hangs on a matter ------------------------------------------------------------------------------


def test_a_file_goes_in_and_comes_out(cast, notices, client):
    headers, row = bearer(cast.olga, "*:write"), notices[0]
    address = f"/api/v1/{row.kind}/{row.public_reference}/evidence/"
    sent = {"name": "proof.txt", "content": b64encode(b"Proof.").decode()}
    made = client.post(address, sent, **JSON, **headers)
    assert made.status_code == 201, made.content
    assert [one["sha256"] for one in client.get(address, **headers).json()["results"]] == [
        made.json()["sha256"]
    ]
    answer = client.get(f"{address}{made.json()['sha256']}/", **headers)
    assert b"".join(answer.streaming_content) == b"Proof."
    assert answer.headers["Content-Type"] == "application/octet-stream"


def test_customers_attach_nothing(cast, notices, client):
    row = notices[0]
    address = f"/api/v1/{row.kind}/{row.public_reference}/evidence/"
    sent = {"name": "proof.txt", "content": ""}
    assert client.post(address, sent, **JSON, **bearer(cast.carl, "*:write")).status_code == 403
    assert not Evidence.objects.exists()


def test_entries_and_messages_have_their_lists(cast, notices, client):
    headers, row = bearer(cast.olga, "*:write"), notices[0]
    step(client, row, HTTP_IF_MATCH="*")
    sent = signed_in(cast.olga)
    assert step(sent, row, {"version": 1}).status_code == 200
    where = f"/api/v1/{row.kind}/{row.public_reference}"
    entries = client.get(f"{where}/entries/", **headers).json()["results"]
    assert [one["step"] for one in entries] == list(
        Entry.objects.filter(matter=row).order_by("pk").values_list("step", flat=True)
    )
    assert client.get(f"{where}/messages/?state=queued", **headers).json()["results"]


def test_a_report_needs_no_session_and_no_cross_site_token(cast, client):
    assert report(client, bearer(cast.olga, "breach:write")).status_code == 201
