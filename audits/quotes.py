"""What may cost something: help beyond the normal service (9.2), billable audits (10.3); 17.2 refuses the rest."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence

from django.db.models import prefetch_related_objects
from django.utils.translation import gettext as _

from audits import entitlement, site
from audits.models import Quote
from obligations.clauses import Draft, Facts, Turns
from obligations.models import Entry, Matter
from obligations.terms import TermBook

FEES = "audits.dpia.fees"
ONLY_WHERE_NAMED = "agreements.payment.only_where_named"
RULES = {"dpia": "9.2", "audit": "10.3a"}
AGREED = "17.2"  # what the parties agreed elsewhere: the approved quote
UNDECIDED = ("draft", "sent")


def drafts(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One quote below each assessment or audit."""
    return {row.pk: [Draft("quote", row.title, row.agreement_id, facts[row.pk])] for row in rows}


def may_be_agreed(rows: Iterable[Matter], now: dt.datetime) -> set[int]:
    """Matters whose contract lets the parties agree a payment that no clause names (17.2)."""
    known = [(row, row.agreement) for row in rows if row.agreement]
    book = TermBook([agreement for _row, agreement in known], [ONLY_WHERE_NAMED])
    return {
        row.pk
        for row, agreement in known
        if not book.read(agreement, ONLY_WHERE_NAMED, when=site.today(agreement, now)).value
    }


def work_is_known(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Speaks against nothing: reads for all quotes at once what the duty to answer them depends on."""
    prefetch_related_objects(rows, "parent", "agreement__profile")
    return {}


def under(source: str) -> Callable[[Matter, Facts], bool]:
    """Whether that is the clause by which a quote is owed an answer: what its work costs by, or 17.2 as agreed."""

    def applies(quote: Matter, facts: Facts) -> bool:
        rule = RULES[quote.parent.kind] if quote.parent else ""
        without = quote.agreement.profile.settings.get("without", {}) if quote.agreement else {}
        return source == (AGREED if rule in without else rule)

    return applies


def has_a_rule(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """17.2: nobody is paid, unless a clause says so. Read when the quote is opened."""
    return [
        "" if matter.parent is not None and matter.parent.kind in RULES else _no_rule()
        for matter, _f in pairs
    ]


def _no_rule() -> str:
    return _(
        "Nobody is paid for this (17.2). Fees exist only for assistance beyond the normal service (9.2) and for "
        "audits more than once in 12 months (10.3): prepare the quote there."
    )


def assistance_costs(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """9.2: fees only for what lies beyond the normal service, so both parts are stated."""
    book = TermBook([matter.agreement for matter, _facts in pairs if matter.agreement], [FEES])
    rows = [matter for matter, _facts in pairs]
    waiting, free_to_agree = undecided(rows), may_be_agreed(rows, now)
    found = []
    for matter, facts in pairs:
        rule = book.read(matter.agreement, FEES, when=site.today(matter.agreement, now)).value
        none = rule == "none" or (matter.agreement and not book.has(matter.agreement, "9.2"))
        none = none and matter.pk not in free_to_agree
        words = _("This contract names no fees for assistance, so there are none (17.2).") if none else ""
        found.append(words or " ".join(waiting.get(matter.pk, ())) or _split(facts, rule))
    return found


def _split(facts: Facts, rule: str) -> str:
    if min(facts.get("normal_hours", 0), facts["extra_hours"] - 1, facts["hourly_rate"] - 1) < 0:
        return _("Extra hours and rate must be at least 1, normal hours at least 0.")
    if rule == "beyond_normal_service" and "normal_hours" not in facts:
        return _(
            "Only what lies beyond the normal service costs something (9.2): give the hours of the normal "
            "service too, 0 if there are none."
        )
    return ""


def audit_costs(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """10.3: only a billable audit costs something, and the quote comes before the work."""
    rows = [matter for matter, _facts in pairs]
    verdicts, waiting = entitlement.of_audits(rows, now), undecided(rows)
    free_to_agree = may_be_agreed(rows, now)
    found = []
    for matter, facts in pairs:
        verdict = verdicts.get(matter.pk)
        if verdict is None:
            words = _("Propose a slot first: whether the audit is billable depends on its day (10.3).")
        elif verdict.state != entitlement.BILLABLE and matter.pk not in free_to_agree:
            words = f"{verdict.words} " + _("Nobody is paid for it (17.2).")
        else:
            words = " ".join(waiting.get(matter.pk, ())) or _split(facts, "")
        found.append(words)
    return found


def undecided(rows: Iterable[Matter]) -> dict[int, list[str]]:
    """Quotes that stand between a matter and its work: not decided yet."""
    found: dict[int, list[str]] = {}
    for parent, below in _below(rows).items():
        waiting = [quote.reference for quote in below if quote.state in UNDECIDED]
        if waiting:
            words = _("The customer has not approved the quote %(names)s. Get its answer before the work.")
            found[parent] = [words % {"names": ", ".join(waiting)}]
    return found


def before_delivery(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Extra effort waits for the customer's yes; what it refuses is left out, the normal part goes on."""
    return {pk: " ".join(words) for pk, words in undecided(rows).items()}


def _below(rows: Iterable[Matter]) -> dict[int, list[Matter]]:
    found: dict[int, list[Matter]] = {}
    quotes = Matter.objects.filter(kind="quote", parent__in=[row.pk for row in rows])
    for quote in quotes.order_by("pk"):
        found.setdefault(quote.parent_id or 0, []).append(quote)
    return found


def bill_is_right(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """An invoice cites the clause that allows it, stays within the quote and comes after the work (17.2)."""
    ids = [matter.pk for matter, _facts in pairs]
    works = Matter.objects.select_related("agreement", "audit").in_bulk([m.parent_id for m, _f in pairs])
    known = Quote.objects.in_bulk(ids)
    audits = [work for work in works.values() if work.kind == "audit"]
    verdicts = entitlement.of_audits(audits, now)
    done = _delivered(works.values())
    free_to_agree = may_be_agreed([matter for matter, _facts in pairs], now)
    return [
        _bill(
            known[matter.pk], facts, works[matter.parent_id or 0], verdicts, done, matter.pk in free_to_agree
        )
        for matter, facts in pairs
    ]


def _delivered(works: Iterable[Matter]) -> set[int]:
    entries = Entry.objects.filter(matter__in=[work.pk for work in works], step__in=("deliver", "conducted"))
    return set(entries.values_list("matter_id", flat=True))


def _bill(
    quote: Quote,
    facts: Facts,
    work: Matter,
    verdicts: Mapping[int, entitlement.Verdict],
    done: set[int],
    free_to_agree: bool,
) -> str:
    agreed = free_to_agree and facts["cites"] == AGREED
    if facts["cites"] != RULES[work.kind] and not agreed:
        words = _("An invoice for this cites clause %(clause)s; no other clause allows it (17.2).")
        return words % {"clause": RULES[work.kind]}
    if work.pk not in done:
        return _("%(work)s is not done yet. Bill what was done.") % {"work": work.reference}
    if not agreed and work.kind == "audit" and verdicts[work.pk].state != entitlement.BILLABLE:
        return _("%(work)s was free after all (10.3), so nobody is paid (17.2). Withdraw the quote.") % {
            "work": work.reference
        }
    if not 1 <= facts["extra_hours_worked"] <= quote.extra_hours:
        words = _("The customer approved %(hours)s extra hours. Bill at least 1 and no more than these.")
        return words % {"hours": quote.extra_hours}
    return ""
