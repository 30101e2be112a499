"""How a step is taken and a matter is opened, inside the transaction of a verb (actions.py)."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from accounts.roles import SYSTEM, Actor
from obligations import details, duties, evidence, notices, refusals, restrictions
from obligations.bulk import chunks, set_columns
from obligations.clauses import CLAUSES, Clause, Draft, Facts, On, Step, listeners
from obligations.facts import as_json, without_private
from obligations.models import Agreement, Entry, Matter
from obligations.proposals import still_waiting, waits_for
from obligations.turn import Refused, Turn

MATTER_COLUMNS = ("state", "version", "proposal", "closed_at")


@dataclass(frozen=True)
class Outcome:
    """What a batch did: ids that moved, ids that wait for a second person, and refusals with their reasons."""

    done: tuple[int, ...] = ()
    proposed: tuple[int, ...] = ()
    refused: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Seed:
    """A matter about to be opened."""

    title: str
    agreement: Agreement | None
    parent: Matter | None
    facts: Facts
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    at: dt.datetime | None = None  # when it happened, where not all that are opened with it did then


def lock(ids: Iterable[int]) -> list[Matter]:
    """The matters in order of id, locked on PostgreSQL; on SQLite the transaction holds the write lock."""
    rows = Matter.objects.select_related("agreement", "customer", "proposal").filter(pk__in=list(ids))
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def lock_children(ids: Iterable[int]) -> None:
    """A guard reads what hangs below its matters: nobody may move that until we are done."""
    rows = Matter.objects.filter(parent__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def entry(
    matter: Matter,
    step: str,
    actor: Actor,
    at: dt.datetime,
    now: dt.datetime,
    *,
    to: str | None = None,
    facts: Facts | None = None,
    proposed: bool = False,
) -> Entry:
    """The ledger row of one step of one matter (not yet stored)."""
    proposal = matter.proposal if waits_for(matter, step) and not proposed else None
    return Entry(
        matter=matter,
        customer_id=matter.customer_id,
        step=step,
        from_state=matter.state,
        to_state=matter.state if to is None else to,
        at=at,
        recorded_at=now,
        actor_id=actor.user_id,
        actor_name=actor.name,
        proposed=proposed,
        two_people=proposal is not None,
        proposal=proposal,
        proposer_id=proposal.actor_id if proposal else None,
        proposer_name=proposal.actor_name if proposal else "",
        facts=as_json(facts or {}) if proposal is None else dict(proposal.facts),
        imported=notices.are_withheld(),
    )


def take(
    clause: Clause,
    step: Step,
    rows: Sequence[Matter],
    actor: Actor,
    at: Mapping[int, dt.datetime],
    now: dt.datetime,
    facts: Mapping[int, Facts],
    refused: Mapping[int, str],
) -> Outcome:
    """Move matters that nothing speaks against any more. Refused when another process moved one of them first."""
    proposing = step.two_people and not any(waits_for(m, step.name) for m in rows)
    entries = {}
    for matter in rows:
        to = matter.state if proposing else step.leads_to(matter.state)
        kept = without_private(step.fields, facts[matter.pk])
        entries[matter.pk] = entry(
            matter, step.name, actor, at[matter.pk], now, to=to, facts=kept, proposed=proposing
        )
    _store_entries(entries)
    for matter in rows:
        matter.state = entries[matter.pk].to_state
        matter.version += 1
        matter.proposal = entries[matter.pk] if proposing else still_waiting(matter, step)
        matter.closed_at = at[matter.pk] if step.closes and not proposing else matter.closed_at
    if set_columns(rows, MATTER_COLUMNS, where="t.version = v.version - 1") != len(rows):
        raise Refused({m.pk: "Somebody else changed this at the same moment." for m in rows}, "wrong-state")
    ids = tuple(matter.pk for matter in rows)
    if proposing:
        return Outcome(proposed=ids, refused=refused)
    _consequences(Turn(clause, step, rows, entries, now), actor, {pk: facts[pk] for pk in ids})
    return Outcome(done=ids, refused=refused)


def _store_entries(entries: Mapping[int, Entry]) -> None:
    for chunk in chunks(list(entries.values())):
        Entry.objects.bulk_create(chunk)


def _consequences(turn: Turn, actor: Actor, facts: Mapping[int, Facts]) -> None:
    """What follows from a step: its facts, its clocks, its messages, its children, and other rooms."""
    restrictions.settle(turn, actor, facts)
    details.store(turn, actor, facts)
    evidence.attach(turn, actor, facts)
    if turn.step.also:
        turn.step.also([(m, facts[m.pk]) for m in turn.matters], actor, turn.now)
    duties.settle(turn)
    notices.mark_acknowledged(turn, actor)
    notices.queue(turn)
    if turn.step.spawns:
        _open_drafts(turn, turn.step.spawns(turn.matters, facts), actor)
    for clause, on in listeners(turn.clause.kind, turn.step.name):
        if on.spawns:
            _open_drafts(turn, on.spawns(turn.matters, facts), actor)
        if on.takes:
            _follow(clause, on, turn)


def _follow(clause: Clause, on: On, turn: Turn) -> None:
    """The system takes a step of other matters, of those whose state and guard allow it."""
    step = clause.step(on.takes)
    ids = on.of(turn.matters) if on.of else ()
    rows = lock(ids) if ids else []
    then, own = turn.entries[turn.matters[0].pk].at, ids if isinstance(ids, Mapping) else {}
    at = {row.pk: max(own.get(row.pk, then), row.opened_at) for row in rows}
    seen = {row.pk: row.version for row in rows}
    refused, _ = refusals.find(step, rows, seen, SYSTEM, at, turn.now) if rows else ({}, "")
    able = [row for row in rows if row.pk not in refused]
    if able:
        facts = {pk: {step.happened: at[pk]} if step.happened else {} for pk in seen}
        take(clause, step, able, SYSTEM, at, turn.now, facts, {})


def _open_drafts(turn: Turn, drafts: Mapping[int, Sequence[Draft]], actor: Actor) -> None:
    parents = {matter.pk: matter for matter in turn.matters}
    wanted = {draft.agreement_id for found in drafts.values() for draft in found if draft.agreement_id}
    agreements = Agreement.objects.select_related("customer").in_bulk(wanted) if wanted else {}
    by_kind: dict[str, list[Seed]] = {}
    for pk, found in drafts.items():
        for draft in found:
            if draft.agreement_id and draft.agreement_id not in agreements:
                raise Refused(
                    {pk: f"There is no agreement {draft.agreement_id}. Nothing was changed."}, "not-found"
                )
            agreement = agreements.get(draft.agreement_id or 0)
            by_kind.setdefault(draft.kind, []).append(
                Seed(draft.title, agreement, parents[pk], draft.facts, at=turn.entries[pk].at)
            )
    for kind, seeds in by_kind.items():
        at = turn.entries[next(iter(drafts))].at
        open_seeds(CLAUSES[kind], seeds, actor, at, turn.now)


def open_seeds(
    clause: Clause, seeds: Sequence[Seed], actor: Actor, at: dt.datetime, now: dt.datetime
) -> list[Matter]:
    """Open one matter for each seed, all of one kind. Refused when a fact of one is impossible."""
    step = clause.step("open")
    matters = [_unsaved(clause, step, seed, actor, at) for seed in seeds]
    _refuse_impossible(step, matters, seeds, now)
    for chunk in chunks(matters):
        Matter.objects.bulk_create(chunk)
    restrictions.inherit(matters)
    entries = {}
    for matter, seed in zip(matters, seeds, strict=True):
        kept = without_private(step.fields, seed.facts)
        entries[matter.pk] = entry(matter, "open", actor, matter.opened_at, now, facts=kept)
        entries[matter.pk].from_state = ""
    _store_entries(entries)
    facts = {matter.pk: seed.facts for matter, seed in zip(matters, seeds, strict=True)}
    _consequences(Turn(clause, step, matters, entries, now), actor, facts)
    return matters


def _unsaved(clause: Clause, step: Step, seed: Seed, actor: Actor, at: dt.datetime) -> Matter:
    return Matter(
        kind=clause.kind,
        state=step.to,
        title=seed.title,
        parent=seed.parent,
        agreement=seed.agreement,
        customer_id=seed.agreement.customer_id if seed.agreement else None,
        owner_id=actor.user_id if actor.is_staff else seed.agreement.owner_id if seed.agreement else None,
        opened_at=seed.facts.get(step.happened) or seed.at or at,
        open_key=seed.key,
    )


def _refuse_impossible(
    step: Step, matters: Sequence[Matter], seeds: Sequence[Seed], now: dt.datetime
) -> None:
    for matter in matters:
        if matter.opened_at > now:
            words = (
                f"{matter.opened_at:%a %-d %B %Y, %H:%M} UTC lies in the future; it is now {now:%H:%M} UTC."
            )
            raise Refused({0: f"{words} Nothing was changed."}, code="impossible-time")
    if step.check:
        pairs = [(matter, seed.facts) for matter, seed in zip(matters, seeds, strict=True)]
        words = next((found for found in step.check(pairs, now) if found), "")
        if words:
            raise Refused({0: words}, code="impossible-facts")
