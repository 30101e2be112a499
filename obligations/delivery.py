"""`deliver`: leases messages, sends them outside any transaction, and takes the steps that follow from it.

At least once: a process that dies after the mail server's yes and before our commit sends again, with the
same Message-ID. Nothing is marked done before it is done.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q

from accounts.roles import SYSTEM
from accounts.scope import ALL, scope
from obligations import alerts, duties, mailing, notices
from obligations.actions import advance
from obligations.clauses import LINE_OF_ALERTS, Notice
from obligations.models import Matter, Message, NoticeContact, Obligation
from obligations.terms import TermBook

log = logging.getLogger(__name__)
BATCH = 50
LEASE = dt.timedelta(seconds=60)
BACKOFF = [dt.timedelta(minutes=m) for m in (0.5, 1, 5, 15, 30, 60, 120, 240)]  # then a dead letter
State = Message.State


def deliver(
    now: dt.datetime,
    *,
    clock: Callable[[], dt.datetime] | None = None,
    post: Callable[[], Any] = mailing.Post,
) -> int:
    """Send what waits; returns how many messages a server took.

    `clock` gives the instant of each acceptance (the doors pass the real one; without it `now` stands still).
    `post` makes the mail carrier: the real one, or the demo's scripted one.
    """
    clock = clock or (lambda: now)
    taken = 0
    take_pending(now)
    with post() as carrier:
        while rows := _lease(clock()):
            taken += sum(_send(row, carrier, clock) for row in rows)
            take_pending(clock())
            alerts.beat("deliver", clock())
    alerts.beat("deliver", clock())
    return taken


def _at_work() -> AbstractContextManager[None]:
    """A scope around each short transaction: on PostgreSQL it is one, and we send outside of any."""
    return scope(ALL, reason="deliver")


def _lease(now: dt.datetime) -> list[Message]:
    """Take the oldest waiting messages for ourselves; a dead worker's lease runs out."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    token = uuid.uuid4()
    with _at_work(), transaction.atomic():
        ids = list(
            Message.objects.filter(free, state=State.QUEUED, next_attempt_at__lte=now)
            .order_by("next_attempt_at", "queued_at", "matter_id", "id")
            .select_for_update(skip_locked=True, no_key=True)
            .values_list("pk", flat=True)[:BATCH]
        )
        Message.objects.filter(pk__in=ids).update(lease_token=token, lease_until=now + LEASE)
        rows = Message.objects.in_bulk(ids)
    return [rows[pk] for pk in ids if rows[pk].lease_token == token]


def _send(row: Message, carrier: Any, clock: Callable[[], dt.datetime]) -> bool:
    try:
        if not _ready(row, clock()):
            return False
        how = carrier.send(row)
    except mailing.Rejected as error:
        _failed(row, str(error), clock(), final=error.permanent)
        return False
    except Exception as error:  # one message that cannot be rendered delays nobody else
        log.exception("message %s cannot be sent", row.pk)
        _failed(row, f"{type(error).__name__}: {error}", clock(), final=False)
        return False
    _mark(row, _accepted(row, how, clock()))
    return True


def _ready(row: Message, now: dt.datetime) -> bool:
    """Render, and renew the lease just before sending. False: somebody else has taken it over."""
    with _at_work():
        if not row.text:
            found = mailing.render(row)
            row.subject, row.text, row.html = found.subject[:250], found.text, found.html
    written = {"subject": row.subject, "text": row.text, "html": row.html}
    return _mark(row, {"lease_until": now + LEASE, **written})


def _mark(row: Message, values: Mapping[str, object]) -> bool:
    """Write what became of a message that we hold the lease of; False when we do not."""
    with _at_work():
        ours = Message.objects.filter(pk=row.pk, lease_token=row.lease_token, state=State.QUEUED)
        return bool(ours.update(**values))


def _accepted(row: Message, how: str, at: dt.datetime) -> dict[str, object]:
    """What an acceptance writes: proof of receipt only where the agreement says that it counts."""
    proof = how in row.context.get("proofs", (mailing.DELIVERED,))
    step = row.step_on_receipt if proof else row.step_on_relay
    received = {"received_at": at, "proof": how} if proof else {}
    return {
        "state": State.RECEIVED if proof else State.SENT,
        "sent_at": at,
        "attempts": row.attempts + 1,
        "lease_token": None,
        "lease_until": None,
        "error": "",
        "next_attempt_at": None,
        "pending_step": step,
        "pending_at": at if step else None,
        **received,
    }


def _failed(row: Message, words: str, at: dt.datetime, *, final: bool) -> None:
    final = final or row.attempts >= len(BACKOFF)
    values: dict[str, object] = {
        "error": words[:500],
        "attempts": row.attempts + 1,
        "lease_token": None,
        "lease_until": None,
    }
    if final:
        values |= {"state": State.FAILED, "failed_at": at, "next_attempt_at": None}
        values |= {"pending_step": row.step_on_failure or "next contact", "pending_at": at}
    else:
        values["next_attempt_at"] = at + BACKOFF[row.attempts]
    _mark(row, values)


def report(
    message_id: uuid.UUID, *, received: bool, at: dt.datetime, now: dt.datetime, words: str = ""
) -> bool:
    """A delivery report (RFC 3464) or a provider's event says what became of a message that a relay took.

    Returns whether it changed anything: a report that comes twice, or after the receipt, does not.
    """
    with scope(ALL, reason="delivery report"), transaction.atomic():
        rows = Message.objects.select_for_update(no_key=True).filter(pk=message_id, state=State.SENT)
        row = rows.first()
        if row is None:
            return False
        if received:
            changed = {"state": State.RECEIVED, "received_at": at, "proof": mailing.DELIVERED}
            step = row.step_on_receipt if mailing.DELIVERED in row.context.get("proofs", ()) else ""
        else:
            changed = {"state": State.FAILED, "failed_at": at, "error": words[:500]}
            step = row.step_on_failure or "next contact"
        Message.objects.filter(pk=row.pk).update(
            **changed, pending_step=step, pending_at=at if step else None
        )
        take_pending(now)
        return True


def take_pending(now: dt.datetime) -> None:
    """Take the steps that acceptances and failures call for; one transaction a batch."""
    while True:
        with _at_work(), transaction.atomic():
            rows = list(
                Message.objects.exclude(pending_step="")
                .filter(Q(next_attempt_at=None) | Q(next_attempt_at__lte=now))
                .select_related("obligation__matter__agreement", "obligation__owner", "entry")
                .order_by("pending_at", "id")
                .select_for_update(of=("self",), skip_locked=True, no_key=True)[:BATCH]
            )
            _take_or_halve(rows, now)
        if len(rows) < BATCH:
            return


def _take_or_halve(rows: Sequence[Message], now: dt.datetime) -> None:
    """A step that cannot be taken keeps its message alone waiting, with the reason; the others go on."""
    if not rows:
        return
    try:
        with transaction.atomic():
            ours = Message.objects.filter(pk__in=[row.pk for row in rows])
            ours.update(pending_step="", pending_at=None, next_attempt_at=None)
            _steps(rows, now)
    except (OperationalError, InterfaceError):
        raise  # the database, not a row
    except Exception as error:
        if len(rows) > 1:
            middle = len(rows) // 2
            _take_or_halve(rows[:middle], now)
            _take_or_halve(rows[middle:], now)
            return
        log.exception("message %s: step %s cannot be taken", rows[0].pk, rows[0].pending_step)
        words = f"step {rows[0].pending_step} cannot be taken: {type(error).__name__}: {error}"[:500]
        Message.objects.filter(pk=rows[0].pk).update(error=words, next_attempt_at=now + alerts.RETRY_FAULT)


def _steps(rows: Sequence[Message], now: dt.datetime) -> None:
    matters = Matter.objects.in_bulk({row.matter_id for row in rows})
    for kind, step in dict.fromkeys((matters[row.matter_id].kind, row.pending_step) for row in rows):
        batch = [row for row in rows if (matters[row.matter_id].kind, row.pending_step) == (kind, step)]
        moved: Iterable[int] = ()
        if step != "next contact":
            at = {row.matter_id: row.pending_at or now for row in reversed(batch)}
            wanted = [matters[pk] for pk in at]
            # A machine's clock may have been set back since the message went out: that must not refuse the step.
            typed = max(now, *at.values())
            moved = advance(wanted, step, actor=SYSTEM, at=at, now=typed, partial=True).done
            for pk in moved:
                matters[pk].version += 1
        failed = [row for row in batch if row.state == State.FAILED]
        if failed:
            _after_failure(failed, set(moved), now)


def _after_failure(rows: Sequence[Message], moved: set[int], now: dt.datetime) -> None:
    """A failed notice: new round, next contact, the owner is told. A failed alert: the next in line is told."""
    new_round([row for row in rows if row.matter_id in moved], now)
    _try_next_contact([row for row in rows if row.entry_id], now)
    for row in rows:
        if row.obligation_id:
            _tell_next_in_line(row, now)


def new_round(rows: Sequence[Message], now: dt.datetime) -> None:
    """A bounce withdraws the running clock and opens the next round with the same start and due."""
    steps = {row.matter_id: row for row in rows}
    opened = Obligation.objects.filter(matter__in=steps, state=Obligation.State.OPEN).select_related("matter")
    lapsed, again = [], []
    for old in opened.order_by("pk"):
        message = steps[old.matter_id]
        if message.step_on_receipt in old.matter.clause.duty(old.duty).met_by:
            again.append(_next_round(old, now))
        elif not old.provisional:
            continue
        lapsed.append(duties.close(old, Obligation.State.LAPSED, message.pending_at or now))
    duties.write_states(lapsed)
    made = Obligation.objects.bulk_create(again)
    fresh = Obligation.objects.select_related("matter__agreement", "matter__customer", "owner")
    alerts.raise_alerts(list(fresh.filter(pk__in=[row.pk for row in made])), now)


def _next_round(old: Obligation, now: dt.datetime) -> Obligation:
    kept = {
        field.attname: getattr(old, field.attname)
        for field in Obligation._meta.concrete_fields
        if not field.primary_key
    }
    fresh = {"round": old.round + 1, "rung": 0, "repeat": 0, "rang_at": None, "next_alert_at": now}
    return Obligation(**{**kept, **fresh, "acknowledged_at": None, "acknowledged_by_id": None})


def _try_next_contact(rows: Sequence[Message], now: dt.datetime) -> None:
    if not rows:
        return
    matters = Matter.objects.select_related("agreement", "customer").in_bulk({row.matter_id for row in rows})
    contacts: dict[int, list[NoticeContact]] = {}
    for contact in NoticeContact.objects.filter(agreement__matters__in=matters).order_by("position"):
        contacts.setdefault(contact.agreement_id, []).append(contact)
    tried: dict[int, set[str]] = {}
    for entry_id, email in Message.objects.filter(entry__in={row.entry_id for row in rows}).values_list(
        "entry_id", "recipient"
    ):
        tried.setdefault(entry_id, set()).add(email)
    book = TermBook(m.agreement for m in matters.values() if m.agreement)
    again = []
    for row in rows:
        matter = matters[row.matter_id]
        to = notices.next_contact(row, contacts.get(matter.agreement_id or 0, ()), tried[row.entry_id or 0])
        notice = Notice(row.template, "", row.step_on_receipt, row.step_on_relay, row.step_on_failure)
        if to and row.entry:
            again.append(notices.message(notice, matter, row.entry, to, now, book))
    Message.objects.bulk_create(again, ignore_conflicts=True)


def _tell_next_in_line(row: Message, now: dt.datetime) -> None:
    """An alert that nobody got goes to the first in the line whom this alert has not tried yet."""
    obligation = row.obligation
    if obligation is None or not obligation.is_open:
        return
    people = alerts.People([obligation])
    same = Message.objects.filter(
        obligation=obligation, round=row.round, rung=row.rung, repeat=row.repeat, entry=None
    )
    tried = set(same.values_list("recipient", flat=True))
    for name in LINE_OF_ALERTS:
        fresh = [to for to in people.addresses(obligation, name) if to[0] not in tried]
        if fresh:
            Message.objects.bulk_create(
                [
                    alerts.alert_message(
                        obligation, row.rung or 0, row.repeat or 0, to, "alert", row.context, now
                    )
                    for to in fresh
                ],
                ignore_conflicts=True,
            )
            return
    log.error("alert %s reached nobody: every address in the line has failed", row.pk)
