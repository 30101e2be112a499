"""Clauses 4.2, 5.1 and 17.3: a change of the agreement, and what a failed one allows."""

import datetime as dt

import pytest

from agreements.tests.builders import agreed, proposed, signed
from conftest import utc
from obligations.actions import advance, open_matter
from obligations.facts import InvalidFacts
from obligations.models import Matter, Term
from obligations.terms import TermBook
from obligations.tests.engine import open_clock
from obligations.turn import Refused

AT = utc("2 Mar 09:00")
FIVE = "dsars.forward.within: {business_days: 5}"


def day(month: int, number: int) -> dt.date:
    return dt.date(2026, month, number)


def forward_within(cast, on: dt.date) -> object:
    return TermBook([cast.a]).read(cast.a, "dsars.forward.within", when=on).value


def test_an_amendment_is_in_force_with_the_last_signature(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT, changes=FIVE)
    signed(cast, row, AT, ours=day(3, 1), theirs=day(2, 27))
    row.refresh_from_db()
    assert row.state == "in_force"
    assert forward_within(cast, day(2, 28)) == {"business_days": 10}
    assert forward_within(cast, day(3, 1)) == {"business_days": 5}


def test_one_signature_changes_nothing(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT, changes=FIVE)
    facts = {"signed_by_us_on": day(3, 1), "typed_name": "Anna"}
    advance([Matter.objects.get(pk=row.pk)], "sign_for_us", actor=cast.anna, at=AT, facts=facts)
    row.refresh_from_db()
    assert row.state == "agreed"
    assert not Term.objects.filter(key="dsars.forward.within").exists()


def test_terms_change_on_the_agreed_day_when_it_is_after_the_last_signature(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT, changes=FIVE, effective_from=day(7, 1))
    signed(cast, row, AT, ours=day(3, 1), theirs=day(3, 2))
    assert forward_within(cast, day(6, 30)) == {"business_days": 10}
    assert forward_within(cast, day(7, 1)) == {"business_days": 5}


def test_a_day_before_the_last_signature_is_moved_to_it(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT, changes=FIVE, effective_from=day(1, 1))
    signed(cast, row, AT, ours=day(3, 1), theirs=day(3, 2))
    assert Term.objects.get(key="dsars.forward.within").effective_from == day(3, 2)


def test_a_new_text_ends_the_signatures_of_the_old_one(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT, changes=FIVE)
    facts = {"signed_by_us_on": day(3, 1), "typed_name": "Anna"}
    advance([Matter.objects.get(pk=row.pk)], "sign_for_us", actor=cast.anna, at=AT, facts=facts)
    agreed(cast, row, AT, changes="dsars.forward.within: {business_days: 3}")
    facts = {"signed_by_customer_on": day(3, 2), "typed_name": "Sven"}
    advance([Matter.objects.get(pk=row.pk)], "sign_for_customer", actor=cast.sven, at=AT, facts=facts)
    row.refresh_from_db()
    assert row.state == "agreed"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ("dsars.forward.withing: {business_days: 5}", "dsars.forward.within"),
        ("dsars.forward.within: {businessdays: 5}", "business_days"),
        ("five business days", "one term in a line"),
        ("dsars.forward.within: {business_days", "cannot be read"),
    ],
)
def test_a_change_that_cannot_be_is_refused_with_what_would_be_right(cast, changes, words):
    row = proposed(cast, cast.a, AT)
    with pytest.raises((Refused, InvalidFacts), match=words):
        agreed(cast, row, AT, changes=changes)
    row.refresh_from_db()
    assert row.state == "proposed"


def test_a_signature_is_not_dated_tomorrow(cast):
    row = proposed(cast, cast.a, AT)
    agreed(cast, row, AT)
    with pytest.raises(Refused, match="lies ahead"):
        signed(cast, row, AT, ours=day(3, 3), theirs=day(3, 2))


def test_each_move_starts_ten_business_days_anew_and_both_targets_are_told_apart(cast):
    row = proposed(cast, cast.a, AT)
    assert open_clock(row, "agree").reckoning["target"]["last_day"] == "2026-04-01"
    later = utc("10 Mar 09:00")
    advance([row], "negotiate", actor=cast.olga, at=later, facts={"move": "They sent a draft."})
    clock = open_clock(row, "negotiate")
    assert (clock.occurrence, clock.reckoning["target"]["last_day"]) == (2, "2026-03-24")


def failed(cast, *, by_law: bool = True) -> None:
    row = proposed(cast, cast.a, AT, by_law=by_law)
    advance([row], "fail", actor=cast.sven, at=AT, facts={"reason": "They differ."})


def terminate(cast, end_on: dt.date) -> Matter:
    facts = {"end_on": end_on, "reason": "No agreement."}
    return open_matter(
        "termination_notice", actor=cast.anna, at=AT, facts=facts, title="The end", agreement=cast.a, now=AT
    )


def test_nobody_terminates_while_no_amendment_has_failed(cast):
    proposed(cast, cast.a, AT)
    with pytest.raises(Refused, match="No amendment that the law needs has failed"):
        terminate(cast, day(4, 30))


def test_a_failed_amendment_that_no_law_needs_does_not_allow_to_terminate(cast):
    failed(cast, by_law=False)
    with pytest.raises(Refused, match="No amendment that the law needs has failed"):
        terminate(cast, day(4, 30))


def test_thirty_full_days_lie_before_the_end_and_an_earlier_one_is_refused(cast):
    """Notice on 2 March: 3 March is the first of thirty days and 1 April the last."""
    failed(cast)
    with pytest.raises(Refused, match="earliest end is the end of 1 April 2026"):
        terminate(cast, day(3, 31))
    assert terminate(cast, day(4, 1)).state == "given"


def test_a_notice_that_arrived_late_moves_the_end(cast):
    failed(cast)
    row = terminate(cast, day(4, 1))
    advance([row], "send", actor=cast.anna, at=AT, facts={"text": "We terminate."})
    received, over = utc("5 Mar 09:00"), utc("7 Apr 09:00")
    row.refresh_from_db()
    advance([row], "received", actor=cast.carl, at=received, facts={})
    row.refresh_from_db()
    with pytest.raises(Refused, match="earliest end is the end of 4 April 2026"):
        advance([row], "take_effect", actor=cast.olga, at=over, facts={"last_day": day(4, 1)})
    advance([row], "take_effect", actor=cast.olga, at=over, facts={"last_day": day(4, 4)})
    assert Matter.objects.get(kind="exit", agreement=cast.a).exit.last_day == day(4, 4)
