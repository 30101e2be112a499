"""A year in the life of a processor: matters of every kind at many customers, `now` moved from hour to hour.

Nothing is random. Who is punctual follows from keys, so that some duties are met early, some over target, some late
and some never. Everything goes through the verbs, `sweep` and `deliver`, with real mail servers.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from types import SimpleNamespace
from typing import Any

from accounts.models import Membership, User
from accounts.roles import CUSTOMER_SIDE, SYSTEM, Actor, actor_of
from agreements import records
from conftest import BERLIN, DUBLIN, MADRID, START, add_agreement
from obligations import delivery
from obligations.actions import acknowledge, advance
from obligations.alerts import sweep
from obligations.clauses import SAME, Clause, Step
from obligations.facts import InvalidFacts
from obligations.models import Agreement, Matter, Obligation
from obligations.tests.kinds import BUILDERS, FACTS, facts_for
from obligations.turn import Refused

NEW_YORK = {"country": "US", "subdivision": "NY", "tz": "America/New_York"}
PLACES = (BERLIN, MADRID, DUBLIN, NEW_YORK)
TICKS = (6, 10, 14, 18)  # hours UTC at which the clock ticks; people work in between
WORK = (8, 16)


class Year:
    """`ticks`: when the clock ticked; `born`: the instant after which each obligation could ring."""

    def __init__(self, cast: SimpleNamespace, customers: int, first: dt.date) -> None:
        self.cast, self.first, self.now = cast, first, START
        self.ticks: list[dt.datetime] = []
        self.born: dict[int, dt.datetime] = {}
        self.steps = 0
        self.agreements = [self._customer(number) for number in range(customers)]
        cast.sven, cast.carl = (actor_of(User.objects.get(pk=who.user_id)) for who in (cast.sven, cast.carl))

    def _customer(self, number: int) -> Agreement:
        """In one of four places; Sven signs and Carl is the contact everywhere."""
        place = PLACES[number % len(PLACES)]
        made = add_agreement(self.cast, f"Customer {number:02}", our_calendar=BERLIN, their_calendar=place)
        for who, role in ((self.cast.sven, "signatory"), (self.cast.carl, "contact")):
            Membership.objects.create(user_id=who.user_id, role=role, customer=made.customer)
        email = f"desk@customer-{number:02}.example"
        records.add_contact(made, name="Desk", email=email, actor=self.cast.olga, at=START)
        return made

    def live(self, days: int) -> None:
        """Every day: matters open, people work, the clock ticks."""
        for day in range(days):
            date = self.first + dt.timedelta(days=day)
            for hour in sorted({*TICKS, *WORK}):
                self.now = dt.datetime.combine(date, dt.time(hour), dt.UTC)
                if hour in TICKS:
                    self._tick()
                else:
                    self._open(day) if hour == WORK[0] else None
                    self._work()

    def _tick(self) -> None:
        sweep(self.now)
        self.ticks.append(self.now)
        delivery.deliver(self.now)
        self._note_births()
        rang = Obligation.objects.filter(state="open", rang_at=self.now, acknowledged_at=None)
        acknowledge(list(rang), actor=self.cast.olga, at=self.now)

    def _note_births(self) -> None:
        new = Obligation.objects.exclude(pk__in=self.born).values_list("pk", flat=True)
        self.born |= dict.fromkeys(new, self.now)

    def _open(self, day: int) -> None:
        """One kind a day at one customer, in turn; where that is refused (it ends already), at the next."""
        kinds = sorted(kind for kind in BUILDERS if kind != "agreement")
        kind, first = kinds[day % len(kinds)], day * 7 + day // len(kinds)
        for place in range(first, first + len(self.agreements)):
            agreement = self.agreements[place % len(self.agreements)]
            try:
                BUILDERS[kind](SimpleNamespace(**{**vars(self.cast), "a": agreement}), self.now)
            except Refused:
                continue
            return self._note_births()

    def _work(self) -> None:
        """Whoever owes something does it when their habit says so."""
        rows = Obligation.objects.filter(state="open").select_related("matter__agreement__customer")
        for row in rows.order_by("pk"):
            if self.now >= habit(row):
                self._towards(row)
        self._note_births()

    def _towards(self, row: Obligation) -> None:
        """The step that meets the duty, or the one that leads there."""
        matter = Matter.objects.select_related("agreement", "customer", "proposal").get(pk=row.matter_id)
        clause = matter.clause
        for step in ways(clause, matter.state, clause.duty(row.duty).met_by):
            if self._take(matter, step):
                return

    def _take(self, matter: Matter, step: Step) -> bool:
        takers = [self._who(step, matter)] if not step.two_people else [self.cast.olga, self.cast.anna]
        taken = False
        for who in filter(None, takers):
            row = Matter.objects.get(pk=matter.pk)
            try:
                facts = {} if row.proposal_id else self._facts(matter, step)
                advance([row], step.name, actor=who, at=self.now, facts=facts)
            except (Refused, InvalidFacts):
                return taken
            taken = True
            self.steps += 1
        return taken

    def _facts(self, matter: Matter, step: Step) -> dict[str, Any]:
        cast = SimpleNamespace(**{**vars(self.cast), "a": matter.agreement or self.agreements[0]})
        own = FACTS.get((matter.kind, step.name))
        return {**facts_for(step.fields, cast, self.now), **(own(cast, matter, self.now) if own else {})}

    def _who(self, step: Step, matter: Matter) -> Actor | None:
        by = set(step.by)
        if by & CUSTOMER_SIDE and matter.customer_id:
            return self.cast.sven if "signatory" in by else self.cast.carl
        for role in ("officer", "approver", "admin"):
            if role in by:
                return {"officer": self.cast.olga, "approver": self.cast.anna, "admin": self.cast.adam}[role]
        return SYSTEM if by == {"system"} and matter.state in step.from_states else None


def habit(row: Obligation) -> dt.datetime:
    """When its debtor acts: early, over target, late or never, by the key."""
    target = row.target_at or row.due_at or row.started_at
    due = row.due_at or target + dt.timedelta(days=5)
    kind = row.pk % 10
    if kind < 6:
        return row.started_at + (target - row.started_at) * 0.6
    if kind < 8:
        return target + (max(due, target) - target) * 0.5 + dt.timedelta(hours=1)
    return due + dt.timedelta(days=2) if kind == 8 else dt.datetime.max.replace(tzinfo=dt.UTC)


def ways(clause: Clause, state: str, wanted: Sequence[str]) -> Iterator[Step]:
    """Steps from this state that are wanted, then those that lead towards one that is (breadth first)."""
    yield from (step for step in clause.steps if step.name in wanted and state in step.from_states)
    goals = {frm for step in clause.steps if step.name in wanted for frm in step.from_states}
    for step in clause.steps:
        moves = state in step.from_states and step.to not in (SAME, state) and not step.closes
        if moves and goals & reachable(clause, step.to):
            yield step


def reachable(clause: Clause, state: str) -> set[str]:
    """States to which steps lead from this one, itself included."""
    found, new = {state}, {state}
    while new:
        new = {
            step.to
            for step in clause.steps
            if step.to != SAME and found & set(step.from_states) and step.to not in found
        }
        found |= new
    return found
