"""A new holiday, a calendar put right, newer data of holidays: open clocks are counted once more.

Nothing moves unseen: `differences` shows what would. An earlier date is taken at once, since whoever waits may miss it;
a later one only by a person who gives a reason. The old round stays. What is late stays late, what the other side
agreed to stays agreed.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q

from accounts.roles import SYSTEM, Actor
from accounts.scope import ALL, scope
from obligations import alerts, counting, duties
from obligations.actions import entry, lock
from obligations.bulk import chunks, set_columns
from obligations.corrections import REASON
from obligations.facts import clean
from obligations.models import Agreement, Entry, Heartbeat, Obligation
from obligations.rounds import next_round, save_rounds
from obligations.terms import TermBook
from obligations.turn import Refused

VERB = "recalculate"
EVERY = dt.timedelta(hours=1)
MARK = (
    "recalculate"  # the heartbeat that says when we looked, and with which data of holidays nothing was left
)
WHY = "A holiday or a calendar has changed."


@dataclass(frozen=True)
class Difference:
    """An open obligation that today's calendar counts otherwise. `because`: (date, name, whether it is free now)."""

    row: Obligation
    found: counting.Reckoned
    due_at: dt.datetime | None

    @property
    def target_at(self) -> dt.datetime | None:
        return self.found.target_at

    @property
    def earlier(self) -> bool:
        """Whether the due time, or with the same due time the target, comes before the old one."""
        pairs = ((self.due_at, self.row.due_at), (self.target_at, self.row.target_at))
        return next((new < old for new, old in pairs if new and old and new != old), False)

    @property
    def because(self) -> list[tuple[dt.date, str, bool]]:
        old, new = _free(self.row.reckoning), _free(self.found.kept)
        days = [(day, name, True) for day, name in new.items() if day not in old]
        days += [(day, name, False) for day, name in old.items() if day not in new]
        return [(dt.date.fromisoformat(day), name, free) for day, name, free in sorted(days)]


def _free(kept: Any) -> dict[str, str]:
    return {
        skip["date"]: skip["reason"]
        for part in ("due", "target")
        for skip in (kept.get(part) or {}).get("skipped", ())
    }


def differences(now: dt.datetime) -> list[Difference]:
    """What would move, earliest due first. Looks only where the calendar is another one than it was."""
    moved, book = _moved_places()
    rows = Obligation.objects.filter(state=Obligation.State.OPEN).select_related(
        "matter__agreement", "matter__customer", "owner"
    )
    found = [
        difference
        for part in chunks(sorted(moved, key=str), 400)
        for row in rows.filter(_any_of(part))
        if (difference := _difference(row, book, now))
    ]
    return sorted(found, key=lambda one: (one.row.due_at or counting.NEVER, one.row.pk))


def _moved_places() -> tuple[set[tuple[int | None, str]], TermBook]:
    """(agreement, party) of open clocks that were counted in another calendar, or with other data of holidays."""
    seen = Heartbeat.objects.filter(pk=MARK).values_list("by", flat=True).first()
    rows = Obligation.objects.filter(state=Obligation.State.OPEN).values_list(
        "matter__agreement", "owed_by", "reckoning__calendar", "reckoning__holidays"
    )
    known = list(rows.order_by().distinct())
    agreements = Agreement.objects.in_bulk({pk for pk, *_ in known if pk})
    book, moved = TermBook(()), set()
    for pk, party, calendar, data in known:
        agreement = agreements.get(pk)
        now = agreement.calendar_of(party) if agreement else counting.house_calendar(book)
        current = data in (counting.HOLIDAYS_VERSION, None) or seen == counting.HOLIDAYS_VERSION
        if calendar is not None and (counting.place_of(now) != calendar or not current):
            moved.add((pk, party))
    return moved, book


def _any_of(places: Iterable[tuple[int | None, str]]) -> Q:
    """One condition for each party, not for each agreement."""
    found = Q(pk=None)
    for party in {party for _, party in places}:
        ids = [pk for pk, owed_by in places if owed_by == party and pk]
        found |= Q(owed_by=party, matter__agreement__in=ids)
        if (None, party) in places:
            found |= Q(owed_by=party, matter__agreement=None)
    return found


def _difference(row: Obligation, book: TermBook, now: dt.datetime) -> Difference | None:
    if not row.reckoning or "extended" in row.reckoning:
        return None
    found = counting.counted_again(row.reckoning, counting.calendar_for(row.matter, row.owed_by, book))
    due_at = found.due_at
    if row.due_at and row.due_at <= now and due_at:
        due_at = min(due_at, row.due_at)  # what was late stays late
    if (due_at, found.target_at) == (row.due_at, row.target_at):
        return None
    return Difference(row, found, due_at)


def take(wanted: Sequence[Difference], *, actor: Actor, at: dt.datetime, reason: str = WHY) -> int:
    """Let these obligations follow today's calendar; returns how many did. Counted anew under the lock.

    Refused when somebody without the right moves a date, or the program itself would move one later.
    """
    person = bool(actor.roles_at(None) & {"officer"})
    if actor != SYSTEM and not person:
        words = f"{actor.name} may not move dates: it is for officers."
        raise Refused({one.row.matter_id: words for one in wanted}, "forbidden")
    reason = clean((REASON,), {"reason": reason})["reason"]
    with transaction.atomic():
        matters = {matter.pk: matter for matter in lock({one.row.matter_id for one in wanted})}
        rows = Obligation.objects.filter(pk__in=[one.row.pk for one in wanted], state=Obligation.State.OPEN)
        book, moved = TermBook(()), []
        for row in rows.select_related("owner").order_by("pk").select_for_update(of=("self",), no_key=True):
            row.matter = matters[row.matter_id]
            found = _difference(row, book, at)
            if found and (person or found.earlier):
                moved.append(found)
        _write(moved, actor, at, reason, book)
        return len(moved)


def _write(moved: Sequence[Difference], actor: Actor, at: dt.datetime, reason: str, book: TermBook) -> None:
    fresh, entries = [], []
    for one in moved:
        made = next_round(one.row)
        counting.put_reckoning(made, one.found)
        made.due_at, made.owner = one.due_at, one.row.owner
        fresh.append((made, one.row.matter))
        entries.append(entry(one.row.matter, VERB, actor, at, at, facts=_facts(one, reason)))
        one.row.matter.version += 1
    duties.write_states([duties.close(one.row, Obligation.State.LAPSED, at) for one in moved])
    save_rounds(fresh, at, book)
    Entry.objects.bulk_create(entries)
    set_columns(list({one.row.matter_id: one.row.matter for one in moved}.values()), ("version",))


def _facts(one: Difference, reason: str) -> dict[str, Any]:
    days = "; ".join(
        f"{day:%-d %B %Y} ({name}) {'is free' if free else 'is a working day'}"
        for day, name, free in one.because
    )
    return {
        "obligation": one.row.pk,
        "duty": one.row.duty,
        "was_due_at": one.row.due_at,
        "due_at": one.due_at,
        "was_target_at": one.row.target_at,
        "target_at": one.target_at,
        "days": days,
        "reason": reason,
    }


def take_earlier(now: dt.datetime) -> tuple[int, int]:
    """Take every earlier date; returns how many were taken and how many later ones wait for a person."""
    with scope(ALL, reason=VERB):
        found = differences(now)
        sooner = [one for one in found if one.earlier]
        taken = sum(take(part, actor=SYSTEM, at=now) for part in chunks(sooner))
        waiting = len(found) - len(sooner)
    alerts.beat(MARK, now)
    if not waiting:
        Heartbeat.objects.filter(pk=MARK).update(by=counting.HOLIDAYS_VERSION)
    return taken, waiting


def tick(now: dt.datetime) -> None:
    """Once an hour, by whoever comes first."""
    if not Heartbeat.objects.filter(pk=MARK, at__gt=now - EVERY).exists():
        alerts.beat(MARK, now)
        take_earlier(now)
