"""What Today shows: ranges of indexed columns, a fixed number of statements, however many obligations run.

The keys of all lists are found first, by the narrow table's indexes alone: joined to their matters at once, the
planner (which cannot know how much the walls let through) reads every matter.

An obligation stands under the next instant that counts: our own target, or the legal end where there is no target.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.roles import Actor
from obligations import reading
from obligations.calendars import Calendar
from obligations.clauses import CONTROLLER, PROCESSOR, Step
from obligations.clock import reckon
from obligations.models import Agreement, Matter, Obligation
from obligations.models_agreement import calendar_from
from obligations.terms import TermBook
from obligations.units import BusinessDays

SOON: Final = dt.timedelta(hours=72)
NEXT_DAYS: Final = 10
WHO: Final = ("mine", "team", "all")
# (kind, state) of matters that wait until a sub-processor does something.
AT_SUBPROCESSORS: Final = (("erasure", "erased"), ("subprocessor_failure", "unresolved"))
MOST: Final = {"late": 25, "over": 15, "ahead": 50, "theirs": 15, "unheard": 15}
WAITING: Final = 15


@dataclass(frozen=True)
class Line:
    """A row of Today: the clock, what its pill says, and the steps that meet it."""

    clock: reading.Clock
    words: str
    urgency: str
    steps: Sequence[Step]

    @property
    def step(self) -> Step | None:
        """The one that the row leads to."""
        return self.steps[0] if self.steps else None

    @property
    def row(self) -> Obligation:
        return self.clock.row

    @property
    def until(self) -> dt.datetime | None:
        """What the pill counts down to, or up from: the target until the legal end has passed."""
        return (self.row.target_at if self.by_target else self.clock.when) if self.row.is_open else None

    @property
    def by_target(self) -> bool:
        return self.words.endswith((reading.TO_TARGET, reading.OVER))

    @property
    def theirs(self) -> bool:
        return self.clock.theirs


@dataclass(frozen=True)
class Some:
    """The first lines of a list; `more`: there are others."""

    lines: Sequence[Any]
    more: bool

    @property
    def number(self) -> str:
        return f"{len(self.lines)}+" if self.more else str(len(self.lines))


def next_instant() -> Coalesce:
    """The expression of the indexes obligation_open_next and obligation_owner_next."""
    return Coalesce("target_at", "due_at")


def of(rows: QuerySet[Any], who: str, actor: Actor) -> QuerySet[Any]:
    """Mine, my team's (those with whom I share an agreement), or everybody's."""
    if who == "mine":
        return rows.filter(owner=actor.user_id)
    if who == "team":
        shared = Agreement.objects.filter(Q(owner=actor.user_id) | Q(deputy=actor.user_id))
        colleagues = Q(owner__in=shared.values("owner")) | Q(owner__in=shared.values("deputy"))
        return rows.filter(Q(owner=actor.user_id) | colleagues)
    return rows


def house_calendar() -> Calendar:
    """Calendar of the house: business days on a page are its own."""
    house = TermBook(()).house
    return calendar_from(house.settings.get("calendar") if house else None)


def read(actor: Actor, who: str, now: dt.datetime) -> dict[str, Any]:
    """Everything on the page: four statements."""
    end = reckon(BusinessDays(NEXT_DAYS), now, house_calendar()).due_at
    rows = of(Obligation.objects.filter(state="open").annotate(next_at=next_instant()), who, actor)
    ours, theirs = rows.filter(owed_by=PROCESSOR), rows.filter(owed_by=CONTROLLER)
    ordered = ours.order_by("next_at", "id")
    # A target never lies behind its due time: the first condition is the index's range.
    late = ours.filter(next_at__lte=now, due_at__lte=now).order_by("due_at", "id")
    not_late = Q(due_at=None) | Q(due_at__gt=now)
    lists = {
        "late": late,
        "over": ordered.filter(not_late, next_at__lte=now),
        "ahead": ordered.filter(next_at__gt=now, next_at__lt=end),
        "theirs": theirs.order_by("next_at", "id"),
        # What is held for its reader has not rung yet.
        "unheard": ours.filter(rang_at__lte=now, acknowledged_at=None).order_by("rang_at", "id"),
    }
    found = reading.first_of_each({name: lists[name][: most + 1] for name, most in MOST.items()})
    lines = {name: some(found[name], most, actor, now) for name, most in MOST.items()}
    ahead = lines.pop("ahead")
    soon = [line for line in ahead.lines if (line.row.target_at or line.row.due_at) - now <= SOON]
    later = ahead.lines[len(soon) :]
    return {
        "end": end,
        **lines,
        "soon": Some(soon, ahead.more and not later),
        "later": Some(later, ahead.more),
        **waiting(who, actor),
    }


def some(rows: Sequence[Obligation], most: int, actor: Actor, now: dt.datetime) -> Some:
    """The first rows of a list, each with its step; one more than `most` says that there are others."""
    return Some([line(row, actor, now) for row in rows[:most]], len(rows) > most)


def line(row: Obligation, actor: Actor, now: dt.datetime) -> Line:
    """One obligation; its pill counts by its target until the legal end has passed."""
    clock = reading.clock(row, now)
    steps = reading.meeting_steps(clock, actor)
    if not (row.is_open and row.due_at and row.target_at and row.target_at < row.due_at and now < row.due_at):
        return Line(clock, clock.words, clock.urgency, steps)
    if now >= row.target_at:
        return Line(clock, f"{reading.span(now - row.target_at)} {reading.OVER}", "over", steps)
    left = row.target_at - now
    urgency = "soon" if left <= SOON else clock.urgency
    return Line(clock, f"{reading.span(left)} {reading.TO_TARGET}", urgency, steps)


def waiting(who: str, actor: Actor) -> dict[str, Any]:
    """Open matters that wait for a second person, or for a sub-processor: one statement."""
    at_sub = Q()
    for kind, state in AT_SUBPROCESSORS:
        at_sub |= Q(kind=kind, state=state)
    rows = Matter.objects.filter(closed_at=None).filter(Q(proposal__isnull=False) | at_sub)
    rows = of(rows, who, actor).select_related("proposal")
    found = list(rows.order_by("id")[: 2 * WAITING + 1])
    for matter in found:
        if matter.proposal:
            matter.proposal.matter = matter  # it is known: no statement for each
    proposed = [matter for matter in found if matter.proposal_id]
    outside = [matter for matter in found if not matter.proposal_id]
    return {
        "proposed": Some(proposed[:WAITING], len(proposed) > WAITING),
        "outside": Some(outside[:WAITING], len(outside) > WAITING),
    }
