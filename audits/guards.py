"""Why an audit may not be agreed, begin or be closed, in words (10.2, 10.3)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _
from simple_history.utils import bulk_update_with_history

from accounts.models import User
from accounts.roles import Actor
from audits import entitlement, quotes, site
from audits.models import Audit
from audits.vetting import AUDITOR, vetting
from obligations.clauses import Facts, Turns
from obligations.models import Matter
from obligations.terms import TermBook


def slot_is_known(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A slot of business hours, and nobody asks for a billable audit without knowing it."""
    days = [(matter, site.today(matter.agreement, facts["starts_at"])) for matter, facts in pairs]
    verdicts = entitlement.of_days(days, now)
    return [
        words or _unknown_costs(facts, verdicts[matter.pk])
        for (matter, facts), words in zip(pairs, site.slot_fits(pairs, now), strict=True)
    ]


def _unknown_costs(facts: Facts, verdict: entitlement.Verdict) -> str:
    if verdict.state != entitlement.BILLABLE or facts.get("costs_known"):
        return ""
    return f"{verdict.words} " + _("Say that the costs are known, or choose another day.")


def slot_is_the_one_offered(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Both sides agree to one and the same slot."""
    details = Audit.objects.in_bulk([matter.pk for matter, _facts in pairs])
    known = slot_is_known(pairs, now)
    words = _("This is not the slot that was proposed. Take that one, or propose another.")
    return [
        words if _differs(details[matter.pk], facts) else found
        for (matter, facts), found in zip(pairs, known, strict=True)
    ]


def _differs(detail: Audit, facts: Facts) -> bool:
    return (detail.starts_at, detail.ends_at) != (facts["starts_at"], facts["ends_at"])


def before_begin(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """The auditor is bound and no competitor, what costs is approved, and the day has come."""
    details = Audit.objects.in_bulk([row.pk for row in rows])
    book = TermBook([row.agreement for row in rows if row.agreement], [AUDITOR])
    costs = quotes.undecided(rows)
    reasons = {}
    for row in rows:
        day = site.today(row.agreement, now)
        rule = book.read(row.agreement, AUDITOR, when=day).value
        found = [
            *vetting(details[row.pk], rule),
            *costs.get(row.pk, ()),
            *_too_early(details[row.pk], row, day),
        ]
        if found:
            reasons[row.pk] = " ".join(found)
    return reasons


def _too_early(detail: Audit, row: Matter, day: dt.date) -> list[str]:
    if detail.starts_at is None:
        return [_("No slot is agreed. Agree on one first.")]
    first = site.today(row.agreement, detail.starts_at)
    words = _("The agreed slot is on %(day)s. Agree on another to begin earlier.")
    return [words % {"day": f"{first:{site.DAY}}"}] if day < first else []


def held_already(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """The local date of an audit lies neither ahead nor before its request."""
    found = []
    for matter, facts in pairs:
        day, last = facts["conducted_on"], site.today(matter.agreement, now)
        first = site.today(matter.agreement, matter.opened_at)
        words = _("%(day)s lies ahead. Record the audit once it was held.") if day > last else ""
        words = words or (_("%(day)s is before the audit was asked for.") if day < first else "")
        found.append(words % {"day": f"{day:{site.DAY}}"} if words else "")
    return found


def findings_are_closed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """An audit ends with its last finding."""
    below = Matter.objects.filter(parent__in=[r.pk for r in rows], kind="audit_finding", closed_at=None)
    names: dict[int, list[str]] = {}
    for row in below.order_by("pk"):
        names.setdefault(row.parent_id or 0, []).append(row.reference)
    words = _("Findings are open: %(names)s. Close them first.")
    return {pk: words % {"names": ", ".join(found[:10])} for pk, found in names.items()}


def forget_vetting(pairs: Turns, actor: Actor, at: dt.datetime) -> None:
    """Another auditor: neither the undertaking nor the check of the one before counts."""
    rows = list(Audit.objects.filter(matter__in=[matter.pk for matter, _facts in pairs]))
    for row in rows:
        row.nda, row.competitor = None, ""
    user = User.objects.filter(pk=actor.user_id or 0).first()
    bulk_update_with_history(rows, Audit, ["nda", "competitor"], default_user=user, default_date=at)
