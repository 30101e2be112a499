"""When a breach may be closed: the record of Art. 33(5) is whole, and nobody's time still runs."""

import datetime as dt
from collections.abc import Mapping, Sequence

from breaches import content
from breaches.models import Breach
from obligations.models import Matter, Obligation


def nothing_runs_any_more(breaches: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A breach is closed when customers were told, everybody's time is over, and the record of Art. 33(5) is whole."""
    ids = [breach.pk for breach in breaches]
    below = Obligation.objects.filter(matter__parent__in=ids, state=Obligation.State.OPEN)
    reasons: dict[int, str] = {}
    for row in below.select_related("matter").order_by("due_at", "id"):
        if row.duty == "notify_customer":
            reasons.setdefault(row.matter.parent_id, _not_notified(row))
        elif row.duty == "inform_authority" and row.due_at and row.due_at > now:
            reasons.setdefault(row.matter.parent_id, _has_until(row))
    ours = Obligation.objects.filter(matter__in=ids, state=Obligation.State.OPEN).exclude(duty="describe")
    for row in ours.select_related("matter").order_by("id"):
        title = row.matter.clause.duty(row.duty).title
        reasons.setdefault(
            row.matter_id, f"“{title}” is still open. Do it first, or record why it is not needed."
        )
    for found in Breach.objects.filter(matter__in=ids):
        missing = content.unknown(found, content.RECORD)
        if missing:
            words = f"Not described yet: {', '.join(missing)}. The record of a breach needs them (GDPR Art. 33(5))."
            reasons.setdefault(found.matter_id, words)
    return reasons


def _not_notified(row: Obligation) -> str:
    return f"{row.matter.title}: the notice has not been received yet. You can close when it has."


def _has_until(row: Obligation) -> str:
    return (
        f"{row.matter.title}: the customer has until {row.due_at:%a %-d %B, %H:%M} UTC to inform its authority. "
        "You can close when it has, or after that time."
    )
