"""Agreements for which a suspicion is not enough (term breaches.suspected_counts): their clocks await confirmation."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from breaches.models import Breach
from obligations.clauses import Facts, Field
from obligations.models import Agreement, Entry, Matter
from obligations.terms import TermBook

COUNTS = "breaches.suspected_counts"
AWAITS = Field(
    "awaits_confirmation",
    "boolean",
    _("Its clocks start when the breach is confirmed"),
    _("The agreement speaks of a breach; a suspicion is not enough."),
    required=False,
)


def awaiting(agreements: Collection[Agreement]) -> Callable[[Agreement, dt.date], bool]:
    """Whether one of them awaits confirmation, by its terms as they stood on a day."""
    book = TermBook(agreements, [COUNTS])
    return lambda agreement, on: not book.read(agreement, COUNTS, when=on).value


def confirmed_for(breaches: Sequence[Matter]) -> Mapping[int, dt.datetime]:
    """Notices that wait and whose breach is certain: when it was confirmed, by id."""
    rows = Breach.objects.filter(matter__in=[row.pk for row in breaches], confirmed_at__isnull=False)
    times = dict(rows.values_list("matter_id", "confirmed_at"))
    if not times:
        return {}
    waiting = Entry.objects.filter(
        matter__parent__in=times, matter__kind="breach_notice", step="open", facts__awaits_confirmation=True
    ).exclude(matter__entries__step="confirmed")
    return {pk: times[parent] for pk, parent in waiting.values_list("matter_id", "matter__parent_id")}


def counts(notice: Matter, facts: Facts) -> bool:
    """The clause binds: by the suspicion that opened the notice, or since the confirmation."""
    return not facts.get(AWAITS.name)


def must_be_told(notice: Matter, facts: Facts) -> bool:
    """The same, unless the customer was told of the suspicion already."""
    return counts(notice, facts) and notice.state not in ("received", "informed")
