"""What pages and API show: reads with a fixed number of statements, and the words for clocks."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.roles import Actor
from obligations.changes import INTERNAL
from obligations.clauses import CLAUSES, CONTROLLER, SAME, Clause, Duty, Step
from obligations.models import Entry, Matter, Obligation

SOON = dt.timedelta(hours=72)
RUNNING = re.compile(r"\b([A-Z]{2,3})-(\d{1,18})\b")  # a staff reference, such as BR-12
LEFT, LATE, TO_TARGET, OVER = "left", "late", "to target", "over target"


@dataclass(frozen=True)
class Clock:
    """An obligation as a person reads it at `now`. `urgency`: late, over, soon, ok, vague, theirs or done."""

    row: Obligation
    duty: Duty
    urgency: str
    verdict: str
    left: str

    @property
    def theirs(self) -> bool:
        return self.row.owed_by == CONTROLLER

    @property
    def when(self) -> dt.datetime | None:
        """The date that counts: due, else target."""
        return self.row.due_at or self.row.target_at

    @property
    def until(self) -> dt.datetime | None:
        """What its pill counts down to, or up from; nothing once it has ended."""
        return self.when if self.row.is_open else None

    @property
    def words(self) -> str:
        """What its pill says."""
        return self.left or self.verdict


def clock(row: Obligation, now: dt.datetime) -> Clock:
    """Late and over target are derived here and stored nowhere. `row.matter` must be loaded."""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    end = row.ended_at or now
    late = row.due_at is not None and end >= row.due_at and row.state in ("open", "met")
    over = row.target_at is not None and end >= row.target_at and row.state in ("open", "met")
    if not row.is_open:
        return Clock(row, duty, "done", _ended(row, late, over), "")
    words = _left(row, now)
    if late:
        return Clock(row, duty, "late" if row.owed_by != CONTROLLER else "theirs-late", "late", words)
    if over:
        return Clock(row, duty, "over", "over target", words)
    when = row.due_at or row.target_at
    near = when is not None and when - now <= SOON
    urgency = "soon" if near else "ok"
    return Clock(row, duty, urgency, "provisional" if row.provisional else "running", words)


def _ended(row: Obligation, late: bool, over: bool) -> str:
    if row.state != Obligation.State.MET:
        was_late = row.due_at is not None and row.ended_at is not None and row.ended_at >= row.due_at
        return f"{row.state} after it was late" if was_late else row.state
    if late and row.due_at and row.met_at:
        return f"met late by {span(row.met_at - row.due_at)}"
    on_time = "met on time" if row.due_at else "met"
    if over and row.target_at and row.met_at:
        return f"{on_time}, over target by {span(row.met_at - row.target_at)}"
    return f"{on_time}, under target" if row.target_at else on_time


def _left(row: Obligation, now: dt.datetime) -> str:
    if row.due_at is not None:
        return f"{span(now - row.due_at)} {LATE}" if now >= row.due_at else f"{span(row.due_at - now)} {LEFT}"
    if row.target_at is None:
        return ""
    if now >= row.target_at:
        return f"{span(now - row.target_at)} {OVER}"
    return f"{span(row.target_at - now)} {TO_TARGET}"


def span(length: dt.timedelta) -> str:
    """A length in two units at most: "11 h 35 min", "3 d 4 h"."""
    minutes = int(length.total_seconds()) // 60
    days, rest = divmod(minutes, 1440)
    hours, minutes = divmod(rest, 60)
    if days > 9:
        return f"{days} d"
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min"


def clocks(rows: Iterable[Obligation], now: dt.datetime) -> list[Clock]:
    """Clocks in order of urgency: open ones by what is due next, then ended ones, newest first."""
    found = [clock(row, now) for row in rows]
    running = sorted(
        (c for c in found if c.row.is_open), key=lambda c: (c.when is None, c.when or now, c.row.pk)
    )
    ended = sorted((c for c in found if not c.row.is_open), key=lambda c: c.row.ended_at or now, reverse=True)
    return [*running, *ended]


def next_clocks(matters: Iterable[Matter], now: dt.datetime) -> dict[int, Clock]:
    """The most urgent open clock of each matter that has one. One statement for any number."""
    rows = Obligation.objects.filter(matter__in=[row.pk for row in matters], state="open")
    found: dict[int, Clock] = {}
    for running in clocks(rows.select_related("matter"), now):
        found.setdefault(running.row.matter_id, running)
    return found


def meeting_steps(clock: Clock, actor: Actor) -> list[Step]:
    """The steps with which the actor can meet an open duty now, else one that leads to where that can be done."""
    matter, duty = clock.row.matter, clock.duty
    if clock.theirs or not clock.row.is_open:
        return []
    meeting = [s for s in matter.clause.steps if s.name in duty.met_by]
    roles = actor.roles_at(matter.customer_id)
    open_now = [s for s in matter.clause.steps if matter.state in s.from_states and roles & s.takers]
    direct = [s for s in open_now if s in meeting]
    if direct or any(matter.state in s.from_states and not s.by <= {"system"} for s in meeting):
        return direct  # somebody else's step, where it is not the reader's
    wanted = {state for s in meeting for state in s.from_states}
    return [s for s in open_now if s.to != SAME and s.to in wanted and not s.closes][:1]


def may_open(actor: Actor, clause: Clause) -> bool:
    """Whether the actor may open such a matter by hand, somewhere."""
    held = actor.house.union(*actor.at_customers.values()) if clause.of == "agreement" else actor.house
    return clause.opened_by_hand and bool(held & clause.step("open").takers)


def open_obligations() -> QuerySet[Obligation]:
    """Open obligations with what a row of a list shows."""
    return Obligation.objects.filter(state="open").select_related(
        "matter__agreement", "matter__customer", "owner", "customer"
    )


def first_of_each(lists: Mapping[str, QuerySet[Obligation]]) -> dict[str, list[Obligation]]:
    """The rows of several ordered and sliced lists of open obligations, with what a line shows: two statements.

    First the keys, by the indexes of the one table: joined to their matters at once, the planner, which cannot know
    how much the walls let through, reads every matter there is.
    """
    parts: list[str] = []
    given: list[Any] = []
    for name, rows in lists.items():
        sql, values = rows.values("pk").query.sql_with_params()
        parts.append(f"SELECT '{name}', row_number() OVER (), k.* FROM ({sql}) k")
        given += values
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), given)
        keys = sorted(cursor.fetchall())
    rows = Obligation.objects.filter(state="open").select_related("matter", "owner", "customer")
    known = rows.defer("reckoning").in_bulk({pk for _name, _place, pk in keys})
    return {name: [known[pk] for of, _place, pk in keys if of == name and pk in known] for name in lists}


def whole(reference: str) -> Matter | None:
    """A matter by its public reference, with what its page shows; None when there is none in scope.

    Never its parent by a join: a join does not ask the wall, and the parent of a customer's matter is the house's.
    """
    rows = Matter.objects.select_related("agreement__customer", "customer", "owner", "proposal").filter(
        public_reference=reference
    )
    return rows.first()


def visible(entries: Iterable[Entry], matter: Matter, actor: Actor) -> list[Entry]:
    """Customers read what was sent to them and what they did; staff read every entry of the matter."""
    found = list(entries)
    for entry in found:
        entry.matter = matter  # it is known: no statement for each entry
    if actor.is_staff:
        return found
    return [e for e in found if e.step not in INTERNAL and not e.proposed]


def for_customers(words: Iterable[str]) -> list[str]:
    """Words that a verb or a guard said, with the references that customers know instead of the running ones.

    One statement at most, inside the reader's scope: what lies outside is another matter.
    """
    texts, prefixes = list(words), {clause.prefix for clause in CLAUSES.values()}
    met = [match for text in texts for match in RUNNING.finditer(text) if match[1] in prefixes]
    if not met:
        return texts
    rows = Matter.objects.filter(pk__in={int(match[2]) for match in met})
    known = {row.reference: row.public_reference for row in rows}

    def told(match: re.Match[str]) -> str:
        return known.get(match[0], _("another matter")) if match[1] in prefixes else match[0]

    return [RUNNING.sub(told, text) for text in texts]


def page_before(rows: QuerySet[Any], before: int | None, size: int) -> tuple[Sequence[Any], int | None]:
    """The newest `size` rows below a key, and the key of the next page: no counting, the same cost anywhere."""
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found = list(rows.order_by("-pk")[: size + 1])
    return found[:size], found[size - 1].pk if len(found) > size else None
