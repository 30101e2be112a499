"""How long the program keeps its own records: dated terms of the house's profile, looked at once a day.

Matters, obligations, entries and evidence are no such records: what the contracts and their duties need stays. A data
subject's data has its own term (dsars/purging.py). Of what goes, only how much is said, in the log.
"""

import datetime as dt
import logging
from collections.abc import Callable, Mapping
from typing import Final

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.scope import ALL, scope
from obligations import alerts
from obligations.clauses import TermSpec
from obligations.models import Message
from obligations.periods import before, parse_period
from obligations.terms import TermBook

log = logging.getLogger(__name__)
EVERY: Final = dt.timedelta(days=1)
MARK: Final = "retention"  # the heartbeat that says when we looked
PART: Final = 2000  # rows a statement, so that nobody waits long for a lock
Forget = Callable[[dt.datetime], int]  # takes away what ended before that instant; returns how much


def _keep(name: str, label: object, **length: int) -> TermSpec:
    return TermSpec(f"tool.{name}.keep", "period", length, label)


TERMS: Final = (
    _keep("alerts", _("Words of alerts and digests"), years=1),
    _keep("notices", _("Words of notices to customers"), years=6),
    _keep("webhooks", _("Log of the attempts of webhooks"), days=30),
    _keep("jobs", _("Finished jobs and the rows that they worked"), days=90),
    _keep("invitations", _("Invitations that were taken, withdrawn or ran out"), days=90),
    _keep("tokens", _("Ended tokens and addresses of calendars"), years=1),
    _keep("sessions", _("Ended sessions, with their addresses and browsers"), days=1),
    _keep("mails", _("Mails written as files, where there is no relay"), days=30),
    _keep("journal", _("The journal of what was sent"), days=400),
    _keep("strays", _("Files that nothing points to"), days=1),
)
RECORDS: Final[dict[str, list[Forget]]] = {}  # term -> what follows it; filled in ready()


def follow(name: str, forget: Forget) -> None:
    """Let a kind of records follow the term of that name. KeyError when there is none."""
    key = next(spec.key for spec in TERMS if spec.key == f"tool.{name}.keep")
    RECORDS.setdefault(key, []).append(forget)


def tick(now: dt.datetime) -> None:
    """Once a day, by whoever comes first."""
    if alerts.its_turn(MARK, EVERY, now):
        tidy(now)


def tidy(now: dt.datetime) -> dict[str, int]:
    """Take away what was kept long enough; returns how much by term. A kind that fails does not stop the others."""
    gone: dict[str, int] = {}
    for key, end in limits(now).items():
        for forget in RECORDS.get(key, ()):
            try:
                with scope(ALL, reason=f"retention: {key}"), transaction.atomic():
                    gone[key] = gone.get(key, 0) + forget(end)
            except Exception:
                log.exception("retention: %s could not be followed", key)
    for key, number in gone.items():
        if number:
            log.info("retention: %s of %s taken away", number, key)
    return gone


def limits(now: dt.datetime) -> Mapping[str, dt.datetime]:
    """What ended before that instant was kept long enough, by term, as the house's profile says today."""
    with scope(ALL, reason="retention"):
        book = TermBook(())
        values = {spec.key: book.read(None, spec.key, when=now.date()).value for spec in TERMS}
    return {key: before(now, parse_period(value)[0]) for key, value in values.items()}


def words_of_alerts(end: dt.datetime) -> int:
    """Empty alerts and digests: who was told, when and with what fate stays."""
    return _emptied(Message.objects.filter(entry=None), end)


def words_of_notices(end: dt.datetime) -> int:
    """Empty notices. What a step said stands in its entry."""
    return _emptied(Message.objects.filter(entry__isnull=False), end)


def _emptied(rows: "QuerySet[Message]", end: dt.datetime) -> int:
    over = rows.filter(queued_at__lt=end, pending_step="").exclude(state="queued").exclude(context={})
    number = 0
    while ids := list(over.values_list("pk", flat=True)[:PART]):
        number += Message.objects.filter(pk__in=ids).update(subject="", text="", html="", context={})
    return number
