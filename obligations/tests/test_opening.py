"""open_matter: what it writes, and that bad input is refused in words and writes nothing."""

import datetime as dt
import uuid

import pytest
from django.db import transaction

from accounts.scope import scope
from conftest import START, add_agreement, utc
from obligations.actions import open_matter
from obligations.facts import InvalidFacts
from obligations.models import Entry, Matter, Obligation
from obligations.tests.engine import REPORTED, nothing_changes, reported
from obligations.tests.kinds import opening
from obligations.turn import Refused


@pytest.fixture
def case(cast):
    return reported(cast)


def breach_facts(cast, **changes: object) -> dict[str, object]:
    facts = {
        "suspected_at": REPORTED,
        "where": "processor",
        "categories": "customer_content",
        "description": "Found in a log.",
        "agreements": [cast.a.pk],
    }
    return {name: value for name, value in {**facts, **changes}.items() if value is not None}


def opened(cast, now=None, **changes: object) -> Matter:
    title = changes.pop("title", "Breach")
    key = changes.pop("key", None)
    return open_matter(
        "breach",
        actor=cast.olga,
        at=REPORTED,
        now=now,
        facts=breach_facts(cast, **changes),
        title=title,
        key=key,
    )


def test_opening_writes_the_matter_its_children_their_clocks_and_an_entry_each(case):
    assert [m.state for m in (case.breach, *case.all)] == ["suspected", "owed", "owed", "owed"]
    assert Entry.objects.filter(step="open", matter__in=[case.breach, *case.all]).count() == 4
    assert Obligation.objects.filter(matter__in=case.all, state="open").count() == 9
    assert {m.customer_id for m in case.all} == {m.agreement.customer_id for m in case.all}


def test_a_form_sent_twice_opens_one_matter(cast):
    key = uuid.uuid4()
    first = opened(cast, key=key)
    with nothing_changes():
        again = opened(cast, key=key)
    assert again.pk == first.pk


def test_a_role_that_may_not_open_is_refused(cast):
    with nothing_changes(), pytest.raises(Refused, match="Aude may not open a breach"):
        open_matter("breach", actor=cast.aude, at=REPORTED, facts=breach_facts(cast), title="Breach")


@pytest.mark.parametrize(
    ("changes", "name", "words"),
    [
        ({"where": None}, "where", "needed"),
        ({"description": "  "}, "description", ""),
        ({"where": ""}, "where", "needed"),
        ({"agreements": ["one"]}, "agreements", "whole number"),
        ({"agreements": [True]}, "agreements", "whole number"),
        ({"agreements": 3}, "agreements", ""),
        ({"where": "moon"}, "where", "processor, sub-processor"),
        ({"where": 7}, "where", "text"),
        ({"suspected_at": "yesterday"}, "suspected_at", ""),
        ({"suspected_at": dt.datetime(2026, 3, 27, 16)}, "suspected_at", "no time zone"),
        ({"suspected_at": dt.date(2026, 3, 27)}, "suspected_at", "date and a time"),
        ({"description": "a\x00b"}, "description", "NUL"),
        ({"colour": "red"}, "colour", "no such fact"),
    ],
)
def test_missing_unknown_and_mistyped_facts_are_named_and_change_nothing(cast, changes, name, words):
    with nothing_changes(), pytest.raises(InvalidFacts) as found:
        opened(cast, **changes)
    assert list(found.value.problems) == [name]
    assert words in found.value.problems[name]


def test_every_wrong_fact_is_named_at_once(cast):
    with pytest.raises(InvalidFacts) as found:
        opened(cast, where="moon", description=None, colour="red")
    assert set(found.value.problems) == {"where", "description", "colour"}


def test_a_suspicion_in_the_future_is_refused(cast):
    with nothing_changes(), pytest.raises(Refused, match="lies in the future"):
        opened(cast, suspected_at=utc("28 Mar 09:00"), now=REPORTED)


def test_an_unknown_agreement_is_refused_and_nothing_is_opened(cast):
    with nothing_changes(), pytest.raises(Refused, match="no agreement 999999"):
        opened(cast, agreements=[cast.a.pk, 999_999])


@pytest.mark.parametrize(
    "changes",
    [
        {"happened_at": utc("27 Mar 18:00")},  # after it was suspected
        {"sub_processor": "x" * 150},  # longer than its column
        {"title": "x" * 201},
    ],
    ids=["happened after it was suspected", "sub-processor too long", "title too long"],
)
def test_what_the_tables_cannot_hold_is_refused_in_words(cast, changes):
    with nothing_changes(), pytest.raises((InvalidFacts, Refused)), transaction.atomic():
        opened(cast, now=utc("27 Mar 20:00"), **changes)


def test_opening_with_a_naive_instant_is_refused(cast):
    agreement = add_agreement(cast, "Delta")
    Matter.objects.filter(agreement=agreement).update(closed_at=START)
    with nothing_changes(), pytest.raises(ValueError, match="time zone"):
        open_matter(
            "agreement",
            actor=cast.olga,
            at=dt.datetime(2026, 3, 27, 17),
            facts={},
            title="Delta",
            agreement=agreement,
        )


def test_a_key_that_opened_something_out_of_sight_opens_nothing_and_says_nothing_of_it(cast, case):
    key, facts = uuid.uuid4(), opening("amendment", cast, REPORTED)
    Matter.objects.filter(pk=case.breach.pk).update(open_key=key)
    same = {"title": "X", "agreement": cast.a, "key": key, "facts": facts}
    with scope([cast.a.customer_id], "test"), nothing_changes(), pytest.raises(Refused, match="used before"):
        open_matter("amendment", actor=cast.olga, at=REPORTED, **same)
