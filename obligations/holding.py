"""Alerts as their readers want them: held through quiet hours, or gathered in one message a day. Nothing is lost.

Only the first alert of a day clock is held, and only while what it announces still lies ahead when it is released:
hour clocks, what is late, escalations and gagged matters never wait. A held alert is a message with `hold_until`.
At that instant `bind` puts what one person waits for into one further message, the digest, which names it as `carrier`;
`settle` lets the lines share the fate of their digest. Each tick looks again, so a process that dies in between
delays and doubles nothing.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.scope import ALL, scope
from obligations.bulk import chunks
from obligations.models import Message, Obligation

BATCH: Final = 1000
LONGEST: Final = dt.timedelta(days=2)  # a later release was set before the clock was set back
LINES: Final = 200  # of one digest
State = Message.State


@dataclass(frozen=True)
class Wishes:
    """When a person wants to hear of day clocks; None: at any hour."""

    zone: dt.tzinfo
    digest_at: dt.time | None
    quiet: tuple[dt.time, dt.time] | None

    def release(self, at: dt.datetime) -> dt.datetime:
        """The first instant from `at` on at which this person wants to be told."""
        if self.digest_at is not None:
            return self._next(self.digest_at, at)
        return self._next(self.quiet[1], at) if self.quiet and self._is_quiet(at) else at

    def _is_quiet(self, at: dt.datetime) -> bool:
        assert self.quiet
        begins, ends = self.quiet
        now = at.astimezone(self.zone).time()
        return begins <= now < ends if begins < ends else now >= begins or now < ends

    def _next(self, time: dt.time, at: dt.datetime) -> dt.datetime:
        day = at.astimezone(self.zone).date()
        found = dt.datetime.combine(day, time, self.zone).astimezone(dt.UTC)
        later = dt.datetime.combine(day + dt.timedelta(days=1), time, self.zone).astimezone(dt.UTC)
        return found if found >= at else later


def wishes_of(user: User) -> Wishes | None:
    """None: this person is told at once, day and night."""
    quiet = (user.quiet_from, user.quiet_to) if user.quiet_from and user.quiet_to else None
    digest = user.digest_at if user.alerts == User.Alerts.DIGEST else None
    return Wishes(ZoneInfo(user.time_zone), digest, quiet) if digest or quiet else None


def hold(
    messages: Iterable[Message],
    row: Obligation,
    wishes: Mapping[int, Wishes],
    now: dt.datetime,
    *,
    climbs: bool,
) -> None:
    """Mark the alerts of an obligation that their readers want later. `climbs`: somebody has not heard the first."""
    if climbs or row.reckoning.get("hour_clock") or row.matter.restricted:
        return
    for message in messages:
        wish = wishes.get(message.user_id or 0)
        until = wish.release(now) if wish else now
        if wish and until > now and _may_wait(row, now, until):
            message.hold_until, message.digest = until, wish.digest_at is not None


def heard_at(messages: Iterable[Message], row: Obligation, now: dt.datetime) -> dt.datetime:
    """When its owner is told: from then on the alert counts as unheard, so nobody is passed over while it is held."""
    own = [message.hold_until for message in messages if message.user_id == row.owner_id]
    return next((until for until in own if until is not None), now)


def _may_wait(row: Obligation, now: dt.datetime, until: dt.datetime) -> bool:
    late = row.due_at is not None and row.due_at <= until
    return not late and not (row.target_at is not None and now < row.target_at <= until)


def free(now: dt.datetime) -> Q:
    """Messages that may go out by themselves now."""
    return Q(carrier=None, digest=False) & (Q(hold_until=None) | _released(now))


def _released(now: dt.datetime) -> Q:
    return Q(hold_until__lte=now) | Q(hold_until__gt=now + LONGEST)


def bind(now: dt.datetime) -> int:
    """Put what each person waits for into one message; returns the number of digests."""
    with scope(ALL, reason="digests"), transaction.atomic():
        waiting = Message.objects.filter(_released(now), state=State.QUEUED, digest=True, carrier=None)
        rows = list(
            waiting.select_related("obligation", "matter")
            .order_by("recipient", "queued_at", "id")
            .select_for_update(of=("self",), skip_locked=True, no_key=True)[:BATCH]
        )
        alone = [row for row in rows if row.matter is None or row.matter.restricted]
        _let_go(alone)
        others = [row for row in rows if row not in alone]
        return sum(
            _gather(part, now)
            for _, group in groupby(others, key=lambda row: row.recipient)
            for part in chunks(list(group), LINES)
        )


def _gather(rows: Sequence[Message], now: dt.datetime) -> int:
    if len(rows) < 2:
        _let_go(rows)
        return 0
    first = rows[0]
    made = Message.objects.create(
        user_id=first.user_id,
        recipient=first.recipient,
        recipient_name=first.recipient_name,
        template="obligations/digest",
        context={"recipient": first.recipient_name, "lines": [_line(row) for row in rows]},
        queued_at=now,
        next_attempt_at=now,
    )
    Message.objects.filter(pk__in=[row.pk for row in rows]).update(carrier=made.pk, digest=False)
    return 1


def _let_go(rows: Sequence[Message]) -> None:
    if rows:
        Message.objects.filter(pk__in=[row.pk for row in rows]).update(digest=False, hold_until=None)


def _line(row: Message) -> dict[str, object]:
    """What the digest says of one alert; `ended`: it was met or fell away while it waited."""
    names = ("duty", "customer", "reference", "title", "source", "zone", "rung", "obligation", "period")
    kept = {name: row.context.get(name, "") for name in names}
    zone = ZoneInfo(row.context.get("zone", "UTC"))
    when = row.context.get("due_at") or row.context.get("target_at")
    at = f"{dt.datetime.fromisoformat(when).astimezone(zone):%a %-d %b %Y, %H:%M}" if when else ""
    return {**kept, "when": at, "ended": row.obligation is not None and not row.obligation.is_open}


def settle(now: dt.datetime) -> None:
    """Lines whose digest has gone out, or has failed, share its fate."""
    with scope(ALL, reason="digests"), transaction.atomic():
        waiting = Message.objects.filter(state=State.QUEUED, carrier__isnull=False)
        carriers = set(waiting.values_list("carrier", flat=True).distinct()[:BATCH])
        for digest in Message.objects.filter(pk__in=carriers).exclude(state=State.QUEUED):
            follow(digest, now)


def follow(digest: Message, now: dt.datetime) -> None:
    """Write the fate of a digest on its lines; of one that nobody got, each line goes to the next in line."""
    lines = Message.objects.filter(carrier=digest.pk).exclude(state=digest.state)
    fate: dict[str, object] = {
        name: getattr(digest, name)
        for name in ("state", "subject", "sent_at", "received_at", "failed_at", "proof", "error")
    }
    if digest.state == State.FAILED:
        fate |= {"pending_step": "next contact", "pending_at": digest.failed_at or now}
    lines.update(**fate, next_attempt_at=None)
