"""What an instruction outside the agreement needs before it may be executed (5.1b, 5.2), and when it had it."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from zoneinfo import ZoneInfo

from obligations.clauses import Draft, Facts, Turns
from obligations.models import Entry, Matter
from obligations.terms import TermBook

OUT_OF_SCOPE = "instructions.out_of_scope"
OURS, THEIRS = ("approve_for_us",), ("approve_for_customer", "record_approval")
DATES = ("effective_from", "signed_by_us_on", "signed_by_customer_on")
FEWEST_WORDS = 25
Moments = Mapping[int, dt.datetime]


def amendments(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """The amendment that an instruction needs, naming it."""
    return {
        row.pk: [
            Draft(
                "amendment",
                row.title,
                row.agreement_id,
                {**facts[row.pk], "needed_by_law": False, "instruction": row.public_reference},
            )
        ]
        for row in rows
    }


def we_have_not_approved(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """One approval of ours is enough."""
    return dict.fromkeys(_approved(rows, OURS), "We have approved this already.")


def customer_has_not_approved(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """One approval of the customer is enough."""
    return dict.fromkeys(_approved(rows, THEIRS), "The customer has approved this already.")


def may_be_executed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """5.2: outside the agreement nothing is executed before both approvals and an amendment in force."""
    return {pk: words for pk, (words, since) in _standing(rows, now).items() if words}


def not_before_it_was_permitted(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A permission does not reach back: what was done before it was done outside the agreement."""
    standing = _standing([row for row, _ in pairs], now)
    reasons = []
    for row, facts in pairs:
        _words, since = standing.get(row.pk, ("", None))
        early = since is not None and facts["executed_at"] < since
        reasons.append(
            f"It was permitted from {since:%a %-d %B %Y, %H:%M} UTC on, not before (5.2). Give a later time."
            if early and since
            else ""
        )
    return reasons


def reasons_are_detailed(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """5.3 asks for detailed reasons, in writing."""
    return [
        ""
        if len(facts["reasons"].split()) >= FEWEST_WORDS
        else "These reasons are not detailed (5.3). Say which law, which part of the instruction infringes it and why: "
        f"{FEWEST_WORDS} words at the least."
        for _, facts in pairs
    ]


def _standing(rows: Sequence[Matter], now: dt.datetime) -> dict[int, tuple[str, dt.datetime | None]]:
    """For those outside the agreement: what is missing, in words, and since when nothing is."""
    outside = [row for row in rows if row.state == "out_of_scope"]
    if not outside:
        return {}
    book = TermBook([row.agreement for row in outside if row.agreement], [OUT_OF_SCOPE])
    ours, theirs, changed = _approved(outside, OURS), _approved(outside, THEIRS), _in_force(outside)
    found: dict[int, tuple[str, dt.datetime | None]] = {}
    for row in outside:
        by_amendment = book.read(row.agreement, OUT_OF_SCOPE, when=now.date()).value == "amendment_in_force"
        needed = {"365 AITECH has not approved it": ours, f"{row.customer} has not approved it": theirs}
        if by_amendment:
            needed["no amendment in force names it"] = changed
        missing = [words for words, moments in needed.items() if moments.get(row.pk, _NEVER) > now]
        words = f"It lies outside the agreement, and {', '.join(missing)} (5.2)." if missing else ""
        found[row.pk] = words, None if missing else max(moments[row.pk] for moments in needed.values())
    return found


_NEVER = dt.datetime.max.replace(tzinfo=dt.UTC)


def _approved(rows: Iterable[Matter], steps: Sequence[str]) -> Moments:
    """When a side approved the instruction as it stands: one that was changed is approved anew."""
    entries = Entry.objects.filter(matter__in=[row.pk for row in rows], step__in=["out_of_scope", *steps])
    given: dict[int, dt.datetime] = {}
    for entry in entries.order_by("pk"):
        if entry.step == "out_of_scope":
            given.pop(entry.matter_id, None)
        else:
            given[entry.matter_id] = entry.at
    return given


def _in_force(rows: Sequence[Matter]) -> Moments:
    """From when an amendment in force changes the agreement for the instruction. Two statements."""
    found = Matter.objects.filter(
        kind="amendment", state="in_force", agreement__in=[row.agreement_id for row in rows]
    )
    changes = {row.pk: row for row in found}
    entries: dict[int, list[Entry]] = {}
    for entry in Entry.objects.filter(matter__in=changes).order_by("pk"):
        entries.setdefault(entry.matter_id, []).append(entry)
    since: dict[int, dt.datetime] = {}
    for row in rows:
        zone = ZoneInfo(row.agreement.calendar_of("processor").tz) if row.agreement else dt.UTC
        days = [
            _day(change, entries.get(pk, ()))
            for pk, change in changes.items()
            if change.agreement_id == row.agreement_id and _names(change, entries.get(pk, ()), row)
        ]
        if days:
            since[row.pk] = dt.datetime.combine(min(days), dt.time(), zone).astimezone(dt.UTC)
    return since


def references(row: Matter) -> set[str]:
    """How people write a matter's reference: ours or the customer's."""
    return {row.reference.casefold(), row.public_reference.casefold()}


def _names(change: Matter, entries: Iterable[Entry], row: Matter) -> bool:
    """An amendment proposed from the instruction, or one that gives its reference."""
    named = {str(entry.facts.get("instruction", "")).strip().casefold() for entry in entries}
    return change.parent_id == row.pk or bool(named & references(row))


def _day(change: Matter, entries: Iterable[Entry]) -> dt.date:
    """The first day of an amendment: that of its last signature, or the agreed later one."""
    days: list[dt.date] = []
    for entry in entries:
        if entry.step == "agree":
            days = []  # a new text is signed anew
        days += [dt.date.fromisoformat(entry.facts[name]) for name in DATES if name in entry.facts]
    return max(days, default=(change.closed_at or change.opened_at).date())
