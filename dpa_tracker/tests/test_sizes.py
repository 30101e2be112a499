"""What is too large is refused with words before a byte of it is read."""

import pytest
from django.core.handlers.wsgi import WSGIRequest
from django.test import Client

from dpa_tracker.tests.crowd import signed_in
from obligations.evidence import LIMIT

MB = 2**20
FORM = "multipart/form-data; boundary=x"


@pytest.fixture
def nothing_is_read(monkeypatch):
    """Whoever touches the body of a request fails."""

    def read(self, *args):
        raise AssertionError("the body was read")

    monkeypatch.setattr(WSGIRequest, "read", read)
    monkeypatch.setattr(WSGIRequest, "_load_post_and_files", read)


def sent(client: Client, path: str, size: int, kind: str = FORM):
    return client.generic("POST", path, b"", CONTENT_TYPE=kind, CONTENT_LENGTH=str(size))


@pytest.mark.parametrize("path", ["/kinds/breach/open/", "/matters/AAAAA-AAAAA/evidence/", "/x/"])
def test_a_form_over_the_limit_is_refused_unread(cast, nothing_is_read, path):
    answer = sent(signed_in("olga"), path, 10**12)
    assert answer.status_code == 413
    assert "At most 27 MB can be sent at once" in answer.content.decode()


def test_the_api_says_so_as_a_problem(cast, nothing_is_read):
    answer = sent(signed_in("olga"), "/api/v1/breach/", 6 * MB, "application/json")
    assert (answer.status_code, answer.json()["type"]) == (413, "/problems/too-large")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/accounts/login/", "/webhooks/mail/mailgun/", "/invitations/x/"])
def test_who_is_not_signed_in_sends_no_files(db, nothing_is_read, path):
    assert sent(Client(), path, 6 * MB).status_code == 413


def test_the_largest_file_that_is_kept_fits_into_a_form(settings):
    assert settings.REQUEST_MAX_SIZE >= LIMIT + MB


def test_a_length_that_is_none_is_an_empty_body(cast):
    for odd in ("-1", "x", "1e99"):
        answer = signed_in("olga").generic(
            "POST", "/kinds/breach/open/", b"", CONTENT_TYPE=FORM, CONTENT_LENGTH=odd
        )
        assert answer.status_code < 500, odd
