"""What a step does to obligations: meets, lapses, renews and starts them, with each agreement's own terms."""

import datetime as dt
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from accounts.models import User
from obligations import ladder
from obligations.bulk import set_columns
from obligations.clauses import CLAUSES, PROCESSOR, Duty, Start
from obligations.counting import appointed, calendar_for, count, put_reckoning, started
from obligations.models import Matter, Obligation
from obligations.terms import TermBook
from obligations.turn import Refused, Turn

STATE_COLUMNS = ("state", "met_at", "ended_at", "next_alert_at")


def settle(turn: Turn) -> None:
    """Meet, lapse and start obligations for a step. Three statements, however many matters."""
    touched = [duty for duty in turn.clause.duties if _touches(duty, turn.step.name)]
    if not touched:
        return
    latest = _latest(turn, touched)
    changed: list[Obligation] = []
    to_start: list[tuple[Matter, Duty, Start, int, int]] = []
    for matter in turn.matters:
        for duty in touched:
            row = latest.get((matter.pk, duty.name))
            if row is not None and _closes(row, duty, turn):
                changed.append(row)
            start = next((start for start in duty.starts if start.step == turn.step.name), None)
            facts = turn.entries[matter.pk].facts
            if start and (duty.applies is None or duty.applies(matter, facts)):
                place = _place(row, start, turn, changed)
                if place:
                    to_start.append((matter, duty, start, *place))
    write_states(changed)
    if to_start:
        Obligation.objects.bulk_create(_started(turn, to_start))


def write_states(rows: list[Obligation], was: str = Obligation.State.OPEN) -> None:
    """Store a changed state; Refused when another process changed one of the rows first."""
    if rows and set_columns(rows, STATE_COLUMNS, where=f"t.state = '{Obligation.State(was).value}'") != len(
        rows
    ):
        raise Refused({row.matter_id: "Somebody else changed this at the same moment." for row in rows})


def close(row: Obligation, state: str, at: dt.datetime) -> Obligation:
    """Set an obligation's end (not yet stored)."""
    row.state, row.ended_at, row.next_alert_at = state, at, None
    row.met_at = at if state == Obligation.State.MET else None
    return row


def _touches(duty: Duty, step: str) -> bool:
    return step in duty.met_by or step in duty.ends or any(start.step == step for start in duty.starts)


def _latest(turn: Turn, duties: Iterable[Duty]) -> dict[tuple[int, str], Obligation]:
    if turn.step.from_states == ("",):
        return {}  # a matter that is being opened has none
    rows = Obligation.objects.filter(
        matter__in=[matter.pk for matter in turn.matters], duty__in=[duty.name for duty in duties]
    ).order_by("occurrence", "round")
    return {(row.matter_id, row.duty): row for row in rows}


def _closes(row: Obligation, duty: Duty, turn: Turn) -> bool:
    if not row.is_open:
        return False
    at = turn.entries[row.matter_id].at
    if turn.step.name in duty.met_by:
        close(row, Obligation.State.MET, at)
    elif turn.step.name in duty.ends:
        close(row, Obligation.State.LAPSED, at)
    return not row.is_open


def _place(
    row: Obligation | None, start: Start, turn: Turn, changed: list[Obligation]
) -> tuple[int, int] | None:
    """(occurrence, round) of the obligation to start; None when the running clock stays."""
    if row is None:
        return 1, 1
    if row.is_open:
        if start.provisional or not row.provisional:
            return None
        changed.append(close(row, Obligation.State.LAPSED, turn.entries[row.matter_id].at))
        return row.occurrence, row.round + 1
    if row.state == Obligation.State.LAPSED:
        return row.occurrence, row.round + 1
    return row.occurrence + 1, 1


def _started(turn: Turn, wanted: list[tuple[Matter, Duty, Start, int, int]]) -> list[Obligation]:
    book = TermBook(
        {m.agreement for m, *_ in wanted if m.agreement is not None}, {duty.term for _, duty, *_ in wanted}
    )
    owners = User.objects.in_bulk({owner for m, *_ in wanted if (owner := owner_of(m))})
    rows = []
    for matter, duty, start, occurrence, round_ in wanted:
        if not book.has(matter.agreement, duty.source):
            continue
        entry = turn.entries[matter.pk]
        calendar = calendar_for(matter, duty.owed_by, book)
        started_at = started(entry.facts, start, entry.at, calendar)
        due_at = appointed(entry.facts, duty, calendar)
        row = Obligation(
            matter=matter,
            customer_id=matter.customer_id,
            duty=duty.name,
            occurrence=occurrence,
            round=round_,
            source=duty.source,
            owed_by=duty.owed_by,
            owner_id=owner_of(matter),
            started_at=started_at,
            start_fact=start.fact or "",
            provisional=start.provisional,
        )
        put_reckoning(row, count(matter, duty, started_at, book, due_at))
        row.next_alert_at = ladder.first(
            duty.ladder, clock_of(row, owners.get(row.owner_id), matter, book), turn.now
        )
        rows.append(row)
    return rows


def owner_of(matter: Matter) -> int | None:
    """Who must act: the matter's owner, else the agreement's."""
    return matter.owner_id or (matter.agreement.owner_id if matter.agreement else None)


def clock_of(
    row: Obligation, owner: User | None, matter: Matter, book: TermBook | None = None
) -> ladder.Clock:
    """The obligation's instants as its ladder needs them; a day clock rings at its owner's desk."""
    if row.reckoning.get("hour_clock"):
        return ladder.Clock(row.started_at, row.target_at, row.due_at, None)
    calendar = calendar_for(matter, PROCESSOR, book)
    zone = ZoneInfo(owner.time_zone if owner else calendar.tz)
    hours = (owner.workday_starts, owner.workday_ends) if owner else (dt.time(9), dt.time(17))
    return ladder.Clock(row.started_at, row.target_at, row.due_at, ladder.Desk(calendar, zone, *hours))


def next_alert(row: Obligation, now: dt.datetime, book: TermBook | None = None) -> dt.datetime | None:
    """When an acknowledged obligation rings again: nearer to its target or due, not to repeat itself."""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    return ladder.ring(
        duty.ladder,
        clock_of(row, row.owner, row.matter, book),
        now=now,
        rung=row.rung,
        repeat=row.repeat,
        rang_at=row.rang_at,
        acknowledged=True,
        escalates=escalates(row),
    ).next_at


def escalates(row: Obligation) -> bool:
    """Only what the processor owes climbs its own line; a customer's duty is the customer's."""
    return row.owed_by == PROCESSOR
