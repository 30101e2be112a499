"""What still stands between an exit and its certificate, in words. A fixed number of statements for any batch."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from accounts.scope import ALL, scope
from deletion.models import Hold
from obligations.models import Matter, Obligation

OPEN_HOLDS = ("requested", "in_force")
IN_USE = ("active", "suspended")
MOST_NAMES = 10

Found = dict[int, list[str]]


def _by(found: Iterable[tuple[int | None, str]]) -> Found:
    sorted_out: Found = {}
    for key, words in found:
        sorted_out.setdefault(key or 0, []).append(words)
    return sorted_out


def _in_words(reasons: Sequence[str]) -> str:
    more = len(reasons) - MOST_NAMES
    return " ".join([*reasons[:MOST_NAMES], *([f"And {more} more."] if more > 0 else [])])


def unerased(exits: Sequence[Matter], done: tuple[str, ...]) -> Mapping[int, str]:
    """Exits with an erasure that is in none of the states `done`, or with no erasure at all."""
    rows = Matter.objects.filter(parent__in=[row.pk for row in exits], kind="erasure").exclude(
        state="dropped"
    )
    found = list(rows.order_by("pk"))
    planned = {row.parent_id for row in found}
    missing = _by((row.parent_id, f"{row.title} is {_state(row)}.") for row in found if row.state not in done)
    nothing = "No erasure is planned yet: name the systems and backups first."
    return {
        row.pk: _in_words(missing[row.pk]) if row.pk in missing else nothing
        for row in exits
        if row.pk in missing or row.pk not in planned
    }


def _state(row: Matter) -> str:
    if row.state == "isolated":
        return "isolated, not erased: law still retains it"
    return f"{row.state_label}, its erasure is not proven"


def retained(exits: Sequence[Matter]) -> Found:
    """What law still retains, by agreement: isolated data are not erased data (14.2)."""
    rows = Matter.objects.filter(kind="retention", agreement__in=_agreements(exits)).exclude(state="erased")
    return _by((row.agreement_id, f"{row.reference} {row.title} is {row.state_label}.") for row in rows)


def holds(matters: Sequence[Matter]) -> dict[int, list[tuple[Hold, str]]]:
    """The holds that stand, by agreement, with what a reader may know of them.

    A requested one stands too: what is erased cannot be brought back. One that the reader may not see stops him
    all the same, without a name.
    """
    with scope(ALL, reason="a secret hold stops everybody"):
        rows = Hold.objects.filter(matter__agreement__in=_agreements(matters), matter__state__in=OPEN_HOLDS)
        standing = list(rows.select_related("matter").order_by("pk"))
    seen = set(Matter.objects.filter(pk__in=[row.pk for row in standing]).values_list("pk", flat=True))
    found: dict[int, list[tuple[Hold, str]]] = {}
    for row in standing:
        named = (
            f"{row.matter.reference} {row.matter.title}" if row.pk in seen else "A hold that you may not see"
        )
        found.setdefault(row.matter.agreement_id, []).append((row, named))
    return found


def forgotten(exits: Sequence[Matter]) -> Found:
    """Sub-processors in use for which an exit has no erasure, by exit (14.1: also at sub-processors)."""
    used = Matter.objects.filter(kind="subprocessor", state__in=IN_USE).values_list("title", flat=True)
    planned: dict[int, set[str]] = {row.pk: set() for row in exits}
    rows = Matter.objects.filter(parent__in=planned, kind="erasure").exclude(state="dropped")
    for parent, title in rows.values_list("parent_id", "title"):
        planned[parent].add(title.casefold())
    return {
        pk: [f"{name}: this sub-processor has no erasure; plan it." for name in missing]
        for pk, names in planned.items()
        if (missing := [name for name in sorted(used) if name.casefold() not in names])
    }


def unreturned(exits: Iterable[int]) -> Found:
    """Exits whose customer asked for its data back and has not got them."""
    rows = Obligation.objects.filter(matter__in=list(exits), duty="return_data", state="open")
    return _by(
        (pk, "The customer asked for its data back: return them first.")
        for pk in rows.values_list("matter_id", flat=True)
    )


def before_settling(exits: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Everything is erased and proven, or isolated."""
    return unerased(exits, ("proven", "isolated"))


def before_certificate(exits: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Everything is erased and proven, nothing is isolated, held, forgotten or unreturned (14.1, 14.2, 4.1b)."""
    open_erasures, by_law, held = unerased(exits, ("proven",)), retained(exits), holds(exits)
    left_out, to_return = forgotten(exits), unreturned(row.pk for row in exits)
    reasons = {}
    for row in exits:
        found = [
            *([open_erasures[row.pk]] if row.pk in open_erasures else []),
            *by_law.get(row.agreement_id or 0, ()),
            *(f"{words} stops erasure." for _hold, words in held.get(row.agreement_id or 0, ())),
            *left_out.get(row.pk, ()),
            *to_return.get(row.pk, ()),
        ]
        if found:
            reasons[row.pk] = _in_words(found)
    return reasons


def before_erasing(erasures: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """No hold covers the system, and the customer has back what it asked for."""
    held = holds(erasures)
    to_return = unreturned({row.parent_id for row in erasures if row.parent_id})
    reasons = {}
    for row in erasures:
        stopping = [words for hold, words in held.get(row.agreement_id or 0, ()) if hold.stops(row.title)]
        if stopping:
            reasons[row.pk] = (
                f"{stopping[0]} stops the erasure of {row.title}. "
                "Release the hold first, or isolate what it retains."
            )
        elif row.parent_id in to_return:
            reasons[row.pk] = f"{row.title}: {to_return[row.parent_id][0]}"
    return reasons


def _agreements(matters: Sequence[Matter]) -> set[int]:
    return {row.agreement_id for row in matters if row.agreement_id}
