"""Obligations against their reckonings and the ledger, alerts against their ladders: part of `verify`."""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from obligations import counting, duties, ladder
from obligations.clauses import CLAUSES, Duty
from obligations.models import Entry, Message, Obligation
from obligations.periods import describe_period
from obligations.terms import TermBook

PART = 1000
LATE_SWEEP = dt.timedelta(minutes=5)
# A day clock rings at its owner's desk: working hours and free days may have changed since its next moment was set.
DESK_MOVED = dt.timedelta(days=7)
Found = list[tuple[str, str]]  # where, in words


@dataclass
class Looked:
    """One part: how many were looked at, what is wrong, and what only differs."""

    part: str
    number: int = 0
    wrong: Found = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look(now: dt.datetime) -> Iterator[Looked]:
    """Open obligations and the ends of those that were met or waived; then the alerts of the open ones."""
    obligations, alerts = Looked("obligations"), Looked("alerts")
    book = TermBook(())
    for rows in _parts(Obligation.State.OPEN):
        told = set(Message.objects.filter(obligation__in=rows).values_list("obligation", flat=True))
        for row in rows:
            words, differs = _miscounted(row)
            _note(obligations, row, words)
            obligations.notes += [f"{_where(row)}: {differs}"] if differs else []
            lost = row.rang_at is not None and row.pk not in told
            _note(
                alerts,
                row,
                f"It rang at {row.rang_at}, but told nobody." if lost else _silent(row, now, book),
            )
    for state, unproven in ((Obligation.State.MET, _unmet), (Obligation.State.WAIVED, _unwaived)):
        for rows in _parts(state):
            _ends(obligations, rows, unproven)
    yield obligations
    yield alerts


def _parts(state: str) -> Iterator[list[Obligation]]:
    rows = Obligation.objects.filter(state=state).select_related(
        "matter__agreement", "matter__customer", "owner"
    )
    after = 0
    while part := list(rows.filter(pk__gt=after).order_by("pk")[:PART]):
        yield part
        after = part[-1].pk


def _where(row: Obligation) -> str:
    return f"obligation {row.pk} ({row.matter.reference}, {row.duty})"


def _note(looked: Looked, row: Obligation, words: str) -> None:
    looked.number += 1
    if words:
        looked.wrong.append((_where(row), words))


def _duty(row: Obligation) -> Duty | None:
    """None: a duty of an earlier release."""
    known = CLAUSES[row.matter.kind].duties if row.matter.kind in CLAUSES else ()
    return next((duty for duty in known if duty.name == row.duty), None)


def _miscounted(row: Obligation) -> tuple[str, str]:
    """What its own reckoning does not give, and what only newer holidays give otherwise.

    A due time that was extended by agreement names that instead; what was late stays late.
    """
    kept = row.reckoning
    if not kept:
        return "It has no reckoning.", ""
    if dt.datetime.fromisoformat(kept["start"]) != row.started_at:
        return f"It starts at {row.started_at}, but its reckoning at {kept['start']}.", ""
    if "extended" in kept:
        return _unagreed(row, kept["extended"]), ""
    told = ("due time", row.due_at, _told(kept, "due")), ("target", row.target_at, _told(kept, "target"))
    for name, stored, said in told:
        if stored != said and not (name == "due time" and _stayed_late(row, said)):
            return f"Its {name} is {stored}, but its reckoning says {said}.", ""
    if kept["value"] and "appointed" not in kept and row.period != describe_period(kept["value"]):
        return f"Its period is {row.period!r}, but its reckoning counts {describe_period(kept['value'])}.", ""
    return _of_today(row)


def _unagreed(row: Obligation, extended: dict) -> str:
    agreed = dt.datetime.fromisoformat(extended["due_at"])
    made = Entry.objects.filter(pk=extended.get("entry"), matter=row.matter_id, step="extend", proposed=False)
    if not made.filter(facts__due_at=extended["due_at"]).exists():
        return f"It says that {agreed} was agreed, but no entry does."
    return "" if row.due_at == agreed else f"Its due time is {row.due_at}, agreed was {agreed}."


def _told(kept: dict, part: str) -> dt.datetime | None:
    return dt.datetime.fromisoformat(kept[part]["at"]) if kept.get(part) else None


def _stayed_late(row: Obligation, counted: dt.datetime | None) -> bool:
    return bool(row.round > 1 and row.due_at and counted and row.due_at < counted)


def _of_today(row: Obligation) -> tuple[str, str]:
    """Its reckoning counted once more, with the days that are free by what we know today."""
    kept, found = row.reckoning, counting.recount(row.reckoning)
    then, now = (_told(kept, "due"), _told(kept, "target")), (found.due_at, found.target_at)
    if then == now:
        return "", ""
    if kept.get("holidays") not in (None, counting.HOLIDAYS_VERSION):
        was, would_be = then[0] or then[1], now[0] or now[1]
        words = f"It was due at {was}, and would be at {would_be}, since the holidays "
        words += f"{kept['holidays']} → {counting.HOLIDAYS_VERSION}."
        return "", f"{words} Decide on the page Recalculation, or with `manage.py recalculate`."
    return f"Its reckoning says {then[0] or then[1]}, but counts to {now[0] or now[1]}.", ""


def _ends(
    looked: Looked, rows: Sequence[Obligation], unproven: Callable[[Obligation, set[str]], str]
) -> None:
    """Whoever met or waived it left an entry at that instant."""
    steps: dict[tuple[int, dt.datetime], set[str]] = {}
    made = Entry.objects.filter(matter__in={row.matter_id for row in rows}, proposed=False)
    for matter, step, at in made.values_list("matter", "step", "at"):
        steps.setdefault((matter, at), set()).add(step)
    for row in rows:
        _note(looked, row, unproven(row, steps.get((row.matter_id, row.ended_at or row.started_at), set())))


def _unmet(row: Obligation, steps: set[str]) -> str:
    duty = _duty(row)
    if row.met_at != row.ended_at:
        return f"It was met at {row.met_at}, but ended at {row.ended_at}."
    if duty is None or steps & set(duty.met_by):
        return ""
    return f"It says that it was met at {row.met_at}, but no entry does."


def _unwaived(row: Obligation, steps: set[str]) -> str:
    return "" if "waive" in steps else f"It says that it was waived at {row.ended_at}, but no entry does."


def _silent(row: Obligation, now: dt.datetime, book: TermBook) -> str:
    """An obligation that will not ring although its ladder says so, or that should have rung."""
    duty = _duty(row)
    if row.fault:
        return f"Its alerts cannot be computed: {row.fault}"
    if row.next_alert_at is not None and row.next_alert_at < now - LATE_SWEEP:
        return f"It should have rung at {row.next_alert_at}. Does alertd run?"
    if duty is None:
        return ""
    clock = duties.clock_of(row, row.owner, row.matter, book)
    known, moved = ladder.moments(duty.ladder, clock), DESK_MOVED if clock.desk else dt.timedelta(0)
    skipped = [moment.at for moment in known[: row.rung] if moment.at > now + moved]
    if skipped:
        return f"It says that its rung of {skipped[0]} has rung already."
    heard = row.acknowledged_at is not None
    left = [m.at for m in known[row.rung :] if m.at > now and not (heard and ladder.is_escalation(m.rung))]
    if left and row.next_alert_at is None:
        return f"It will not ring, but its ladder has a rung at {left[0]}."
    if left and row.next_alert_at and row.next_alert_at > left[0] + moved:
        return f"It will ring at {row.next_alert_at}, but its ladder has a rung at {left[0]}."
    return ""
