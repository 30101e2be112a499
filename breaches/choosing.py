"""Which agreements a breach affects: named ones, a region, a product, or all that use a sub-processor."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.db.models import Q

from breaches import confirming
from obligations.clauses import Draft, Facts
from obligations.models import Agreement, Matter
from obligations.terms import TermBook

PRODUCT = "agreements.product"
BASELINE = "subprocessors.baseline"
NOT_IN_USE = ("refused", "declined", "rejected", "withdrawn", "objected", "ended")


def affected(facts: Facts, on: dt.date) -> dict[int, Agreement]:
    """Agreements that the selection of a step means, by id, with their terms as they stood on that day."""
    if facts.get("everyone"):
        return {row.pk: row for row in Agreement.objects.order_by("pk")}
    chosen = Q(pk__in=facts.get("agreements", ()))
    if facts.get("region"):
        chosen |= Q(region__iexact=facts["region"])
    if facts.get("product"):
        chosen |= Q(pk__in=_with_term(PRODUCT, facts["product"], on, whole=True))
    if facts.get("uses"):
        chosen |= Q(pk__in=using(facts["uses"], on))
    return {row.pk: row for row in Agreement.objects.filter(chosen).order_by("pk")}


def using(name: str, on: dt.date) -> set[int]:
    """Ids of the agreements that use this sub-processor: at the start by contract, or since by consent.

    A consent that nobody has answered yet counts too: to tell one customer too many is the safe side.
    """
    consents = Matter.objects.filter(kind="consent", parent__title__icontains=name, agreement__isnull=False)
    by_consent = consents.exclude(state__in=NOT_IN_USE).values_list("agreement_id", flat=True)
    return {*by_consent, *_with_term(BASELINE, name, on, whole=False)}


def _with_term(key: str, text: str, on: dt.date, *, whole: bool) -> set[int]:
    """Agreements whose term says this: as its whole value, or somewhere in it."""
    rows = list(Agreement.objects.all())
    book, wanted = TermBook(rows, [key]), text.casefold()
    values = {row.pk: str(book.read(row, key, when=on).value).casefold() for row in rows}
    return {pk for pk, value in values.items() if (value == wanted if whole else wanted in value)}


def none_chosen(facts: Facts, on: dt.date) -> str:
    """What to say when a selection means no agreement at all."""
    if facts.get("agreements") or affected(facts, on):
        return ""
    asked = [
        f"{words} “{facts[name]}”"
        for name, words in (("region", "region"), ("product", "product"), ("uses", "sub-processor"))
        if facts.get(name)
    ]
    if asked:
        return f"No agreement has the {' or the '.join(asked)}. Look at how the agreements name it."
    return (
        "Choose whose data may be affected: agreements, a region, a product or a sub-processor. If you do not know "
        "yet, choose all: one that turns out not to be affected can be taken out later, with a reason."
    )


def notices_for(breaches: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One notice for each affected agreement that has none yet, or none any more.

    The portal never reads the breach: the notice has its own copy of what it needs.
    """
    told, starts, chosen = _already(breaches), _starts(breaches, facts), _chosen(breaches, facts)
    awaits = confirming.awaiting({row for rows in chosen.values() for row in rows.values()})
    drafts: dict[int, Sequence[Draft]] = {}
    for breach in breaches:
        on, rows = breach.opened_at.date(), chosen[breach.pk]
        wanted = {**dict.fromkeys(facts[breach.pk].get("agreements", ())), **rows}
        known = {"suspected_at": starts[breach.pk]}
        drafts[breach.pk] = [
            Draft(
                "breach_notice",
                row.title if row else "",
                pk,
                {**known, **_awaits(row is not None and awaits(row, on))},
            )
            for pk, row in wanted.items()
            if (breach.pk, pk) not in told
        ]
    return drafts


def _chosen(breaches: Sequence[Matter], facts: Mapping[int, Facts]) -> dict[int, dict[int, Agreement]]:
    """`affected` of each breach; of those that only name agreements, with one statement for all."""
    named = Agreement.objects.in_bulk({pk for told in facts.values() for pk in told.get("agreements", ())})
    found = {}
    for breach in breaches:
        told = facts[breach.pk]
        if any(told.get(name) for name in ("everyone", "region", "product", "uses")):
            found[breach.pk] = affected(told, breach.opened_at.date())
        else:
            found[breach.pk] = {pk: named[pk] for pk in sorted(told.get("agreements", ())) if pk in named}
    return found


def _awaits(waits: bool) -> Facts:
    return {confirming.AWAITS.name: True} if waits else {}


def _already(breaches: Sequence[Matter]) -> set[tuple[int, int]]:
    rows = Matter.objects.filter(kind="breach_notice", parent__in=[b.pk for b in breaches])
    return set(rows.exclude(state="retracted").values_list("parent_id", "agreement_id"))


def _starts(breaches: Sequence[Matter], facts: Mapping[int, Facts]) -> dict[int, object]:
    """When the clock of a new notice starts: when we learned of that customer, else with the first suspicion."""
    return {
        breach.pk: facts[breach.pk].get("known_at")
        or facts[breach.pk].get("suspected_at")
        or breach.breach.suspected_at
        for breach in breaches
    }
