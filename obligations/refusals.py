"""Why a verb says no, in words that name what happened and what can be done instead."""

import datetime as dt
from collections.abc import Mapping, Sequence

from accounts.roles import Actor
from obligations import changes
from obligations.clauses import Clause, Facts, Step
from obligations.models import Entry, Matter
from obligations.notices import missing_contacts
from obligations.proposals import waits_for


def find(
    step: Step,
    matters: Sequence[Matter],
    seen: Mapping[int, int],
    actor: Actor,
    at: Mapping[int, dt.datetime],
    now: dt.datetime,
    facts: Mapping[int, Facts] | None = None,
) -> tuple[dict[int, str], str]:
    """Refusals by matter id, and the code of the first kind found (wrong-state, forbidden, ...).

    `facts`: typed, by matter id; without them the facts are not checked (whether a button is offered).
    """
    found: dict[int, str] = {}
    first = ""
    for code, reasons in (
        ("not-found", dict.fromkeys(seen.keys() - {m.pk for m in matters}, "There is no such matter.")),
        ("forbidden", _by_role(step, matters, actor)),
        ("wrong-state", _by_state(step, matters, seen, actor)),
        ("impossible-time", _by_time(matters, at, now)),
        ("two-people", _by_proposal(step, matters, actor)),
        ("no-contact", missing_contacts(matters, step.notice)),
        ("blocked", dict(step.guard(matters, now)) if step.guard else {}),
        ("impossible-facts", _by_facts(step, matters, facts, now)),
    ):
        found = {**reasons, **found}  # the first reason of each matter stays
        first = first or (code if reasons else "")
    return found, first


def _by_facts(
    step: Step, matters: Sequence[Matter], facts: Mapping[int, Facts] | None, now: dt.datetime
) -> dict[int, str]:
    if step.check is None or facts is None:
        return {}
    words = step.check([(m, facts[m.pk]) for m in matters], now)
    return {m.pk: found for m, found in zip(matters, words, strict=True) if found}


def _by_role(step: Step, matters: Sequence[Matter], actor: Actor) -> dict[int, str]:
    return {
        m.pk: f"{actor.name or 'You'} may not take “{step.label}”: it is for {_words(step.takers)}."
        for m in matters
        if not actor.roles_at(m.customer_id) & step.takers
    }


def _words(roles: frozenset[str]) -> str:
    return " or ".join(sorted(roles))


def _by_state(step: Step, matters: Sequence[Matter], seen: Mapping[int, int], actor: Actor) -> dict[int, str]:
    wrong = [m for m in matters if m.state not in step.from_states or m.version != seen[m.pk]]
    if not wrong:
        return {}
    known: dict[int, list[Entry]] = {}
    for entry in Entry.objects.filter(matter__in=[m.pk for m in wrong]).order_by("id"):
        known.setdefault(entry.matter_id, []).append(entry)
    reasons = {}
    for m in wrong:
        entries = known.get(m.pk, [])
        told = changes.since(m, seen[m.pk], entries, actor)
        words = _state_words(m, step, entries[-1] if entries else None)
        reasons[m.pk] = f"{words} What was done meanwhile: {told}" if told else words
    return reasons


def _state_words(matter: Matter, step: Step, last: Entry | None) -> str:
    clause = matter.clause
    if last is None:
        return f"{matter.reference} is {matter.state_label}. Nothing was changed."
    done = "proposed" if last.proposed else matter.state_label
    when = f"{last.at:%-d %b %H:%M} UTC"
    if last.step == step.name:
        who = f"{when} by {last.actor_name}"
        return f"{clause.title} {matter.reference} was already {done} on {who}. Nothing was changed."
    if matter.state in step.from_states:
        return (
            f"{last.actor_name} changed {matter.reference} on {when} after you opened it. "
            "Nothing was changed: look at it again, then repeat your step."
        )
    wanted = " or ".join(clause.state_label(state) for state in step.from_states)
    return (
        f"{clause.title} {matter.reference} is {matter.state_label} since {when} ({last.actor_name}); "
        f"“{step.label}” needs it to be {wanted}. Nothing was changed."
    )


def _by_time(matters: Sequence[Matter], at: Mapping[int, dt.datetime], now: dt.datetime) -> dict[int, str]:
    reasons = {}
    for m in matters:
        when = at[m.pk]
        if when.tzinfo is None:
            raise ValueError(f"{when.isoformat()} has no time zone; give an aware datetime.")
        if when > now:
            reasons[m.pk] = f"{_utc(when)} lies in the future; it is now {_utc(now)}. Nothing was changed."
        elif when < m.opened_at:
            reasons[m.pk] = (
                f"{_utc(when)} is before {m.reference} began ({_utc(m.opened_at)}). "
                "Give a later time, or correct the beginning first. Nothing was changed."
            )
    return reasons


def _utc(at: dt.datetime) -> str:
    return f"{at.astimezone(dt.UTC):%a %-d %B %Y, %H:%M} UTC"


def _by_proposal(step: Step, matters: Sequence[Matter], actor: Actor) -> dict[int, str]:
    if not step.two_people:
        return {}
    unproposed = [m for m in matters if not waits_for(m, step.name)]
    mixed = unproposed if len(unproposed) < len(matters) else []
    words = "This has not been proposed yet. Nothing was changed: propose it first, then approve it."
    return {m.pk: reason for m in matters if (reason := _proposal_words(step, m, actor))} | dict.fromkeys(
        (m.pk for m in mixed), words
    )


def _proposal_words(step: Step, matter: Matter, actor: Actor) -> str:
    roles = actor.roles_at(matter.customer_id)
    other = matter.proposal
    if other and other.step != step.name:
        return f"“{other.step}” was proposed by {other.actor_name} and waits; decide or decline it first."
    proposal = matter.proposal if matter.proposal and matter.proposal.step == step.name else None
    if proposal and proposal.actor_id == actor.user_id:
        return "You proposed this yourself; a second person must approve it."
    if proposal and not roles & frozenset(step.by):
        return f"{proposal.actor_name} has proposed this already; it waits for {_words(frozenset(step.by))}."
    if not proposal and not roles & step.proposed_by:
        return f"This step needs two people: {_words(step.proposed_by)} must propose it first."
    return ""


def available(clause: Clause, matter: Matter, actor: Actor, now: dt.datetime) -> list[tuple[Step, str]]:
    """The steps open to the actor from the matter's state, each with the reason when it is blocked."""
    roles = actor.roles_at(matter.customer_id)
    found = []
    for step in clause.steps:
        if matter.state not in step.from_states or not roles & step.takers:
            continue
        reasons, _ = find(step, [matter], {matter.pk: matter.version}, actor, {matter.pk: now}, now)
        found.append((step, reasons.get(matter.pk, "")))
    return found
