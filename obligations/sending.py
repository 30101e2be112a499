"""A few leased messages at a time: rendered, handed over at once on several connections, and written down together.

A mail server that needs its time keeps one connection busy, not the others; and the database hears of a group with
two statements. A process that dies repeats a group at most, each message under its own Message-ID.
"""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

from accounts.scope import ALL, scope
from obligations import journal, mailing
from obligations.bulk import set_columns
from obligations.models import Message

log = logging.getLogger(__name__)
LEASE = dt.timedelta(seconds=30)  # a killed worker's messages go on within this and one tick: under a minute
SHARE = 4  # messages of a group for each connection
PATIENCE = dt.timedelta(
    seconds=5
)  # after which a connection begins no other message of its share: the lease runs
BACKOFF = [dt.timedelta(minutes=m) for m in (0.5, 1, 5, 15, 30, 60, 120, 240)]  # then a dead letter
RENDERED = ("subject", "text", "html", "lease_until")
FATE = (
    *("state", "sent_at", "received_at", "failed_at", "proof", "attempts", "error", "next_attempt_at"),
    *("lease_token", "lease_until", "pending_step", "pending_at"),
)
NO_LEASE = {"lease_token": None, "lease_until": None}
State = Message.State
Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Connections:
    """Mail carriers, each of which sends one message at a time, and what runs them side by side."""

    carriers: Sequence[Any]
    side_by_side: Callable[..., Iterator[None]]


@contextmanager
def open_connections(post: Callable[[], Any], number: int) -> Iterator[Connections]:
    """As many carriers as messages are sent at once; one alone works in the caller's own thread."""
    with ExitStack() as opened:
        carriers = [opened.enter_context(post()) for _ in range(number)]
        if number == 1:
            yield Connections(carriers, map)
            return
        yield Connections(carriers, opened.enter_context(ThreadPoolExecutor(number, "deliver")).map)


def send(rows: Sequence[Message], to: Connections, clock: Clock) -> int:
    """Send messages of one lease; returns how many a server took. Two statements.

    Each carrier has its share of them. What a slow server leaves of it is nobody's again, and waits.
    """
    token, carriers = rows[0].lease_token, to.carriers
    ready, broken = _rendered(rows, clock)
    began = clock()
    ready = _renewed(ready, token, began)
    shares = [ready[place :: len(carriers)] for place in range(len(carriers))]
    list(
        to.side_by_side(lambda share, carrier: _hand_over_all(share, carrier, began, clock), shares, carriers)
    )
    _write([*ready, *broken], FATE, token)
    return sum(row.state in (State.SENT, State.RECEIVED) for row in ready)


def _rendered(rows: Sequence[Message], clock: Clock) -> tuple[list[Message], list[Message]]:
    """Those that can be sent, and those that failed: one that cannot be rendered delays nobody else."""
    ready, broken = [], []
    for row in rows:
        try:
            if not row.text:
                found = mailing.render(row)
                row.subject, row.text, row.html = found.subject[:250], found.text, found.html
            ready.append(row)
        except Exception as error:
            log.exception("message %s cannot be rendered", row.pk)
            _fail(row, f"{type(error).__name__}: {error}", clock(), final=False)
            broken.append(row)
    return ready, broken


def _renewed(rows: list[Message], token: uuid.UUID | None, now: dt.datetime) -> list[Message]:
    """Store what they say, and renew the lease just before sending. Without those that somebody else took over."""
    for row in rows:
        row.lease_until = now + LEASE
    if _write(rows, RENDERED, token) == len(rows):
        return rows
    with scope(ALL, reason="deliver"):
        held = Message.objects.filter(pk__in=[row.pk for row in rows], lease_token=token, state=State.QUEUED)
        ours = set(held.values_list("pk", flat=True))
    return [row for row in rows if row.pk in ours]


def _write(rows: Sequence[Message], columns: Sequence[str], token: uuid.UUID | None) -> int:
    """Write what became of messages of this lease; returns how many we still held."""
    if not rows:
        return 0
    held = Message._meta.get_field("lease_token").get_db_prep_value(token, connection)
    with scope(ALL, reason="deliver"):
        return set_columns(rows, columns, f"t.state = '{State.QUEUED}' AND t.lease_token = %s", [held])


def _hand_over_all(rows: Sequence[Message], carrier: Any, began: dt.datetime, clock: Clock) -> None:
    """One after the other; the first without a look at the clock, which may have been set meanwhile."""
    for place, row in enumerate(rows):
        if place and not began <= clock() < began + PATIENCE:
            _set(row, NO_LEASE)
        else:
            _hand_over(row, carrier, clock)


def _hand_over(row: Message, carrier: Any, clock: Clock) -> None:
    """In a thread of its own, so without the database: what became of the message stands on the row."""
    try:
        how = carrier.send(row)
    except mailing.Rejected as error:
        _fail(row, str(error), clock(), final=error.permanent)
    except Exception as error:
        log.exception("message %s cannot be sent", row.pk)
        _fail(row, f"{type(error).__name__}: {error}", clock(), final=False)
    else:
        at = clock()
        journal.note(row, how, at)
        _set(row, outcome(row, how, at))


def _fail(row: Message, words: str, at: dt.datetime, *, final: bool) -> None:
    """Wait for the next attempt, or give up."""
    if final or row.attempts >= len(BACKOFF):
        journal.note(row, journal.FAILED, at)
        _set(row, {**outcome(row, journal.FAILED, at), "error": words[:500]})
    else:
        waits = {"next_attempt_at": at + BACKOFF[row.attempts], "error": words[:500]}
        _set(row, {**waits, "attempts": row.attempts + 1, **NO_LEASE})


def _set(row: Message, values: Mapping[str, object]) -> None:
    for name, value in values.items():
        setattr(row, name, value)


def outcome(row: Message, how: str, at: dt.datetime) -> dict[str, object]:
    """What an acceptance or the last failure writes; after a restore a line of the journal does (replaying.py)."""
    ended = {"attempts": row.attempts + 1, "next_attempt_at": None, **NO_LEASE}
    if how == journal.FAILED:  # a dead letter, after which the next contact is tried
        follows = {"pending_step": row.after_failure, "pending_at": at if row.after_failure else None}
        return {**ended, "state": State.FAILED, "failed_at": at, **follows}
    # Proof of receipt only where the agreement says that it counts.
    proof = how in row.context.get("proofs", (mailing.DELIVERED,))
    step = row.step_on_receipt if proof else row.step_on_relay
    received = {"received_at": at, "proof": how} if proof else {}
    return {
        **ended,
        "state": State.RECEIVED if proof else State.SENT,
        "sent_at": at,
        "error": "",
        "pending_step": step,
        "pending_at": at if step else None,
        **received,
    }
