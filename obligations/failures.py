"""What follows when a message fails: a new round of the duty, the next contact, the next in line, the telephone."""

import datetime as dt
import logging
from collections.abc import Iterable, Sequence

from accounts.roles import SYSTEM
from obligations import alerts, duties, notices
from obligations.actions import advance
from obligations.clauses import LINE_OF_ALERTS, Notice
from obligations.models import Matter, Message, NoticeContact, Obligation
from obligations.terms import TermBook

log = logging.getLogger(__name__)


def follow(rows: Sequence[Message], moved: set[int], now: dt.datetime) -> None:
    """A failed notice: new round, next contact, the owner is told. A failed alert: the next in line is told."""
    new_round([row for row in rows if row.matter_id in moved], now)
    _exhausted(_try_next_contact([row for row in rows if row.entry_id], now), now)
    for row in rows:
        if row.obligation_id:
            _tell_next_in_line(row, now)


def new_round(rows: Sequence[Message], now: dt.datetime) -> None:
    """A bounce withdraws what rested on receipt and opens the next round with the same start and due.

    Also where a server had accepted the mail before: the duty that this had met is open again, and as late as it is.
    """
    bounced = {row.matter_id: row for row in rows if row.matter_id}
    withdrawn: list[Obligation] = []
    again: list[Obligation] = []
    for old in _newest(bounced):
        duty, receipt = old.matter.clause.duty(old.duty), bounced[old.matter_id].step_on_receipt
        owed_again = bool(receipt) and receipt in duty.met_by
        started = old.provisional or any(start.step == receipt for start in duty.starts)
        if owed_again:
            again.append(_next_round(old, now))
        if owed_again or (started and old.is_open):
            withdrawn.append(old)
    were_open, were_met = ([row for row in withdrawn if row.is_open is state] for state in (True, False))
    for old in withdrawn:
        duties.close(old, Obligation.State.LAPSED, bounced[old.matter_id].pending_at or now)
    duties.write_states(were_open)
    duties.write_states(were_met, was=Obligation.State.MET)
    made = Obligation.objects.bulk_create(again)
    fresh = Obligation.objects.select_related("matter__agreement", "matter__customer", "owner")
    alerts.raise_alerts(list(fresh.filter(pk__in=[row.pk for row in made])), now)


def _newest(matters: Iterable[int]) -> list[Obligation]:
    """The newest row of each duty of these matters, if it is open or met."""
    rows = (
        Obligation.objects.filter(matter__in=matters).select_related("matter").order_by("occurrence", "round")
    )
    newest = {(row.matter_id, row.duty): row for row in rows}
    return [row for row in newest.values() if row.state in (Obligation.State.OPEN, Obligation.State.MET)]


def _next_round(old: Obligation, now: dt.datetime) -> Obligation:
    kept = {
        field.attname: getattr(old, field.attname)
        for field in Obligation._meta.concrete_fields
        if not field.primary_key
    }
    fresh = {"round": old.round + 1, "rung": 0, "repeat": 0, "rang_at": None, "next_alert_at": now}
    running = {"state": Obligation.State.OPEN, "met_at": None, "ended_at": None}
    return Obligation(**{**kept, **fresh, **running, "acknowledged_at": None, "acknowledged_by_id": None})


def _try_next_contact(rows: Sequence[Message], now: dt.datetime) -> list[Message]:
    """Queue each failed notice for the next contact; returns those that have no contact left."""
    if not rows:
        return []
    matters = Matter.objects.select_related("agreement", "customer").in_bulk({row.matter_id for row in rows})
    contacts: dict[int, list[NoticeContact]] = {}
    for contact in NoticeContact.objects.filter(agreement__matters__in=matters):
        contacts.setdefault(contact.agreement_id, []).append(contact)
    tried: dict[int, set[str]] = {}
    for entry_id, email in Message.objects.filter(entry__in={row.entry_id for row in rows}).values_list(
        "entry_id", "recipient"
    ):
        tried.setdefault(entry_id, set()).add(email)
    book = TermBook(m.agreement for m in matters.values() if m.agreement)
    again, left = [], []
    for row in rows:
        matter = matters[row.matter_id]
        theirs = contacts.get(matter.agreement_id or 0, ())
        to = notices.next_contact(row, theirs, matter.kind, tried[row.entry_id or 0])
        notice = Notice(row.template, "", row.step_on_receipt, row.step_on_relay, row.step_on_failure)
        if to and row.entry and not matter.restricted:  # while telling is forbidden nobody else is tried
            again.append(notices.message(notice, matter, row.entry, to, now, book))
        else:
            left.append(row)
    Message.objects.bulk_create(again, ignore_conflicts=True)
    return left


def _exhausted(rows: Sequence[Message], now: dt.datetime) -> None:
    """No contact is left: the step that the notice names for it, such as the task to telephone."""
    matters = Matter.objects.in_bulk({row.matter_id for row in rows}) if rows else {}
    batches: dict[tuple[str, str], dict[int, dt.datetime]] = {}
    for row in rows:
        matter = matters[row.matter_id]
        sent = next((step for step in matter.clause.steps if row.entry and step.name == row.entry.step), None)
        if sent and sent.notice and sent.notice.on_exhausted:
            batch = batches.setdefault((matter.kind, sent.notice.on_exhausted), {})
            batch[matter.pk] = row.pending_at or now
    for (_, step), at in batches.items():
        advance(
            [matters[pk] for pk in at], step, actor=SYSTEM, at=at, now=max(now, *at.values()), partial=True
        )


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
