"""A notice to all customers of a breach at once: what each would read, and what became of each."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.urls import reverse

from accounts.roles import Actor
from breaches.clause_notice import NOTICE
from breaches.texts import by_text
from jobs.models import Job
from obligations import bulk_steps, mailing, notices
from obligations.actions import advance, entry
from obligations.models import Matter, Message
from obligations.terms import TermBook

NO_TEXT = "Nothing is written for it yet. Write a text for all, for its language or for this agreement."


@dataclass(frozen=True)
class Preview:
    """One text, the notices that it goes to, and how the first of each language reads."""

    text: str
    rows: Sequence[Matter]
    mails: Sequence[tuple[str, mailing.Rendered]]


@dataclass
class Result:
    """What a batch did: notices sent, and the reason for each that was not."""

    done: list[Matter] = field(default_factory=list)
    refused: list[tuple[Matter, str]] = field(default_factory=list)


def owed(breach: Matter) -> list[Matter]:
    """Notices of the breach that were not sent yet."""
    rows = Matter.objects.filter(parent=breach, kind="breach_notice", state="owed")
    return list(rows.select_related("agreement", "customer").order_by("pk"))


def previews(breach: Matter, actor: Actor, now: dt.datetime) -> list[Preview]:
    """What would be sent, grouped by text; each text is rendered once in every language it goes out in."""
    rows = owed(breach)
    book = TermBook(row.agreement for row in rows if row.agreement)
    return [
        Preview(text, group, _mails(text, group, actor, now, book) if text else ())
        for text, group in by_text(breach, rows).items()
    ]


def _mails(
    text: str, rows: Iterable[Matter], actor: Actor, now: dt.datetime, book: TermBook
) -> list[tuple[str, mailing.Rendered]]:
    chosen: list[Matter] = list(rows)
    first: dict[str, Matter] = {}
    to = notices.first_contacts(chosen)
    for row in chosen:
        own = [address.language for address in to.get(row.pk, ())[:1] if address.language]
        first.setdefault(own[0] if own else row.agreement.language if row.agreement else "en", row)
    return [
        (language, mailing.render(_unsent(text, row, to.get(row.pk, ()), actor, now, book)))
        for language, row in first.items()
    ]


def _unsent(
    text: str,
    row: Matter,
    to: Sequence[notices.Address],
    actor: Actor,
    now: dt.datetime,
    book: TermBook,
) -> Message:
    """The very message that `send` would queue, stored nowhere."""
    notice = NOTICE.step("send").notice
    assert notice
    made = entry(row, "send", actor, now, now, facts={"text": text})
    address = to[0] if to else notices.Address("", str(row.customer), None)
    return notices.message(notice, row, made, address, now, book)


def send(breach: Matter, rows: Sequence[Matter], actor: Actor, now: dt.datetime) -> Result:
    """Send each its own text, one batch a text. Nobody waits for one that is refused."""
    result = Result()
    for text, group in by_text(breach, rows).items():
        if not text:
            result.refused += [(row, NO_TEXT) for row in group]
            continue
        outcome = advance(group, "send", actor=actor, at=now, facts={"text": text}, partial=True)
        known = {row.pk: row for row in group}
        result.done += [known[pk] for pk in outcome.done]
        result.refused += [(known[pk], reason) for pk, reason in outcome.refused.items()]
    return result


def start(
    breach: Matter, rows: Sequence[Matter], actor: Actor, now: dt.datetime, key: uuid.UUID | None
) -> Job:
    """The same for so many that no page waits: a job sends each the text that it has now."""
    texts = by_text(breach, rows)
    bare = [(row, NO_TEXT) for row in texts.pop("", [])]
    groups = [({"text": text}, group) for text, group in texts.items()]
    back = reverse("breach-notices", args=[breach.public_reference])
    return bulk_steps.start(
        NOTICE.step("send"), groups, refused=bare, actor=actor, at=now, now=now, key=key, back=back
    )


@dataclass(frozen=True)
class Fate:
    """A notice, its latest message, and why nothing can be sent to it."""

    row: Matter
    message: Message | None
    hindrance: str


def fates(rows: Sequence[Matter]) -> list[Fate]:
    """What became of each notice so far. Two statements."""
    sent = Message.objects.filter(matter__in=[row.pk for row in rows], template="breaches/notice")
    latest = {message.matter_id: message for message in sent.order_by("queued_at", "id")}
    unsent = [row for row in rows if row.state == "owed"]
    missing = notices.missing_contacts(unsent, NOTICE.step("send").notice)
    return [Fate(row, latest.get(row.pk), missing.get(row.pk, "")) for row in rows]
