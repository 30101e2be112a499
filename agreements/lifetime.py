"""When an agreement begins and ends, and what must be true before (4.1, 4.2c, 15, 17)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from obligations.clauses import PROCESSOR, Turns
from obligations.clock import earliest
from obligations.counting import calendar_for
from obligations.models import Agreement, Entry, Matter, Obligation
from obligations.periods import parse_period
from obligations.terms import TermBook

ENDS_WITH = "agreements.ends_with"
NOTICE = "agreements.termination.notice"
DAY = "%-d %B %Y"


def local_day(matter: Matter, at: dt.datetime) -> dt.date:
    """The date of an instant where the processor sits in this agreement."""
    return at.astimezone(ZoneInfo(calendar_for(matter, PROCESSOR).tz)).date()


def signed_already(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Nobody has signed tomorrow."""
    return [
        next(
            (
                f"{day:{DAY}} lies ahead. Record a signature once it is made."
                for name in ("signed_by_us_on", "signed_by_customer_on")
                if (day := facts.get(name)) and day > local_day(matter, now)
            ),
            "",
        )
        for matter, facts in pairs
    ]


def names_a_clause(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A state is given to a clause that the contract has."""
    wanted = {matter.agreement_id for matter, _ in pairs}
    rows = Agreement.objects.filter(pk__in=wanted).values_list("pk", "profile__clauses")
    clauses = {pk: list(found) for pk, found in rows}
    return [
        ""
        if facts["clause"] in clauses[matter.agreement_id]
        else f"The contract has no clause {facts['clause']}; it has {', '.join(clauses[matter.agreement_id])}."
        for matter, facts in pairs
    ]


def ccpa_is_unmet(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """There is something to tell only while the duty to tell is open."""
    ids = [row.pk for row in rows]
    open_ = Obligation.objects.filter(matter__in=ids, duty="inform_ccpa", state="open")
    known = set(open_.values_list("matter_id", flat=True))
    words = "Nothing is open to tell. Record first which CCPA duty can no longer be met."
    return {pk: words for pk in ids if pk not in known}


def deletion_is_proven(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """The agreement lives until the erasure is certified (4.1b), unless its terms end it with the contract."""
    ids = [row.agreement_id for row in rows]
    exits = Matter.objects.filter(kind="exit", agreement__in=ids).exclude(state="withdrawn").order_by("pk")
    found = {row.agreement_id: row for row in exits}
    book = TermBook([row.agreement for row in rows if row.agreement], [ENDS_WITH])
    reasons = {}
    for row in rows:
        if book.read(row.agreement, ENDS_WITH, when=now.date()).value == "contract_end":
            continue
        ended = found.get(row.agreement_id)
        if ended is None or ended.state != "certified":
            name = ended.reference if ended else "Its exit"
            reasons[row.pk] = f"{name} is not certified: the agreement lives until deletion is proven (4.1b)."
    return reasons


def agreements_of(rows: Sequence[Matter]) -> Sequence[int]:
    """The agreements' own matters, of matters that belong to them."""
    wanted = {row.agreement_id for row in rows if row.agreement_id}
    return list(Matter.objects.filter(kind="agreement", agreement__in=wanted).values_list("pk", flat=True))


def change_has_failed(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """4.2c: only after a change that the law needs has failed; and never earlier than the notice allows."""
    failed = Matter.objects.filter(
        kind="amendment",
        state="failed",
        agreement__in=[matter.agreement_id for matter, _ in pairs],
        amendment__needed_by_law=True,
    )
    able = set(failed.values_list("agreement_id", flat=True))
    words = (
        "No amendment that the law needs has failed. Clause 4 allows this termination only then; "
        "record the failure on the amendment first."
    )
    too_early = ends_late_enough(pairs, now)
    return [
        words if matter.agreement_id not in able else early
        for (matter, _), early in zip(pairs, too_early, strict=True)
    ]


def ends_late_enough(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """At least the days of notice lie between the day of the notice and the end."""
    return _too_early(pairs, {matter.pk: now for matter, _ in pairs}, "end_on")


def ends_after_receipt(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """The period runs from the receipt of the notice, whatever was planned."""
    received = received_at(matter for matter, _ in pairs)
    return _too_early(pairs, {matter.pk: received.get(matter.pk, now) for matter, _ in pairs}, "last_day")


def _too_early(pairs: Turns, told: Mapping[int | None, dt.datetime], fact: str) -> Sequence[str]:
    book = TermBook({matter.agreement for matter, _ in pairs if matter.agreement}, [NOTICE])
    reasons = []
    for matter, facts in pairs:
        told_at = told[matter.pk]
        period, _target, _ = parse_period(book.read(matter.agreement, NOTICE, when=told_at.date()).value)
        first = earliest(period, told_at, calendar_for(matter, PROCESSOR)).last_day
        if facts[fact] >= first:
            reasons.append("")
        else:
            reasons.append(
                f"{facts[fact]:{DAY}} is too early: with notice on {local_day(matter, told_at):{DAY}} "
                f"the earliest end is the end of {first:{DAY}}. Give that date or a later one."
            )
    return reasons


def received_at(rows: Iterable[Matter]) -> Mapping[int, dt.datetime]:
    """When each notice of termination was received: the earliest proof."""
    entries = Entry.objects.filter(
        matter__in=[row.pk for row in rows], step__in=("received", "record_receipt")
    )
    return {entry.matter_id: entry.at for entry in entries.order_by("-at")}
