"""Why a verb says no, in words that name what happened and what can be done instead."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.roles import CUSTOMER_SIDE, STAFF, Actor, Role
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
        m.pk: _("%(name)s may not take “%(label)s”: it is for %(takers)s.")
        % {"name": actor.name or "You", "label": step.label, "takers": _words(step.takers)}
        for m in matters
        if not actor.roles_at(m.customer_id) & step.takers
    }


def _words(roles: frozenset[str]) -> str:
    people = roles & (STAFF | CUSTOMER_SIDE) or roles
    return _(" or ").join(sorted(str(Role(role).label).lower() for role in people))


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
        reasons[m.pk] = (
            _("%(words)s What was done meanwhile: %(told)s") % {"words": words, "told": told}
            if told
            else words
        )
    return reasons


def _state_words(matter: Matter, step: Step, last: Entry | None) -> str:
    clause = matter.clause
    if last is None:
        return _("%(reference)s is %(state_label)s. Nothing was changed.") % {
            "reference": matter.reference,
            "state_label": matter.state_label,
        }
    done = "proposed" if last.proposed else matter.state_label
    when = f"{last.at:%-d %b %H:%M} UTC"
    if last.step == step.name:
        who = f"{when} by {last.actor_name}"
        return _("%(title)s %(reference)s was already %(done)s on %(who)s. Nothing was changed.") % {
            "title": clause.title,
            "reference": matter.reference,
            "done": done,
            "who": who,
        }
    if matter.state in step.from_states:
        return _(
            "%(actor_name)s changed %(reference)s on %(when)s after you opened it. "
            "Nothing was changed: look at it again, then repeat your step."
        ) % {"actor_name": last.actor_name, "reference": matter.reference, "when": when}
    wanted = " or ".join(clause.state_label(state) for state in step.from_states)
    return _(
        "%(title)s %(reference)s is %(state_label)s since %(when)s (%(actor_name)s); "
        "“%(label)s” needs it to be %(wanted)s. Nothing was changed."
    ) % {
        "title": clause.title,
        "reference": matter.reference,
        "state_label": matter.state_label,
        "when": when,
        "actor_name": last.actor_name,
        "label": step.label,
        "wanted": wanted,
    }


def _by_time(matters: Sequence[Matter], at: Mapping[int, dt.datetime], now: dt.datetime) -> dict[int, str]:
    reasons = {}
    for m in matters:
        when = at[m.pk]
        if when.tzinfo is None:
            raise ValueError(f"{when.isoformat()} has no time zone; give an aware datetime.")
        if when > now:
            reasons[m.pk] = _("%(when)s lies in the future; it is now %(now)s. Nothing was changed.") % {
                "when": utc(when),
                "now": utc(now),
            }
        elif when < m.opened_at:
            reasons[m.pk] = _(
                "%(when)s is before %(reference)s began (%(opened_at)s). "
                "Give a later time, or correct the beginning first. Nothing was changed."
            ) % {"when": utc(when), "reference": m.reference, "opened_at": utc(m.opened_at)}
    return reasons


def utc(at: dt.datetime) -> str:
    """An instant in words."""
    return f"{at.astimezone(dt.UTC):%a %-d %B %Y, %H:%M} UTC"


def _by_proposal(step: Step, matters: Sequence[Matter], actor: Actor) -> dict[int, str]:
    if not step.two_people:
        return {}
    unproposed = [m for m in matters if not waits_for(m, step.name)]
    mixed = unproposed if len(unproposed) < len(matters) else []
    words = _("This has not been proposed yet. Nothing was changed: propose it first, then approve it.")
    return {m.pk: reason for m in matters if (reason := _proposal_words(step, m, actor))} | dict.fromkeys(
        (m.pk for m in mixed), words
    )


def _proposal_words(step: Step, matter: Matter, actor: Actor) -> str:
    roles = actor.roles_at(matter.customer_id)
    other = matter.proposal
    if other and other.step != step.name:
        labels = {known.name: str(known.label) for known in matter.clause.steps}
        words = _("“%(step)s” was proposed by %(name)s and waits; decide or decline it first.")
        return words % {"step": labels.get(other.step, other.step), "name": other.actor_name}
    proposal = matter.proposal if matter.proposal and matter.proposal.step == step.name else None
    if proposal and proposal.actor_id == actor.user_id:
        return _("You proposed this yourself; a second person must approve it.")
    if proposal and not roles & frozenset(step.by):
        return _("%(actor_name)s has proposed this already; it waits for %(by)s.") % {
            "actor_name": proposal.actor_name,
            "by": _words(frozenset(step.by)),
        }
    if not proposal and not roles & step.proposed_by:
        return _("This step needs two people: %(proposed_by)s must propose it first.") % {
            "proposed_by": _words(step.proposed_by)
        }
    return ""


def available(clause: Clause, matter: Matter, actor: Actor, now: dt.datetime) -> list[tuple[Step, str]]:
    """The steps open to the actor from the matter's state, each with the reason when it is blocked."""
    roles = actor.roles_at(matter.customer_id)
    found = []
    for step in clause.steps:
        if matter.state not in step.from_states or not roles & step.takers:
            continue
        reasons, _code = find(step, [matter], {matter.pk: matter.version}, actor, {matter.pk: now}, now)
        found.append((step, reasons.get(matter.pk, "")))
    return found
