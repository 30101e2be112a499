"""A negotiated term over the text it replaces."""

import datetime as dt

import pytest

from agreements import records
from conftest import START, utc
from obligations.periods import describe_period, from_words
from obligations.terms import TermBook

KEY = "subprocessors.notice.before"


def test_a_negotiated_minimum_takes_no_target_from_a_vague_word(cast):
    """The text has a word with a target; a minimum period with a target could not be counted."""
    value = {"business_days": 10, "minimum": True}
    records.set_term(cast.a, KEY, value, effective_from=dt.date(2026, 1, 1), actor=cast.olga, at=START)
    assert TermBook([cast.a]).read(cast.a, KEY, when=utc("2 Mar 09:00").date()).value == value


@pytest.mark.parametrize(
    "value",
    [
        {"hours": 24},
        {"business_days": 1},
        {"days": 30, "minimum": True},
        {"word": "promptly", "target": {"business_days": 2}},
    ],
)
def test_a_period_is_typed_in_the_words_in_which_it_is_shown(value):
    assert from_words(describe_period(value)) == value


def test_other_words_are_no_period():
    assert [from_words(text) for text in ("specific", "24", "soon (target one day)")] == [None] * 3
