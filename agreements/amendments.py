"""What an amendment asks before it is in force, and what it changes then (17.3)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import yaml

from accounts.roles import Actor
from agreements import records
from agreements.models import Amendment
from agreements.profile_file import check_value
from obligations.clauses import Turns, term_specs
from obligations.models import Entry, Matter, Term

SIGNATURES = {
    "signed_by_us_on": ("sign_for_us",),
    "signed_by_customer_on": ("sign_for_customer", "record_signature"),
}


def read_changes(text: str) -> dict[str, Any]:
    """Terms by key, of lines like those of a profile. ValueError names the line's term and what would be right."""
    try:
        found = yaml.safe_load(text) if text.strip() else {}
    except yaml.YAMLError as error:
        raise ValueError(f"The changes cannot be read: {error}. {_EXAMPLE}") from error
    if not isinstance(found, dict):
        raise ValueError(f"The changes are not lines of terms. {_EXAMPLE}")
    for key, value in found.items():
        problem = check_value(term_specs(), str(key), value)
        if problem:
            raise ValueError(problem)
    return found


_EXAMPLE = "Write one term in a line, such as `dsars.forward.within: {business_days: 5}`."


def changes_fit(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Each change is a term that exists, with a value that it can have."""
    return [_problem(facts.get("changes", "")) for _, facts in pairs]


def _problem(text: str) -> str:
    try:
        read_changes(text)
    except ValueError as error:
        return str(error)
    return ""


def themselves(rows: Sequence[Matter]) -> Sequence[int]:
    """The amendments that were signed just now."""
    return [row.pk for row in rows]


def signatures(rows: Sequence[Matter]) -> Mapping[int, Mapping[str, dt.date]]:
    """Who signed the text that is agreed now, and when: a new text ends the signatures before it."""
    steps = ["agree", *(step for found in SIGNATURES.values() for step in found)]
    entries = Entry.objects.filter(matter__in=[row.pk for row in rows], step__in=steps).order_by("pk")
    given: dict[int, dict[str, dt.date]] = {row.pk: {} for row in rows}
    for entry in entries:
        if entry.step == "agree":
            given[entry.matter_id] = {}
        for name, of in SIGNATURES.items():
            if entry.step in of:
                given[entry.matter_id][name] = dt.date.fromisoformat(entry.facts[name])
    return given


def we_have_not_signed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """One signature of ours is enough."""
    return _signed(rows, "signed_by_us_on", "We have signed this text.")


def customer_has_not_signed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """One signature of the customer is enough."""
    return _signed(rows, "signed_by_customer_on", "The customer has signed this text.")


def _signed(rows: Sequence[Matter], name: str, words: str) -> Mapping[int, str]:
    return {pk: words for pk, given in signatures(rows).items() if name in given}


def both_have_signed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """17.3: in writing and signed by both; one signature changes nothing."""
    words = {"signed_by_us_on": "365 AITECH", "signed_by_customer_on": "The customer"}
    return {
        pk: f"{words[missing[0]]} has not signed yet; an amendment needs both signatures (17.3)."
        for pk, given in signatures(rows).items()
        if (missing := [name for name in SIGNATURES if name not in given])
    }


def change_terms(pairs: Turns, actor: Actor, at: dt.datetime) -> None:
    """Write the changed terms, from the agreed day on, but never before the last signature."""
    rows = [matter for matter, _ in pairs]
    details = Amendment.objects.in_bulk([row.pk for row in rows])
    given = signatures(rows)
    terms = []
    for row in rows:
        wanted = details[row.pk].effective_from
        last = max(given[row.pk].values())
        day = max(wanted, last) if wanted else last
        terms += [
            Term(
                agreement=row.agreement, customer_id=row.customer_id, key=key, value=value, effective_from=day
            )
            for key, value in read_changes(details[row.pk].changes).items()
        ]
    records.put_terms(terms, actor=actor, at=at)
