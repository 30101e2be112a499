"""What was due, what the sink accepted, and whether the two agree."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from obligations.models import Entry, Matter, Message, Obligation

FIRST, DEPUTY = 0, 1  # rungs of the duty to notify: at the start, and one hour after it
HOUR = dt.timedelta(hours=1)


def everything_is_out(expected: int) -> bool:
    """Every alert and notice was accepted by the sink and nothing waits to follow from that."""
    rows = Message.objects.filter(state__in=("sent", "received"))
    waiting = (
        Message.objects.exclude(pending_step="").exists() or Message.objects.filter(state="queued").exists()
    )
    alerts = rows.filter(obligation__duty="notify_customer", rung=DEPUTY).count()
    notices = rows.filter(entry__step="send").count()
    return not waiting and alerts >= expected and notices >= expected


def due_at(row: Message) -> dt.datetime:
    """When this message had to go out: an alert with its rung, a notice when it was queued."""
    obligation = row.obligation
    if obligation is None or row.rung == FIRST:
        return row.queued_at
    return max(obligation.started_at + HOUR, obligation.matter.opened_at)


@dataclass(frozen=True)
class Books:
    """The figures of a run; `problems` in words, empty when all is well."""

    messages: int
    accepted: int
    repeats: int
    latest: float  # seconds that the latest message was late, of all
    after: float  # seconds that the latest message was late, counted from the last kill where that came later
    middle: float
    problems: Sequence[str]

    def __str__(self) -> str:
        return (
            f"{self.messages} messages, {self.accepted} acceptances by the sink, {self.repeats} repeats with the same "
            f"Message-ID; late: median {self.middle:.1f} s, most {self.latest:.1f} s; after the last kill at most "
            f"{self.after:.1f} s"
        )


def audit(taken: Sequence[dict[str, Any]], expected: int, last_kill: float) -> Books:
    """Compare the outbox with what the sink took. `last_kill` in seconds since 1970."""
    rows = list(Message.objects.select_related("obligation__matter", "entry"))
    known = {str(row.pk): row for row in rows}
    ids = [mail["id"].strip("<>").partition("@")[0] for mail in taken]
    first: dict[str, float] = {}
    for key, mail in zip(ids, taken, strict=True):
        first.setdefault(key, mail["at"])
    late = [first[key] - due_at(row).timestamp() for key, row in known.items() if key in first]
    after = [
        first[key] - max(due_at(row).timestamp(), last_kill) for key, row in known.items() if key in first
    ]
    problems = [*_lost(known, first, expected), *_doubled(rows, taken), *_strangers(known, first), *_steps()]
    latest, most = max(late, default=0), max(after, default=0)
    middle = sorted(late)[len(late) // 2] if late else 0
    return Books(len(rows), len(ids), len(ids) - len(first), latest, most, middle, problems)


def _lost(known: dict[str, Message], first: dict[str, float], expected: int) -> list[str]:
    found = [f"{row} was not accepted" for key, row in known.items() if key not in first]
    duties = list(Obligation.objects.filter(duty="notify_customer").values_list("pk", flat=True))
    rang = defaultdict(set)
    skipped = set()
    for row in known.values():
        if row.obligation_id:
            rang[row.obligation_id].add(row.rung)
            if "start" in row.context.get("skipped", ()):
                skipped.add(row.obligation_id)
    found += [f"obligation {pk} never rang" for pk in duties if DEPUTY not in rang[pk]]
    found += [f"the start of {pk} never rang" for pk in duties if FIRST not in rang[pk] and pk not in skipped]
    notices = sum(row.entry is not None and row.entry.step == "send" for row in known.values())
    if not len(duties) == notices == expected:
        found.append(f"{expected} agreements, {len(duties)} duties, {notices} notices")
    return found


def _doubled(rows: Sequence[Message], taken: Sequence[dict[str, Any]]) -> list[str]:
    """Rows that say the same to the same person; and acceptances of one message under two Message-IDs."""
    keys = Counter((r.obligation_id, r.round, r.rung, r.entry_id, r.template, r.recipient) for r in rows)
    found = [f"{n} rows for {key}" for key, n in keys.items() if n > 1]
    own = {row.recipient for row in rows if row.entry_id}
    by_notice = defaultdict(set)
    for mail in taken:
        if mail["to"] in own:
            by_notice[mail["to"], mail["subject"]].add(mail["id"])
    return found + [f"{key} came as {ids}" for key, ids in by_notice.items() if len(ids) > 1]


def _strangers(known: dict[str, Message], first: dict[str, float]) -> list[str]:
    return [f"the sink has {key}, the outbox does not" for key in first if key not in known]


def _steps() -> list[str]:
    """What follows from an acceptance happened once: the notice is relayed, the customer's clock runs."""
    relayed = Counter(Entry.objects.filter(step="relayed").values_list("matter_id", flat=True))
    sent = Counter(Entry.objects.filter(step="send").values_list("matter_id", flat=True))
    notices = set(Matter.objects.filter(kind="breach_notice").values_list("pk", flat=True))
    clocks = Counter(Obligation.objects.filter(duty="inform_authority").values_list("matter_id", flat=True))
    return [
        f"notice {pk}: {what} {count[pk]} times"
        for what, count in (("relayed", relayed), ("sent", sent), ("its 72 hours began", clocks))
        for pk in notices
        if count[pk] != 1
    ]
