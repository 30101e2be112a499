"""Who may know of a demand, and who must be told once nothing forbids it (7.1c to 7.1e)."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

from accounts.models import Membership
from accounts.roles import Role
from disclosures.models import Disclosure
from obligations.clauses import Draft, Facts, Turns
from obligations.models import Agreement, Entry, Matter

CONSENTS = ("consent", "record_consent")


def gagged(rows: Iterable[Matter]) -> set[int]:
    """Demands that a recorded prohibition hides."""
    hidden = [row.pk for row in rows if row.restricted]
    known = Disclosure.objects.filter(matter__in=hidden).exclude(prohibition="")
    return set(known.values_list("matter_id", flat=True))


def is_gagged(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Only a prohibition that is recorded is reviewed or prolonged."""
    known = gagged(rows)
    return {
        row.pk: "No prohibition to tell is recorded. Record it first." for row in rows if row.pk not in known
    }


def is_not_gagged(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """One prohibition at a time."""
    return dict.fromkeys(
        gagged(rows), "A prohibition is in force already. Record its prolongation, or release it."
    )


def is_restricted(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """What everybody sees has no readers to choose."""
    return {
        row.pk: "Everybody of the house may see it: nothing is kept secret."
        for row in rows
        if not row.restricted
    }


def telling_is_allowed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """7.1d: while telling is forbidden no notice exists, so none can leave a trace."""
    words = (
        "It is shown to named people only: nobody may be told. Record first that telling is allowed again."
    )
    return {row.pk: words for row in rows if row.restricted}


def an_approver_is_named(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Access and its basis need a second person, who must be able to see it."""
    named = {pk for _, facts in pairs for pk in facts.get("people", ())}
    approvers = Membership.objects.filter(
        user__in=named, customer=None, role=Role.APPROVER, user__is_active=True
    )
    known = set(approvers.values_list("user_id", flat=True)) if named else set()
    return [
        "Name an approver too: access needs a second person, and nobody else will see this."
        if facts.get("people") and not known & set(facts["people"])
        else ""
        for _, facts in pairs
    ]


def affected(rows: Sequence[Matter]) -> dict[int, list[int]]:
    """Ids of the agreements whose content each demand touches, as its entries say. One statement."""
    found: dict[int, dict[int, None]] = {row.pk: {} for row in rows}
    entries = Entry.objects.filter(matter__in=found, step__in=("open", "affects", "notify", "release"))
    for entry in entries.order_by("pk"):
        found[entry.matter_id] |= dict.fromkeys(entry.facts.get("agreements", ()))
    return {pk: list(named) for pk, named in found.items()}


def somebody_is_affected(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """There is nobody to tell before it is known whose content it is."""
    known = affected([row for row, _ in pairs])
    words = "Say whose content is demanded: choose the agreements."
    return ["" if known[row.pk] or facts.get("agreements") else words for row, facts in pairs]


def notices_before(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One notice for each agreement that has none, due before the planned access."""
    return _notices(rows, {row.pk: {"planned_at": facts[row.pk]["planned_at"]} for row in rows})


def notices_after(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """What could not be told: the wire from `release` then starts the clock of each notice."""
    return _notices(rows, {row.pk: {} for row in rows})


def _notices(rows: Sequence[Matter], more: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    wanted, ids = affected(rows), [row.pk for row in rows]
    titles = dict(
        Agreement.objects.values_list("pk", "title").filter(pk__in=[a for b in wanted.values() for a in b])
    )
    below = Matter.objects.filter(parent__in=ids, kind="disclosure_notice").exclude(state="retracted")
    told = set(below.values_list("parent_id", "agreement_id"))
    known = Disclosure.objects.in_bulk(ids)
    return {
        row.pk: [
            Draft(
                "disclosure_notice",
                titles.get(agreement, ""),
                agreement,
                {"authority": known[row.pk].authority, **more[row.pk]},
            )
            for agreement in wanted[row.pk]
            if (row.pk, agreement) not in told
        ]
        for row in rows
    }


def untold_below(rows: Sequence[Matter]) -> Sequence[int]:
    """Notices that their customer has not received."""
    below = Matter.objects.filter(parent__in=[row.pk for row in rows], kind="disclosure_notice")
    return list(below.filter(state__in=("owed", "sent", "bounced")).values_list("pk", flat=True))


def consented(ids: Iterable[int]) -> set[int]:
    """Notices whose customer has consented in writing and not withdrawn it."""
    steps = Entry.objects.filter(matter__in=ids, step__in=(*CONSENTS, "withdraw_consent")).order_by("pk")
    last = {entry.matter_id: entry.step for entry in steps}
    return {pk for pk, step in last.items() if step in CONSENTS}


def has_consented(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Only what was given is withdrawn."""
    known = consented([row.pk for row in rows])
    return {row.pk: f"{row.customer} has not consented." for row in rows if row.pk not in known}
