"""Whoever sees every customer's rows is in the log, with what for; who sees their own is not worth a line."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from accounts import scope as scopes
from accounts.scope import ALL, scope
from accounts.tests.people import user
from dpa_tracker.tests.crowd import signed_in
from obligations.tests.engine import reported


@contextmanager
def logged(caplog) -> Iterator[None]:
    """Outside the scope in which tests run."""
    token = scopes._now_open.set(None)
    scopes._said.clear()
    with caplog.at_level(logging.INFO):
        yield
    scopes._now_open.reset(token)


def lines(caplog) -> list[str]:
    return [
        r.getMessage() for r in caplog.records if r.name == "accounts.scope" and r.levelno == logging.INFO
    ]


def test_a_page_of_staff_names_the_person_and_the_page_without_its_key(cast, caplog):
    row = reported(cast).a
    olga = signed_in("olga")
    with logged(caplog):
        olga.get(f"/matters/{row.public_reference}/")
    assert lines(caplog) == [f"scope *: user {user('olga').pk}, GET <matters/<slug:reference>/>"]


def test_a_customers_page_is_no_line(cast, caplog):
    carl = signed_in("carl")
    with logged(caplog):
        carl.get("/")
    assert lines(caplog) == []


def test_a_job_says_its_name_once_however_deep_it_goes(db, caplog):
    with logged(caplog), scope(ALL, reason="sweep"), scope(ALL, reason="deeper", reader=1):
        pass
    assert lines(caplog) == ["scope *: sweep"]


def test_what_comes_back_at_each_tick_is_a_line_an_hour_and_a_person_is_one_each_time(
    db, caplog, monkeypatch
):
    with logged(caplog):
        for reason, reader in (
            ("sweep", None),
            ("sweep", None),
            ("user 1", 1),
            ("user 1", 1),
            ("seal", None),
        ):
            with scope(ALL, reason=reason, reader=reader):
                pass
        monkeypatch.setattr(scopes, "SAY_AGAIN", 0.0)
        with scope(ALL, reason="sweep"):
            pass
    said = [line.removeprefix("scope *: ") for line in lines(caplog)]
    assert said == ["sweep", "user 1", "user 1", "seal", "sweep"]
