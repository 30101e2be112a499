"""Due times of every duty, counted by hand: what a contract means in Berlin, Madrid, Dublin and New York.

Each line: kind, duty, the term's value, the debtor's place, start, target, due; instants in UTC. The other
party sits where no holiday is known, so a count in the wrong place is seen. In 2026 the clocks go forward on
8 March (New York) and 29 March (Europe), and back on 25 October (Europe) and 1 November (New York). Good
Friday is 3 April (free in Berlin and Madrid), Easter Monday 6 April (free in Berlin and Dublin).
"""

import datetime as dt

import pytest

from conftest import START, add_agreement
from obligations.clauses import CLAUSES, PROCESSOR
from obligations.counting import count
from obligations.models import Matter, Term
from obligations.terms import TermBook
from obligations.tests.kinds import rooms

PLACES = {
    "Berlin": {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"},
    "Madrid": {"country": "ES", "subdivision": "MD", "tz": "Europe/Madrid"},
    "Dublin": {"country": "IE", "tz": "Europe/Dublin"},
    "New York": {"country": "US", "subdivision": "NY", "tz": "America/New_York"},
}
ELSEWHERE = {"tz": "Pacific/Auckland"}
NOTIFY, REPORT, INFORM = (
    ("breach_notice", "notify_customer"),
    ("breach_notice", "first_report"),
    ("breach_notice", "inform_authority"),
)
TABLE = [line for room in rooms() for line in getattr(room, "DUE_TIMES", ())]


def utc(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None


@pytest.mark.parametrize(("owed", "value", "place", "start", "target", "due"), TABLE)
def test_due_time(cast, owed, value, place, start, target, due):
    kind, name = owed
    duty = CLAUSES[kind].duty(name)
    sides = ("our_calendar", "their_calendar")
    debtor, creditor = sides if duty.owed_by == PROCESSOR else reversed(sides)
    agreement = add_agreement(cast, "Table", **{debtor: PLACES[place], creditor: ELSEWHERE})
    if duty.term:
        Term.objects.create(
            agreement=agreement,
            customer=agreement.customer,
            key=duty.term,
            value=value,
            effective_from=START.date(),
        )
    matter = Matter(kind=kind, agreement=agreement, customer=agreement.customer)
    found = count(matter, duty, utc(start), TermBook([agreement]))
    assert (found.target_at, found.due_at) == (utc(target), utc(due))


def test_the_table_names_every_duty_in_every_place():
    declared = {(kind, duty.name) for kind, clause in CLAUSES.items() for duty in clause.duties}
    assert {(owed, place) for owed, _, place, *_ in TABLE} == {(owed, p) for owed in declared for p in PLACES}


@pytest.mark.parametrize(
    ("owed", "due", "target"),
    [(NOTIFY, None, {"hours": 4}), (REPORT, None, {"hours": 24}), (INFORM, {"hours": 72}, None)],
)
def test_what_the_contract_says_where_nothing_was_negotiated(cast, owed, due, target):
    """Clause 11 of the text: a word with our own target for our duties, 72 hours for theirs."""
    kind, name = owed
    start = utc("2026-03-27 16:40")
    matter = Matter(kind=kind, agreement=cast.b, customer=cast.b.customer)
    found = count(matter, CLAUSES[kind].duty(name), start, TermBook([cast.b]))
    assert found.due_at == (start + dt.timedelta(**due) if due else None)
    assert found.target_at == (start + dt.timedelta(**target) if target else None)


def test_a_term_counts_as_it_stood_on_the_day_of_the_start(cast):
    for day, hours in (("2026-02-01", 48), ("2026-04-01", 12)):
        Term.objects.create(
            agreement=cast.b,
            customer=cast.b.customer,
            key="breaches.notify_customer.within",
            value={"hours": hours},
            effective_from=dt.date.fromisoformat(day),
        )
    matter = Matter(kind="breach_notice", agreement=cast.b, customer=cast.b.customer)
    duty = CLAUSES["breach_notice"].duty("notify_customer")
    book = TermBook([cast.b])
    due = {day: count(matter, duty, utc(day), book).due_at for day in ("2026-01-31", "2026-03-31 12:00")}
    assert due == {"2026-01-31": None, "2026-03-31 12:00": utc("2026-04-02 12:00")}
    # 22:30 UTC on 31 March is already 1 April in Berlin, where the debtor sits
    assert count(matter, duty, utc("2026-03-31 22:30"), book).due_at == utc("2026-04-01 10:30")
