"""The verbs that open a matter, move it and acknowledge an alert. With corrections.py and alerts.py the only writers.

One matter is a batch of one, and the number of statements does not depend on how many there are.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction

from accounts.roles import Actor
from obligations import details, duties, notices, refusals
from obligations.bulk import chunks, set_columns
from obligations.clauses import CLAUSES, Clause, Draft, Facts, Field, Step, listeners
from obligations.facts import InvalidFacts, as_json, clean
from obligations.models import Agreement, Entry, Matter, Obligation
from obligations.proposals import once, still_waiting, told, waits_for
from obligations.turn import Refused, Turn

Instants = dt.datetime | Mapping[int, dt.datetime]
TITLE = Field("title", "text", "Title", help="A short name. Everybody who sees the matter may read it.")


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


def open_matter(
    kind: str,
    *,
    actor: Actor,
    at: dt.datetime,
    facts: Facts,
    title: str,
    agreement: Agreement | None = None,
    now: dt.datetime | None = None,
    key: uuid.UUID | None = None,
) -> Matter:
    """Open a matter and everything that follows from it, in one transaction.

    `key`: of the form or request; sent twice, it opens one matter. InvalidFacts or Refused change nothing.
    """
    clause, now = CLAUSES[kind], now or at
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; give an aware datetime.")
    step = clause.step("open")
    roles = actor.roles_at(agreement.customer_id if agreement else None)
    if not roles & frozenset(step.by):
        raise Refused({0: f"{actor.name} may not open a {clause.title.lower()}."}, code="forbidden")
    cleaned = clean((TITLE, *step.fields), {**facts, "title": title})
    title = cleaned.pop("title")
    with transaction.atomic():
        before: Matter | None = Matter.objects.filter(open_key=key).first() if key else None
        if before is not None:
            return before
        seed = Seed(title, agreement, None, cleaned, key or uuid.uuid4())
        return _open(clause, [seed], actor, at, now)[0]


def advance(
    matters: Iterable[Matter],
    step: str,
    *,
    actor: Actor,
    at: Instants,
    facts: Facts | None = None,
    now: dt.datetime | None = None,
    partial: bool = False,
) -> Outcome:
    """Take a step of matters of one kind; each `matter.version` is what its reader saw.

    `at`: when it happened, for all or by matter id. partial=False: one refusal refuses all (Refused);
    partial=True: refused ones are left alone and listed. A second person's approval uses the proposed facts.
    """
    seen = {matter.pk: matter.version for matter in matters}
    if not seen:
        return Outcome()
    at = dict.fromkeys(seen, at) if isinstance(at, dt.datetime) else at
    now = now or max(at.values())
    with transaction.atomic():
        rows = lock(seen)
        clause, chosen = _one_kind(rows, step)
        if chosen.guard:
            lock_children(seen)
        try:
            typed = {m.pk: clean(chosen.fields, told(m, chosen, facts)) for m in once(rows, chosen)}
        except InvalidFacts:  # who may not, or comes late, must hear that, not which facts are missing
            refused, code = refusals.find(chosen, rows, seen, actor, at, now)
            if refused:
                raise Refused(refused, code) from None
            raise
        known = typed if len(typed) == len(rows) else dict.fromkeys(seen, next(iter(typed.values())))
        at = {pk: known.get(pk, {}).get(chosen.happened) or when for pk, when in at.items()}
        refused, code = refusals.find(chosen, rows, seen, actor, at, now)
        if refused and not partial:
            raise Refused(refused, code)
        rows = [matter for matter in rows if matter.pk not in refused]
        if not rows:
            return Outcome(refused=refused)
        return _take(clause, chosen, rows, actor, at, now, known, refused)


def lock(ids: Iterable[int]) -> list[Matter]:
    """The matters in order of id, locked on PostgreSQL; on SQLite the transaction holds the write lock."""
    rows = Matter.objects.select_related("agreement", "customer", "proposal").filter(pk__in=list(ids))
    return list(rows.order_by("pk").select_for_update(of=("self",), no_key=True))


def lock_children(ids: Iterable[int]) -> None:
    """A guard reads what hangs below its matters: nobody may move that until we are done."""
    rows = Matter.objects.filter(parent__in=list(ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk", flat=True))


def acknowledge(obligations: Iterable[Obligation], *, actor: Actor, at: dt.datetime) -> int:
    """Somebody has seen the alert: its escalation stops, the duty goes on. Returns how many were open and new."""
    with transaction.atomic():
        rows = list(
            Obligation.objects.select_related("matter__agreement", "owner")
            .select_for_update(of=("self",), no_key=True)
            .filter(pk__in=[row.pk for row in obligations], state="open", acknowledged_at=None)
            .order_by("pk")
        )
        entries = []
        for row in rows:
            if not actor.roles_at(None) & {"admin", "officer", "approver"}:
                raise Refused({row.matter_id: f"{actor.name} may not acknowledge alerts."}, "forbidden")
            row.acknowledged_at, row.acknowledged_by_id = at, actor.user_id
            row.next_alert_at = duties.next_alert(row, at)
            facts = {"obligation": row.pk, "duty": row.duty, "round": row.round}
            entries.append(entry(row.matter, "acknowledge", actor, at, at, facts=facts))
        Entry.objects.bulk_create(entries)
        set_columns(rows, ("acknowledged_at", "acknowledged_by", "next_alert_at"))
        return len(rows)


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
    )


def _one_kind(rows: Sequence[Matter], step: str) -> tuple[Clause, Step]:
    kinds = {matter.kind for matter in rows}
    if not kinds:
        raise Refused({0: "There is no such matter."}, code="not-found")
    if len(kinds) > 1:
        raise ValueError(f"One batch, one kind; this one has {', '.join(sorted(kinds))}.")
    clause = CLAUSES[kinds.pop()]
    return clause, clause.step(step)


def _take(
    clause: Clause,
    step: Step,
    rows: list[Matter],
    actor: Actor,
    at: Mapping[int, dt.datetime],
    now: dt.datetime,
    facts: Mapping[int, Facts],
    refused: Mapping[int, str],
) -> Outcome:
    proposing = step.two_people and not any(waits_for(m, step.name) for m in rows)
    entries = {}
    for matter in rows:
        to = matter.state if proposing else step.leads_to(matter.state)
        entries[matter.pk] = entry(
            matter, step.name, actor, at[matter.pk], now, to=to, facts=facts[matter.pk], proposed=proposing
        )
    _store_entries(entries)
    for matter in rows:
        matter.state = entries[matter.pk].to_state
        matter.version += 1
        matter.proposal = entries[matter.pk] if proposing else still_waiting(matter, step)
        matter.closed_at = at[matter.pk] if step.closes and not proposing else matter.closed_at
    columns = ("state", "version", "proposal", "closed_at")
    if set_columns(rows, columns, where="t.version = v.version - 1") != len(rows):
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
    details.store(turn, actor, facts)
    duties.settle(turn)
    notices.mark_acknowledged(turn, actor)
    notices.queue(turn)
    spawning = [turn.step.spawns] if turn.step.spawns else []
    spawning += [on.spawns for on in listeners(turn.clause.kind, turn.step.name)]
    for spawns in spawning:
        _open_drafts(turn, spawns(turn.matters, facts), actor)


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
            by_kind.setdefault(draft.kind, []).append(Seed(draft.title, agreement, parents[pk], draft.facts))
    for kind, seeds in by_kind.items():
        at = turn.entries[next(iter(drafts))].at
        _open(CLAUSES[kind], seeds, actor, at, turn.now)


def _open(
    clause: Clause, seeds: Sequence[Seed], actor: Actor, at: dt.datetime, now: dt.datetime
) -> list[Matter]:
    step = clause.step("open")
    matters = []
    for seed in seeds:
        owner = actor.user_id if actor.is_staff else seed.agreement.owner_id if seed.agreement else None
        customer = seed.agreement.customer_id if seed.agreement else None
        happened = seed.facts.get(step.happened) or at
        if happened > now:
            words = f"{happened:%a %-d %B %Y, %H:%M} UTC lies in the future; it is now {now:%H:%M} UTC."
            raise Refused({0: f"{words} Nothing was changed."}, code="impossible-time")
        matters.append(
            Matter(
                kind=clause.kind,
                state=step.to,
                title=seed.title,
                parent=seed.parent,
                agreement=seed.agreement,
                customer_id=customer,
                owner_id=owner,
                opened_at=happened,
                open_key=seed.key,
            )
        )
    for chunk in chunks(matters):
        Matter.objects.bulk_create(chunk)
    entries = {}
    for matter, seed in zip(matters, seeds, strict=True):
        entries[matter.pk] = entry(matter, "open", actor, matter.opened_at, now, facts=seed.facts)
        entries[matter.pk].from_state = ""
    _store_entries(entries)
    facts = {matter.pk: seed.facts for matter, seed in zip(matters, seeds, strict=True)}
    _consequences(Turn(clause, step, matters, entries, now), actor, facts)
    return matters
