"""Passing time becomes messages: `sweep` raises what is due. `deliver` (delivery.py) sends it.

Level-triggered: the next moment is one indexed column, so a missed run loses nothing and a second run at
the same time doubles nothing (rows are locked, messages have a unique key).
"""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import F

from accounts.models import Membership, User
from accounts.roles import Role
from accounts.scope import ALL, scope
from obligations import counting, duties, holding, ladder, restrictions, told
from obligations.bulk import add_rows, set_columns
from obligations.clauses import CLAUSES, LINE_OF_ALERTS
from obligations.languages import duty_in
from obligations.models import Heartbeat, Message, NoticeContact, Obligation
from obligations.terms import TermBook

log = logging.getLogger(__name__)
BATCH = 1000
RETRY_FAULT = dt.timedelta(minutes=15)
RANG = ("rung", "repeat", "rang_at", "next_alert_at", "acknowledged_at", "acknowledged_by", "fault")
Address = tuple[str, str, int | None]
# What upper storeys do at each tick; filled in their ready().
EVERY_TICK: list[Callable[[dt.datetime], object]] = []


def sweep(now: dt.datetime) -> int:
    """Raise every alert that is due, oldest first; returns the number of obligations that rang."""
    rang = 0
    while True:
        with scope(ALL, reason="sweep"), transaction.atomic():
            rows = _claim(now)
            rang += _raise_or_halve(rows, now)
        if len(rows) < BATCH:
            break
    beat("sweep", now)
    return rang


def beat(name: str, now: dt.datetime) -> None:
    """Leave the sign of life that the health endpoint and every staff page read."""
    if not Heartbeat.objects.filter(pk=name).update(at=now):
        Heartbeat.objects.bulk_create([Heartbeat(name=name, at=now)], ignore_conflicts=True)


def its_turn(name: str, every: dt.timedelta, now: dt.datetime) -> bool:
    """Whether something that happens so often is due. Of all who ask at once, one alone hears yes."""
    mark = Heartbeat.objects.filter(pk=name)
    if mark.filter(at__gt=now - every, at__lte=now).exists():  # a mark in the future is a clock set back
        return False
    if mark.exclude(at__gt=now - every, at__lte=now).update(at=now):
        return True
    return Heartbeat.objects.get_or_create(pk=name, defaults={"at": now})[1]


def _claim(now: dt.datetime) -> list[Obligation]:
    """The oldest due obligations, locked; those of another sweeper are skipped."""
    return list(
        _with_matter()
        .filter(state=Obligation.State.OPEN, next_alert_at__lte=now)
        .order_by("next_alert_at", "id")
        .select_for_update(of=("self",), skip_locked=True, no_key=True)[:BATCH]
    )


def _raise_or_halve(rows: Sequence[Obligation], now: dt.datetime) -> int:
    """A batch that fails is halved until the row that cannot be read is alone; the others go on."""
    if not rows:
        return 0
    try:
        with transaction.atomic():
            return raise_alerts(rows, now)
    except (OperationalError, InterfaceError):
        raise  # the database, not a row
    except Exception as error:
        if len(rows) == 1:
            return _mark_fault(rows[0], error, now)
        middle = len(rows) // 2
        return sum(_raise_or_halve(_again(half), now) for half in (rows[:middle], rows[middle:]))


def _again(rows: Sequence[Obligation]) -> list[Obligation]:
    """The rows as they are stored: the failed attempt may have changed some of them in memory."""
    return list(_with_matter().filter(pk__in=[row.pk for row in rows]).order_by("next_alert_at", "id"))


def _with_matter() -> models.QuerySet[Obligation]:
    return Obligation.objects.select_related("matter__agreement", "matter__customer", "owner")


def _mark_fault(row: Obligation, error: Exception, now: dt.datetime) -> int:
    """Shown in red and told to the administrators; tried again later, so a repaired row rings by itself."""
    log.exception("obligation %s cannot ring", row.pk)
    words = f"{type(error).__name__}: {error}"[:200]
    news = row.fault != words
    Obligation.objects.filter(pk=row.pk).update(fault=words, next_alert_at=now + RETRY_FAULT)
    if news:
        Obligation.objects.filter(pk=row.pk).update(repeat=F("repeat") + 1)
        row.refresh_from_db(fields=["repeat"])
        context = {
            "fault": words,
            "matter": row.matter_id,
            "reference": f"obligation {row.pk}",
            "duty": row.duty,
        }
        Message.objects.bulk_create(
            [
                alert_message(row, row.rung, row.repeat, address, "fault", context, now)
                for address in People([row]).admins
            ],
            ignore_conflicts=True,
        )
    return 0


def raise_alerts(rows: Sequence[Obligation], now: dt.datetime) -> int:
    """Ring the latest crossed rung of each locked obligation and set its next moment. Five statements."""
    people, book = People(rows), TermBook(())
    messages: list[Message] = []
    rang = 0
    for row in rows:
        found = _ring(row, now, book)
        if found.at is not None:
            rang += 1
            made = _messages(row, found, people, now, book)
            holding.hold(made, row, people.wishes, now, climbs=found.climbs)
            messages += made
            row.rung, row.repeat = found.next_rung, found.repeat
            row.rang_at = holding.heard_at(made, row, now)
            row.acknowledged_at = row.acknowledged_by_id = None
        row.rung, row.next_alert_at, row.fault = found.next_rung, found.next_at, ""
    add_rows(messages)
    set_columns(rows, RANG)
    return rang


def _ring(row: Obligation, now: dt.datetime, book: TermBook) -> ladder.Ring:
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    return ladder.ring(
        duty.ladder,
        duties.clock_of(row, row.owner, row.matter, book),
        now=now,
        rung=row.rung,
        repeat=row.repeat,
        rang_at=row.rang_at,
        acknowledged=row.acknowledged_at is not None,
        escalates=duties.escalates(row),
    )


def _messages(
    row: Obligation, found: ladder.Ring, people: "People", now: dt.datetime, book: TermBook
) -> list[Message]:
    context = _frozen(row, found, now, book)
    rows = {}
    for to in found.to:
        template = "reminder" if to == "contacts" else "alert"
        for address in people.addresses(row, to):
            said = context | (people.own_words(row, address[0]) if to == "contacts" else {})
            rows[address[0]] = alert_message(row, found.rung, found.repeat, address, template, said, now)
    if not rows:
        raise LookupError(
            f"nobody to tell: {' and '.join(found.to)} have no address, and no administrator has one"
        )
    return list(rows.values())


def alert_message(
    row: Obligation,
    rung: int,
    repeat: int,
    to: Address,
    template: str,
    context: dict[str, Any],
    now: dt.datetime,
) -> Message:
    email, name, user_id = to
    return Message(
        matter_id=row.matter_id,
        customer_id=row.customer_id,
        obligation=row,
        round=row.round,
        rung=rung,
        repeat=repeat,
        recipient=email,
        recipient_name=name,
        user_id=user_id,
        queued_at=now,
        next_attempt_at=now,
        template=f"obligations/{template}",
        context={**context, "recipient": name},
    )


def _frozen(row: Obligation, found: ladder.Ring, now: dt.datetime, book: TermBook) -> dict[str, Any]:
    """What the message says, as it stood when it was raised."""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    zone = str(counting.calendar_for(row.matter, row.owed_by, book).tz)
    return {
        "duty": str(duty.title),
        "source": row.source,
        "owed_by": row.owed_by,
        "period": row.period,
        "reference": row.matter.reference,
        "public_reference": row.matter.public_reference,
        "matter": row.matter_id,
        "obligation": row.pk,
        "round": row.round,
        "provisional": row.provisional,
        "title": row.matter.title,
        "customer": str(row.matter.customer or ""),
        "agreement": str(row.matter.agreement or ""),
        "started_at": row.started_at.isoformat(),
        "due_at": row.due_at and row.due_at.isoformat(),
        "target_at": row.target_at and row.target_at.isoformat(),
        "zone": zone,
        "rung": found.words,
        "skipped": list(found.skipped),
        "raised_at": now.isoformat(),
        "late": bool(row.due_at and now >= row.due_at),
        "over_target": bool(row.target_at and now >= row.target_at),
    }


class People:
    """Who can be told about some obligations, read with three statements however many there are.

    Of a restricted matter only those who may see it are told; the customer's contacts never are.
    """

    def __init__(self, rows: Sequence[Obligation]) -> None:
        agreements = {row.matter.agreement for row in rows if row.matter.agreement}
        self.wishes: dict[int, holding.Wishes] = {}  # of those who want some alerts later
        self._house: dict[str, list[Address]] = defaultdict(list)
        house = Membership.objects.filter(customer=None, user__is_active=True).select_related("user")
        for member in house.order_by("user_id"):
            self._house[member.role].append(self._of(member.user))
        self._users = User.objects.in_bulk({a.deputy_id for a in agreements if a.deputy_id})
        self._contacts: dict[int, list[NoticeContact]] = defaultdict(list)
        for contact in NoticeContact.objects.filter(agreement__in=[a.pk for a in agreements]):
            self._contacts[contact.agreement_id].append(contact)
        hidden = {row.matter_id for row in rows if row.matter.restricted}
        readers = restrictions.readers(sorted(hidden)) if hidden else {}
        named = User.objects.filter(is_active=True).in_bulk(
            {pk for found in readers.values() for pk in found}
        )
        self._readers = {
            matter: [self._of(named[pk]) for pk in sorted(found & named.keys())]
            for matter, found in readers.items()
        }

    def _of(self, user: User) -> Address:
        wishes = holding.wishes_of(user)
        if wishes:
            self.wishes[user.pk] = wishes
        return user.email, user.name, user.pk

    @property
    def admins(self) -> list[Address]:
        return self._house[Role.ADMIN]

    def addresses(self, row: Obligation, to: str) -> list[Address]:
        """Everybody called `to`; when there is nobody, the next in line who can be told."""
        if row.matter_id in self._readers:
            may_know = self._readers[row.matter_id]
            called = [address for address in self._called(row, to) if address in may_know]
            return called or may_know
        after = LINE_OF_ALERTS[LINE_OF_ALERTS.index(to) :] if to in LINE_OF_ALERTS else (to, *LINE_OF_ALERTS)
        return next((found for name in after if (found := self._called(row, name))), self._anybody())

    def own_words(self, row: Obligation, email: str) -> dict[str, str]:
        """The language of a customer's contact, and the duty's name in it."""
        agreement = row.matter.agreement
        theirs = self._contacts[agreement.pk] if agreement else ()
        own = next((c.language or agreement.language for c in theirs if agreement and c.email == email), "en")
        return duty_in(own, CLAUSES[row.matter.kind].duty(row.duty).title)

    def _called(self, row: Obligation, name: str) -> list[Address]:
        agreement = row.matter.agreement
        if name == "owner":
            return [self._of(row.owner)] if row.owner and row.owner.is_active else []
        if name == "deputy":
            deputy = self._users.get(agreement.deputy_id or 0) if agreement else None
            return [self._of(deputy)] if deputy and deputy.is_active else []
        if name == "contacts":
            reminded = told.reminded(self._contacts[agreement.pk], row.matter.kind) if agreement else ()
            return [(contact.email, contact.name, contact.user_id) for contact in reminded]
        return self._house[Role.APPROVER if name == "approvers" else Role.ADMIN]

    def _anybody(self) -> list[Address]:
        return self._house[Role.ADMIN] or self._house[Role.OFFICER] or self._house[Role.APPROVER]
