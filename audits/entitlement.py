"""Who pays for an audit (10.3): counted over the audits conducted by a customer and its affiliates.

Dates are local dates at the site. Visits of authorities are matters of another kind, so they never count.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, prefetch_related_objects
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.scope import ALL, scope
from audits.site import today
from obligations.clock import Allowance, allowance
from obligations.models import Agreement, Entry, Matter
from obligations.periods import parse_period
from obligations.terms import TermBook

KEYS = ("audits.free", "audits.window", "audits.mode", "audits.fees")
FREE, ARGUABLE, BILLABLE = "free", "arguable", "billable"
SOURCE = "10.3a"
DAY = "%-d %B %Y"
YEARS = ("calendar_year", "contract_year")
PLANNED = ("agreed", "running")


@dataclass(frozen=True)
class Line:
    """An audit that counts. `matter` is None where it is an affiliate's, which its reader may not see."""

    day: dt.date
    verdict: str
    matter: Matter | None


@dataclass(frozen=True)
class Verdict:
    """Whether an audit on a day is free, and why, in words."""

    state: str
    words: str


@dataclass(frozen=True)
class Rule:
    """The terms of one agreement that decide. `start`: the first day of the contract."""

    free: int
    window: Any
    mode: str
    charges: bool
    start: dt.date

    def count(self, days: Sequence[dt.date]) -> Allowance:
        """Verdicts for those days. Dates before the contract belong to no contract year and are left out."""
        if not self.charges:
            return Allowance((FREE,) * len(days), days[-1] if days else None, days[-1] if days else None)
        if self.free < 1:
            return Allowance((BILLABLE,) * len(days), None, None)
        period: dict[str, Any] = {} if self.mode in YEARS else {"window": parse_period(self.window)[0]}
        early = [day for day in days if self.mode == "contract_year" and day < self.start]
        found = allowance(days[len(early) :], self.free, mode=self.mode, start=self.start, **period)
        return Allowance((FREE,) * len(early) + found.verdicts, found.next_free, found.next_undisputed)

    def of(self, day: dt.date, others: Iterable[dt.date]) -> Verdict:
        """The verdict on one more audit on `day`, among the others that count."""
        if not self.charges:
            return Verdict(FREE, _("Free: this contract names no costs of audits."))
        if self.free < 1:
            return Verdict(BILLABLE, _("Billable: the customer pays for every audit (10.3)."))
        before = sorted(other for other in others if other <= day)
        found, known = self.count([*before, day]), self.count(before)
        if found.verdicts[-1] == BILLABLE:
            words = _(
                "On %(day)s it would be billable (10.3): the customer pays. The next free date is %(free)s."
            )
            return Verdict(BILLABLE, words % {"day": f"{day:{DAY}}", "free": f"{known.next_free:{DAY}}"})
        if known.next_undisputed and before and day < known.next_undisputed:
            words = _("%(day)s is the anniversary of an audit: free, but arguable. Undisputed from %(next)s.")
            return Verdict(
                ARGUABLE, words % {"day": f"{day:{DAY}}", "next": f"{known.next_undisputed:{DAY}}"}
            )
        return Verdict(FREE, _("On %(day)s it is free (10.3).") % {"day": f"{day:{DAY}}"})


@dataclass(frozen=True)
class Ledger:
    """One agreement's entitlement: the audits that count, and from when on the next is free.

    `reference`: that of the agreement's own matter, which addresses name.
    """

    agreement: Agreement
    reference: str
    rule: Rule
    lines: Sequence[Line]
    next_free: dt.date
    next_undisputed: dt.date
    today: dt.date

    @property
    def free_now(self) -> bool:
        """An audit held today costs nothing, without dispute."""
        return max(self.next_free, self.next_undisputed) <= self.today

    @property
    def never(self) -> bool:
        """No audit is free under this contract."""
        return self.rule.charges and self.rule.free < 1

    @property
    def disputed(self) -> bool:
        return self.next_free != self.next_undisputed


def ledgers(agreements: Sequence[Agreement], now: dt.datetime) -> list[Ledger]:
    """The entitlement of each agreement. The number of statements does not depend on how many there are."""
    rules, counted = _rules(agreements, now), _counted(agreements)
    seen = {
        row.pk: row for row in Matter.objects.filter(pk__in={pk for f in counted.values() for _, pk in f})
    }
    own = Matter.objects.filter(kind="agreement", agreement__in=agreements).order_by("pk")
    references = dict(own.values_list("agreement_id", "public_reference"))
    found = []
    for agreement in agreements:
        rows, rule = counted[agreement.customer_id], rules[agreement.pk]
        result, this_day = rule.count([day for day, _ in rows]), today(agreement, now)
        lines = [
            Line(day, verdict, seen.get(pk)) for (day, pk), verdict in zip(rows, result.verdicts, strict=True)
        ]
        free = max(result.next_free or this_day, this_day)
        undisputed = max(result.next_undisputed or this_day, this_day)
        reference = references.get(agreement.pk, "")
        found.append(Ledger(agreement, reference, rule, lines, free, undisputed, this_day))
    return found


def of_audits(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, Verdict]:
    """The verdict on each audit that has a date: as it was conducted, else as its slot would count."""
    prefetch_related_objects(rows, "audit")
    dated = [(row, day) for row in rows if (day := _day(row))]
    held = [(row, day) for row, day in dated if row.audit.conducted_on]
    return {
        **of_days([pair for pair in dated if pair not in held], now),
        **_verdicts(held, now, planned=False),
    }


def of_days(pairs: Sequence[tuple[Matter, dt.date]], now: dt.datetime) -> Mapping[int, Verdict]:
    """The verdict on each audit if it is held on that day; audits planned before it count as held."""
    return _verdicts(pairs, now, planned=True)


def _verdicts(
    pairs: Sequence[tuple[Matter, dt.date]], now: dt.datetime, *, planned: bool
) -> dict[int, Verdict]:
    if not pairs:
        return {}
    agreements = {row.agreement_id: row.agreement for row, _ in pairs if row.agreement is not None}
    rules, counted = _rules([*agreements.values()], now), _counted([*agreements.values()], planned=planned)
    return {
        row.pk: rules[row.agreement_id].of(day, _before(row, day, counted[row.customer_id]))
        for row, day in pairs
        if row.agreement_id and row.customer_id
    }


def _before(row: Matter, day: dt.date, counted: Sequence[tuple[dt.date, int]]) -> list[dt.date]:
    """Audits on the same day stand in the order in which they were asked for."""
    return [other for other, pk in counted if pk != row.pk and (other, pk) < (day, row.pk)]


def _day(row: Matter) -> dt.date | None:
    detail: Any = getattr(row, "audit", None)
    if detail is None:
        return None
    return detail.conducted_on or (detail.starts_at and today(row.agreement, detail.starts_at))


def _rules(agreements: Sequence[Agreement], now: dt.datetime) -> dict[int, Rule]:
    book, starts = TermBook(agreements, KEYS), _starts(agreements)
    found = {}
    for agreement in agreements:
        day = today(agreement, now)
        free, window, mode, fees = (book.read(agreement, key, when=day).value for key in KEYS)
        charges = fees == "customer" and book.has(agreement, SOURCE)
        found[agreement.pk] = Rule(free, window, mode, charges, starts[agreement.pk])
    return found


def _starts(agreements: Sequence[Agreement]) -> dict[int, dt.date]:
    """The day from which a contract is in force: of the later signature; until then when it was recorded."""
    found = {agreement.pk: dt.date.min for agreement in agreements}
    opened = Matter.objects.filter(kind="agreement", agreement__in=found).values_list(
        "agreement", "opened_at"
    )
    found.update({pk: at.date() for pk, at in opened})
    signed = Entry.objects.filter(matter__kind="agreement", matter__agreement__in=found, step="sign")
    for pk, facts in signed.order_by("id").values_list("matter__agreement", "facts"):
        found[pk] = dt.date.fromisoformat(max(facts["signed_by_us_on"], facts["signed_by_customer_on"]))
    return found


def _counted(
    agreements: Sequence[Agreement], *, planned: bool = False
) -> dict[int, list[tuple[dt.date, int]]]:
    """By customer: (local date, matter) of the audits of its whole group, in order. Affiliates share one count.

    Read across the wall, since a group is several customers: dates and keys alone leave this function.
    """
    with scope(ALL, reason="audits of a customer and its affiliates"):
        roots = _roots()
        wanted = {roots.get(a.customer_id, a.customer_id) for a in agreements}
        family = {pk for pk, root in roots.items() if root in wanted} | wanted
        held = Q(audit__conducted_on__isnull=False)
        if planned:
            held |= Q(state__in=PLANNED, audit__starts_at__isnull=False)
        rows = Matter.objects.filter(held, kind="audit", customer__in=family).select_related(
            "agreement", "audit"
        )
        by_root: dict[int, list[tuple[dt.date, int]]] = {}
        for row in rows:
            day = _day(row)
            if day:
                by_root.setdefault(roots.get(row.customer_id, row.customer_id), []).append((day, row.pk))
    return {
        a.customer_id: sorted(by_root.get(roots.get(a.customer_id, a.customer_id), ())) for a in agreements
    }


def _roots() -> dict[int, int]:
    """Affiliate -> the head of its group, through any number of levels. One statement."""
    above = dict(Customer.objects.exclude(affiliate_of=None).values_list("pk", "affiliate_of"))
    found = {}
    for pk in above:
        root, seen = pk, set[int]()
        while root in above and root not in seen:
            seen.add(root)
            root = above[root]
        found[pk] = root
    return found
