"""A negotiated term over the text it replaces."""

import datetime as dt

from agreements import records
from conftest import START, utc
from obligations.terms import TermBook

KEY = "subprocessors.notice.before"


def test_a_negotiated_minimum_takes_no_target_from_a_vague_word(cast):
    """The text has a word with a target; a minimum period with a target could not be counted."""
    value = {"business_days": 10, "minimum": True}
    records.set_term(cast.a, KEY, value, effective_from=dt.date(2026, 1, 1), actor=cast.olga, at=START)
    assert TermBook([cast.a]).read(cast.a, KEY, when=utc("2 Mar 09:00").date()).value == value
