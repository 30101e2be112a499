"""Why access may not be granted yet, in words: no basis, or a customer that has not been told (7.1a to 7.1c)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from disclosures import secrecy
from disclosures.models import Disclosure
from obligations.clauses import Turns
from obligations.clock import Vague, earliest
from obligations.models import Entry, Matter
from obligations.periods import describe_period, parse_period
from obligations.terms import TermBook

BASIS, BEFORE = "disclosures.basis", "disclosures.notice.before"
TOLD_BY = ("received", "telephoned", "consent", "record_consent")
MOST_NAMES = 10


def may_be_granted(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A law that obliges us, or the written consent of every customer; and each has received its notice."""
    details = Disclosure.objects.in_bulk([row.pk for row in rows])
    gagged, affected, below = secrecy.gagged(rows), secrecy.affected(rows), _below(rows)
    reasons = {}
    for row in rows:
        found = [] if row.pk in gagged else _untold(row, affected[row.pk], below[row.pk])
        if not details[row.pk].law:
            found.append(_no_basis(below[row.pk], now))
        if any(found):
            reasons[row.pk] = " ".join(words for words in found if words)
    return reasons


def _below(rows: Sequence[Matter]) -> dict[int, list[Matter]]:
    found: dict[int, list[Matter]] = {row.pk: [] for row in rows}
    notices = Matter.objects.filter(parent__in=found, kind="disclosure_notice").exclude(state="retracted")
    for notice in notices.select_related("agreement", "customer").order_by("pk"):
        found[notice.parent_id].append(notice)
    return found


def _untold(row: Matter, affected: Sequence[int], below: Sequence[Matter]) -> list[str]:
    if row.restricted:
        return [
            "It is shown to named people only, but no prohibition to tell is recorded. Record it, or release it."
        ]
    if not below or set(affected) - {notice.agreement_id for notice in below}:
        return ["Tell the customers first: notice comes before access (7.1)."]
    names = [str(notice.customer) for notice in below if notice.state != "received"]
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return [f"Not yet received the notice: {', '.join(names[:MOST_NAMES])}{more} (7.1)."] if names else []


def _no_basis(below: Sequence[Matter], now: dt.datetime) -> str:
    """The written consent of every customer, where its agreement lets that count."""
    given = secrecy.consented([notice.pk for notice in below])
    book = TermBook([notice.agreement for notice in below if notice.agreement], [BASIS])
    missing = [
        str(notice.customer)
        for notice in below
        if notice.pk not in given
        or book.read(notice.agreement, BASIS, when=now.date()).value == "mandatory_law"
    ]
    if below and not missing:
        return ""
    who = ", ".join(missing[:MOST_NAMES]) or "the customers"
    return f"Nothing allows it: neither a law that obliges us nor the written consent of {who} (7.1)."


def after_the_notices(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Access lies after the receipt of every notice, and after a minimum period where one was agreed."""
    below = _below([row for row, _ in pairs])
    notices = [notice for found in below.values() for notice in found]
    received = _received([notice.pk for notice in notices])
    book = TermBook([notice.agreement for notice in notices if notice.agreement], [BEFORE])
    reasons = []
    for row, facts in pairs:
        told = [] if row.restricted else below[row.pk]
        words = [_too_early(notice, received.get(notice.pk), facts["granted_at"], book) for notice in told]
        reasons.append(next((found for found in words if found), ""))
    return reasons


def _received(ids: Sequence[int]) -> dict[int, dt.datetime]:
    """The first proven receipt of each notice."""
    found: dict[int, dt.datetime] = {}
    for entry in Entry.objects.filter(matter__in=ids, step__in=TOLD_BY).order_by("pk"):
        found.setdefault(entry.matter_id, entry.at)
    return found


def _too_early(notice: Matter, received: dt.datetime | None, granted: dt.datetime, book: TermBook) -> str:
    if received is None or notice.agreement is None:
        return ""
    if granted < received:
        return f"{notice.customer} received the notice on {_utc(received)}: access comes after it (7.1)."
    value = book.read(notice.agreement, BEFORE, when=received.date()).value
    period, _target, _minimum = parse_period(value)
    if isinstance(period, Vague):
        return ""
    first = earliest(period, received, notice.agreement.calendar_of("processor")).due_at
    if granted >= first:
        return ""
    return f"{notice.customer} must be told {describe_period(value)} before: the earliest access is {_utc(first)}."


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%a %-d %B %Y, %H:%M} UTC"


def nothing_is_open(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Closed when everybody has been told and what was handed over is on record."""
    ids = [row.pk for row in rows]
    recorded = set(Entry.objects.filter(matter__in=ids, step="hand_over").values_list("matter_id", flat=True))
    below = _below(rows)
    reasons = {}
    for row in rows:
        waiting = [str(notice.customer) for notice in below[row.pk] if notice.state != "received"]
        if row.restricted:
            reasons[row.pk] = (
                "It is still kept from the customers. Record first that telling is allowed again."
            )
        elif waiting:
            reasons[row.pk] = f"Not told yet: {', '.join(waiting[:MOST_NAMES])}."
        elif row.state == "granted" and row.pk not in recorded:
            reasons[row.pk] = "What was handed over is not recorded yet. Record it first."
    return reasons
