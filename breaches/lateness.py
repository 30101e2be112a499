"""Who informs an authority late says why: Art. 33(1), second sentence."""

import datetime as dt
from collections.abc import Callable, Sequence

from obligations.clauses import Facts
from obligations.models import Matter, Obligation

Pairs = Sequence[tuple[Matter, Facts]]


def delay_has_reasons(*duties: str) -> Callable[[Pairs, dt.datetime], list[str]]:
    """A check: `informed_at` at or after the due time of one of these duties needs `delay_reasons`."""

    def check(pairs: Pairs, now: dt.datetime) -> list[str]:
        ends: dict[int, dt.datetime] = {}
        rows = Obligation.objects.filter(matter__in=[m.pk for m, _ in pairs], duty__in=duties, state="open")
        for pk, due_at in rows.exclude(due_at=None).order_by("-due_at").values_list("matter_id", "due_at"):
            ends[pk] = due_at  # the earliest of them comes last
        return [_words(facts, ends.get(matter.pk)) for matter, facts in pairs]

    return check


def _words(facts: Facts, due_at: dt.datetime | None) -> str:
    if due_at is None or facts["informed_at"] < due_at or facts.get("delay_reasons"):
        return ""
    return (
        f"The period ended on {due_at:%a %-d %B %Y, %H:%M} UTC. Give the reasons for the delay: the authority asks for "
        "them (GDPR Art. 33(1))."
    )
