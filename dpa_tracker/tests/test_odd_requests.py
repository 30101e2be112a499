"""Requests that no page makes: whatever is typed into an address or a body, nobody gets an error of ours."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from obligations.clauses import CLAUSES
from obligations.tests.engine import nothing_changes, reported

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
ODD = ["x", "-1", "0", "9" * 19, "9" * 40, "%00", "ä", "1.5", "1e9", "' OR 1=1 --", "2026-13-45", "{}"]
BODIES = ["", "null", "[]", "1", '"x"', "{", '{"facts": []}', '{"facts": {"x": 1}}', '{"title": 1}', "\xff"]


@pytest.fixture
def olga(cast) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(pk=cast.olga.user_id), backend=BACKEND)
    return client


@pytest.mark.parametrize("kind", sorted(CLAUSES))
def test_lists_answer_odd_parameters_without_an_error_of_ours(cast, olga, kind):
    for odd in ODD:
        for address in (reverse("matters", args=[kind]), f"/api/v1/{kind}/"):
            answer = olga.get(address, {"before": odd, "state": odd, "page": odd})
            assert answer.status_code < 500, (address, odd)


@pytest.mark.parametrize("address", ["/mailbox/", "/", "/agreements/", "/roles/"])
def test_pages_answer_odd_parameters_without_an_error_of_ours(cast, olga, address):
    for odd in ODD:
        assert olga.get(address, {"before": odd, "state": odd, "mine": odd}).status_code < 500, odd


def test_unknown_paths_are_not_found(cast, olga):
    for odd in ("x", "-1", "9" * 40, "ä", "a/b/c", "matters/x/", "obligations/99999999999/", "evidence/9/"):
        for root in ("/", "/api/v1/", "/matters/", "/agreements/", "/kinds/"):
            assert olga.get(f"{root}{odd}").status_code in (301, 404), (root, odd)


@pytest.mark.parametrize("body", BODIES)
def test_the_api_answers_odd_bodies_with_a_problem_and_changes_nothing(cast, olga, body):
    notice = reported(cast).a
    with nothing_changes():
        for address in ("/api/v1/breach/", f"/api/v1/breach_notice/{notice.public_reference}/steps/send/"):
            answer = olga.post(address, body, content_type="application/json")
            assert 400 <= answer.status_code < 500, (address, body)
            assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("kind", sorted(kind for kind, clause in CLAUSES.items() if clause.opened_by_hand))
def test_an_empty_form_says_what_is_missing_and_changes_nothing(cast, olga, kind):
    with nothing_changes():
        answer = olga.post(reverse("open", args=[kind]), {"title": ""})
    assert answer.status_code == 422
    assert "This field is required" in answer.content.decode()


@pytest.mark.parametrize("kind", sorted(kind for kind, clause in CLAUSES.items() if clause.opened_by_hand))
def test_the_api_says_what_is_missing_and_changes_nothing(cast, olga, kind):
    with nothing_changes():
        answer = olga.post(f"/api/v1/{kind}/", {"title": "X"}, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (422, "/problems/invalid-facts")
