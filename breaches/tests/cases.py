"""What the tests of this room share: a breach with its notices, mails that arrive, and the clocks of a matter."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

from conftest import utc
from obligations import delivery
from obligations.actions import advance, open_matter
from obligations.mailing import DELIVERED, RELAYED, Rejected
from obligations.models import Agreement, Matter, Message, Obligation

AT = utc("27 Mar 17:00")
TEXT = {"text": "We suspect that somebody signed in who should not."}


def breach(cast: SimpleNamespace, agreements: list[Agreement], at: dt.datetime = AT, **facts: Any) -> Matter:
    """Suspected and reported at `at`; `facts` change what the form says."""
    known = {
        "suspected_at": at,
        "where": "processor",
        "categories": "customer_content",
        "description": "Found in a log.",
        "agreements": [agreement.pk for agreement in agreements],
    }
    return open_matter("breach", actor=cast.olga, at=at, facts=known | facts, title="Unknown sign-ins")


def notice(found: Matter, agreement: Agreement) -> Matter:
    """The notice to that agreement, as it is now."""
    return Matter.objects.get(parent=found, kind="breach_notice", agreement=agreement)


def step(row: Matter, name: str, actor: Any, at: dt.datetime, **facts: Any) -> None:
    """Take a step of the matter as it is stored now."""
    advance([Matter.objects.get(pk=row.pk)], name, actor=actor, at=at, facts=facts)


class Post:
    """Mail servers that answer by the addressee's first name; whoever is not named sits behind a relay."""

    def __init__(self, **answers: str) -> None:
        self.answers = answers

    def __enter__(self) -> "Post":
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing to close."""

    def send(self, message: Message) -> str:
        answer = self.answers.get(message.recipient_name.split()[0].lower(), RELAYED)
        if answer not in (DELIVERED, RELAYED):
            raise Rejected(answer, permanent=True)
        return answer


def mail(at: dt.datetime, **answers: str) -> None:
    """The post goes out."""
    delivery.deliver(at, post=lambda: Post(**answers))


def clocks(row: Matter, duty: str) -> list[Obligation]:
    """Every row of that duty, oldest first."""
    return list(Obligation.objects.filter(matter=row, duty=duty).order_by("occurrence", "round"))


def running(row: Matter, duty: str) -> Obligation:
    return Obligation.objects.get(matter=row, duty=duty, state="open")
