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
from obligations.duties import count
from obligations.models import Matter, Term
from obligations.terms import TermBook

PLACES = {
    "Berlin": {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"},
    "Madrid": {"country": "ES", "subdivision": "MD", "tz": "Europe/Madrid"},
    "Dublin": {"country": "IE", "tz": "Europe/Dublin"},
    "New York": {"country": "US", "subdivision": "NY", "tz": "America/New_York"},
}
ELSEWHERE = {"tz": "Pacific/Auckland"}
IMMEDIATELY = {"word": "immediately", "target": {"hours": 4}}
REASONABLE = {"word": "reasonable", "target": {"hours": 24}}
NOTIFY, REPORT, INFORM = (
    ("breach_notice", "notify_customer"),
    ("breach_notice", "first_report"),
    ("breach_notice", "inform_authority"),
)

# Hours are elapsed hours: the same instant in every place, whatever the clocks and holidays do.
EVERYWHERE = [
    (NOTIFY, IMMEDIATELY, "2026-03-27 16:40", "2026-03-27 20:40", None),
    (NOTIFY, {"hours": 24, "target": {"hours": 4}}, "2026-03-27 16:40", "2026-03-27 20:40", "2026-03-28 16:40"),
    (NOTIFY, {"hours": 24}, "2026-10-24 22:00", "2026-10-25 02:00", "2026-10-25 22:00"),  # 25 h on the wall
    (REPORT, REASONABLE, "2026-03-28 20:00", "2026-03-29 20:00", None),  # 25 h on the wall in Europe
    (INFORM, {"hours": 72}, "2026-03-27 17:30", None, "2026-03-30 17:30"),
    (INFORM, {"hours": 72}, "2026-10-23 22:15", None, "2026-10-26 22:15"),
    (INFORM, {"hours": 72}, "2026-12-24 23:59", None, "2026-12-27 23:59"),
]  # fmt: skip

# Days end at the local midnight; business days leave out the free days of the place.
BY_PLACE = [
    # Thursday 2 April, noon: two business days
    (NOTIFY, {"business_days": 2}, "Berlin", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-08 22:00"),
    (NOTIFY, {"business_days": 2}, "Madrid", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 22:00"),
    (NOTIFY, {"business_days": 2}, "Dublin", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 23:00"),
    (NOTIFY, {"business_days": 2}, "New York", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 04:00"),
    # Wednesday 25 November, the eve of Thanksgiving: one business day
    (NOTIFY, {"business_days": 1}, "Berlin", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-26 23:00"),
    (NOTIFY, {"business_days": 1}, "Madrid", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-26 23:00"),
    (NOTIFY, {"business_days": 1}, "Dublin", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-27 00:00"),
    (NOTIFY, {"business_days": 1}, "New York", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-28 05:00"),
    # Friday 27 March: two days, over the change of clocks in Europe
    (REPORT, {"days": 2}, "Berlin", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 22:00"),
    (REPORT, {"days": 2}, "Madrid", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 22:00"),
    (REPORT, {"days": 2}, "Dublin", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 23:00"),
    (REPORT, {"days": 2}, "New York", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-30 04:00"),
    # Thursday 30 April: one week, no roll, a target that cannot lie behind the due time
    (REPORT, {"weeks": 1}, "Berlin", "2026-04-30 21:30", "2026-05-01 21:30", "2026-05-07 22:00"),
    (REPORT, {"weeks": 1}, "Madrid", "2026-04-30 22:30", "2026-05-01 22:30", "2026-05-08 22:00"),  # 1 May
    (REPORT, {"weeks": 1}, "Dublin", "2026-04-30 22:30", "2026-05-01 22:30", "2026-05-07 23:00"),
    (REPORT, {"weeks": 1}, "New York", "2026-05-01 03:30", "2026-05-02 03:30", "2026-05-08 04:00"),
    # 31 January, 23:30 UTC: already February in Berlin and Madrid; one month
    (INFORM, {"months": 1}, "Berlin", "2026-01-31 23:30", None, "2026-03-01 23:00"),
    (INFORM, {"months": 1}, "Madrid", "2026-01-31 23:30", None, "2026-03-01 23:00"),
    (INFORM, {"months": 1}, "Dublin", "2026-01-31 23:30", None, "2026-03-01 00:00"),
    (INFORM, {"months": 1}, "New York", "2026-01-31 23:30", None, "2026-03-01 05:00"),
    # Sunday 3 May to Saturday 9 May; rolled to the next business day: Monday
    (INFORM, {"days": 6, "roll": True}, "Berlin", "2026-05-03 12:00", None, "2026-05-11 22:00"),
    (INFORM, {"days": 6, "roll": True}, "Madrid", "2026-05-03 12:00", None, "2026-05-11 22:00"),
    (INFORM, {"days": 6, "roll": True}, "Dublin", "2026-05-03 12:00", None, "2026-05-11 23:00"),
    (INFORM, {"days": 6, "roll": True}, "New York", "2026-05-03 12:00", None, "2026-05-12 04:00"),
]  # fmt: skip

TABLE = [
    *((*line[:2], place, *line[2:]) for line in EVERYWHERE for place in PLACES),
    *BY_PLACE,
]


def utc(text: str | None) -> dt.datetime | None:
    return dt.datetime.fromisoformat(text).replace(tzinfo=dt.UTC) if text else None


@pytest.mark.parametrize(("owed", "value", "place", "start", "target", "due"), TABLE)
def test_due_time(cast, owed, value, place, start, target, due):
    kind, name = owed
    duty = CLAUSES[kind].duty(name)
    sides = ("our_calendar", "their_calendar")
    debtor, creditor = sides if duty.owed_by == PROCESSOR else reversed(sides)
    agreement = add_agreement(cast, "Table", **{debtor: PLACES[place], creditor: ELSEWHERE})
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
