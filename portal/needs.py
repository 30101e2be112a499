"""What needs a customer's person: their own clocks, decisions that wait, receipts to confirm. Most urgent first.

Derived from the declarations alone: a new room appears here by itself. The number of statements does not depend
on how many matters there are.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Q

from accounts.roles import CUSTOMER_SIDE, Actor, Role
from obligations.clauses import CLAUSES, CONTROLLER, Clause, Step
from obligations.models import Entry, Matter, Message, Obligation
from obligations.reading import SOON, Clock, clocks

MOST = 500
NOT_THE_HOUSE = CUSTOMER_SIDE | {Role.SYSTEM}


@dataclass(frozen=True)
class Need:
    """One matter that waits for the reader. Without `step` it waits for a colleague: `who` names the role."""

    matter: Matter
    step: Step | None
    further: Sequence[Step]
    clock: Clock | None
    wanted: dt.date | None  # the day that the matter itself is about, such as the start of a sub-processor
    detail: Any
    who: str = ""

    @property
    def template(self) -> str:
        """A presentation of its own for the kinds that need one."""
        own = self.matter.kind in ("breach_notice", "consent", "quote", "instruction", "disclosure_notice")
        return f"portal/needs/{self.matter.kind if own else 'any'}.html"

    @property
    def when(self) -> dt.datetime | None:
        return self.clock.when if self.clock else None

    @property
    def urgency(self) -> str:
        """Class of the pill: late, soon or ok; empty where no clock runs."""
        if self.clock is None:
            return ""
        return {"theirs-late": "late", "late": "late", "over": "soon", "soon": "soon"}.get(
            self.clock.urgency, "ok"
        )


def find(actor: Actor, now: dt.datetime) -> list[Need]:
    """Everything that waits for this person, by urgency."""
    rows = list(_candidates(actor))
    ids = [row.pk for row in rows]
    own = _clocks(ids, now)
    receipts = _unconfirmed(ids)
    entered, answered = _entered_by(ids), _answered(ids)
    steps = {row.pk: open_steps(row, CUSTOMER_SIDE) for row in rows}
    refused = blocked(rows, steps, now)
    details = _details(rows)
    found = []
    for row in rows:
        able = [step for step in steps[row.pk] if (row.pk, step.name) not in refused]
        waiting = _waiting(
            row, able, own.get(row.pk, ()), receipts, entered.get(row.pk, ""), answered.get(row.pk, set())
        )
        if waiting or own.get(row.pk):
            found.append(_need(row, waiting, able, own.get(row.pk, ()), details.get(row.pk), actor))
    return sorted(found, key=lambda need: _rank(need, now))


def open_steps(row: Matter, roles: Iterable[str]) -> list[Step]:
    """The steps that people of these roles may take of the matter as it stands, guards aside."""
    held = frozenset(roles)
    return [step for step in row.clause.steps if row.state in step.from_states and held & step.takers]


def receipts_of(clause: Clause) -> set[str]:
    """Steps with which somebody confirms that a message has arrived."""
    return {step.notice.on_receipt for step in clause.steps if step.notice} - {""}


def taking_back(clause: Clause) -> set[str]:
    """Steps that end a duty and meet none, such as withdrawing a request: nobody waits for them."""
    ended = {name for duty in clause.duties for name in duty.ends}
    meeting = {name for duty in clause.duties for name in duty.met_by}
    return {step.name for step in clause.steps if step.closes} & ended - meeting


def _candidates(actor: Actor) -> Iterable[Matter]:
    """Open matters in whose state a customer's person can do something, or whose clock is the customer's."""
    states = Q(obligations__owed_by=CONTROLLER, obligations__state="open")
    for clause in CLAUSES.values():
        names = {s for step in clause.steps if step.takers & CUSTOMER_SIDE for s in step.from_states if s}
        if names:
            states |= Q(kind=clause.kind, state__in=sorted(names))
    rows = Matter.objects.filter(states, closed_at=None, customer__in=actor.at_customers.keys())
    return rows.distinct().select_related("customer", "agreement__customer").order_by("-pk")[:MOST]


def _clocks(ids: Sequence[int], now: dt.datetime) -> dict[int, list[Clock]]:
    rows = Obligation.objects.filter(matter__in=ids, state="open", owed_by=CONTROLLER)
    found: dict[int, list[Clock]] = {}
    for clock in clocks(rows.select_related("matter"), now):
        found.setdefault(clock.row.matter_id, []).append(clock)
    return found


def _unconfirmed(ids: Sequence[int]) -> set[tuple[int, str]]:
    rows = Message.objects.filter(matter__in=ids, state__in=("queued", "sent")).exclude(step_on_receipt="")
    return set(rows.values_list("matter_id", "step_on_receipt").distinct())


def _entered_by(ids: Sequence[int]) -> dict[int, str]:
    """The step that led each matter into its present state."""
    rows = Entry.objects.filter(matter__in=ids, proposed=False).exclude(from_state=F("to_state"))
    return dict(rows.order_by("pk").values_list("matter_id", "step"))


def _answered(ids: Sequence[int]) -> dict[int, set[str]]:
    """Duties of the customer that have ended, by matter: what meets them does not wait any more."""
    rows = Obligation.objects.filter(matter__in=ids, owed_by=CONTROLLER).exclude(state="open")
    found: dict[int, set[str]] = {}
    for pk, duty in rows.values_list("matter_id", "duty"):
        found.setdefault(pk, set()).add(duty)
    return found


def blocked(
    rows: Sequence[Matter], steps: Mapping[int, Sequence[Step]], now: dt.datetime
) -> dict[tuple[int, str], str]:
    """What guards refuse, in words: each guard is asked once, about all of its matters."""
    asked: dict[tuple[str, str], list[Matter]] = {}
    for row in rows:
        for step in steps[row.pk]:
            if step.guard:
                asked.setdefault((row.kind, step.name), []).append(row)
    found: dict[tuple[int, str], str] = {}
    for (kind, name), batch in asked.items():
        guard = CLAUSES[kind].step(name).guard
        reasons = guard(batch, now) if guard else {}
        found |= {(pk, name): reason for pk, reason in reasons.items() if reason}
    return found


def _details(rows: Sequence[Matter]) -> dict[int, Any]:
    found: dict[int, Any] = {}
    for kind in sorted({row.kind for row in rows if row.clause.detail}):
        model = CLAUSES[kind].detail
        if model is not None:
            found |= model.objects.in_bulk([row.pk for row in rows if row.kind == kind])
    return found


def _waiting(
    row: Matter,
    able: Sequence[Step],
    own: Sequence[Clock],
    receipts: set[tuple[int, str]],
    entered: str,
    answered: set[str],
) -> list[Step]:
    """What meets a clock of the customer, then decisions that are its alone, then receipts."""
    clause = row.clause
    meets = {name for clock in own for name in clock.duty.met_by}
    done = {name for duty in clause.duties if duty.name in answered for name in duty.met_by} - meets
    theirs = {step.name for step in clause.steps if step.by <= NOT_THE_HOUSE}
    house_moved = entered not in theirs
    receipt_steps = receipts_of(clause)
    first = [step for step in able if step.name in meets]
    decisions = [
        step
        for step in able
        if step.name in theirs - receipt_steps - meets - done - taking_back(clause)
        and house_moved
        and not own
    ]
    unread = [step for step in able if (row.pk, step.name) in receipts]
    return [*first, *decisions, *unread]


def _need(
    row: Matter,
    waiting: Sequence[Step],
    able: Sequence[Step],
    own: Sequence[Clock],
    detail: Any,
    actor: Actor,
) -> Need:
    roles = actor.roles_at(row.customer_id)
    mine = [step for step in waiting if roles & step.takers]
    step = mine[0] if mine else None
    further = [other for other in able if roles & other.takers and other is not step]
    who = "" if step else _colleague(waiting)
    wanted = getattr(detail, "starts_on", None)
    return Need(row, step, further, own[0] if own else None, wanted, detail, who)


def _colleague(waiting: Sequence[Step]) -> str:
    roles = {role for step in waiting[:1] for role in step.takers & CUSTOMER_SIDE}
    return str(Role(min(roles)).label) if roles else ""


def _rank(need: Need, now: dt.datetime) -> tuple[int, float, int]:
    """Clocks by what ends first; then what names a day; then the rest, oldest first."""
    when = need.when
    if when is None and need.wanted is not None:
        when = dt.datetime.combine(need.wanted, dt.time(), dt.UTC)
    if when is None:
        return 1 if need.step else 2, 0.0, need.matter.pk
    near = when - now <= SOON
    return 0 if need.step or near else 1, when.timestamp(), need.matter.pk
