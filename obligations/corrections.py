"""The verbs that touch what was recorded: correct, extend, waive. Old and new are both kept; late stays late."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.roles import Actor
from obligations import changes, details, duties
from obligations.actions import entry, lock
from obligations.clauses import CLAUSES, Field, Step
from obligations.facts import InvalidFacts, as_json, clean
from obligations.models import Entry, Evidence, Matter, Obligation
from obligations.proposals import waits_for
from obligations.refusals import utc
from obligations.rounds import copied, moved, next_round, save_rounds
from obligations.terms import TermBook
from obligations.turn import Refused, Turn

REASON = Field("reason", "long_text", "Reason", help="Why, as the file should show it.")
DUE_AT = Field("due_at", "instant", "New due time")
EVIDENCE = Field("evidence", "number", "The other side's written agreement", required=False)
OBLIGATION = Field("obligation", "number", "Obligation")


def correct(matter: Matter, fact: str, value: Any, *, reason: str, actor: Actor, at: dt.datetime) -> Entry:
    """Replace an earlier fact. Open clocks that started from it are counted anew; met ones stay as they are.

    InvalidFacts when no step of the matter has that fact, the value is of another type or the reason is missing.
    """
    fields = [field for step in matter.clause.steps for field in step.fields if field.name == fact]
    if not fields:
        raise InvalidFacts({fact: _("%(title)s has no such fact.") % {"title": matter.clause.title}})
    if fields[0].private:
        raise InvalidFacts(
            {fact: _("This is a data subject's: the ledger keeps neither the old nor the new one.")}
        )
    new = clean((fields[0], REASON), {fact: value, "reason": reason})
    if fact not in new:
        raise InvalidFacts({fact: _("Give the right value; a fact cannot be emptied.")})
    if isinstance(new[fact], dt.datetime) and new[fact] > at:
        raise InvalidFacts({fact: _("This lies in the future; it is now %(at)s.") % {"at": utc(at)}})
    with transaction.atomic():
        row = _locked(matter, actor)
        old = _known(row, fact)
        kept = {"fact": fact, "old": old, "new": as_json(new)[fact], "reason": new["reason"]}
        made = _written(row, "correct", actor, at, kept)
        details.store(_turn(row, made, at), actor, {row.pk: {fact: new[fact]}})
        _recount(row, fact, new[fact], actor, at, kept)
        return made


def extend(
    obligation: Obligation,
    *,
    actor: Actor,
    at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Entry:
    """Move a due time by agreement of the creditor: one person proposes with evidence, another approves.

    `seen`: the matter's version that was read; an approval of another proposal than the one read is refused.
    """
    return _amend("extend", (DUE_AT, REASON, EVIDENCE), obligation, actor, at, facts or {}, seen)


def waive(
    obligation: Obligation,
    *,
    actor: Actor,
    at: dt.datetime,
    facts: Mapping[str, Any] | None = None,
    seen: int | None = None,
) -> Entry:
    """End an obligation by agreement of the creditor: one person proposes with evidence, another approves."""
    return _amend("waive", (REASON, EVIDENCE), obligation, actor, at, facts or {}, seen)


def decline(matter: Matter, *, reason: str, actor: Actor, at: dt.datetime, seen: int | None = None) -> Entry:
    """End a proposal: its proposer takes it back, or an approver says no. The reason is kept.

    `seen`: the version that was read, so that nobody declines another proposal than the one read.
    """
    cleaned = clean((REASON,), {"reason": reason})
    with transaction.atomic():
        row = lock([matter.pk])[0]
        if seen is not None and seen != row.version:
            raise Refused({row.pk: _meanwhile(row, seen, actor)}, "wrong-state")
        waiting = row.proposal
        if waiting is None:
            raise Refused({row.pk: _("No proposal waits here. Nothing was changed.")}, "wrong-state")
        if waiting.actor_id != actor.user_id and "approver" not in actor.roles_at(None):
            raise Refused({row.pk: _("Only who proposed it, or an approver, may decline it.")}, "forbidden")
        return _written(row, "decline", actor, at, {**cleaned, "proposed": waiting.step})


def _amend(
    verb: str,
    fields: Sequence[Field],
    obligation: Obligation,
    actor: Actor,
    at: dt.datetime,
    facts: Mapping[str, Any],
    seen: int | None,
) -> Entry:
    with transaction.atomic():
        matter = lock([obligation.matter_id])[0]
        if seen is not None and seen != matter.version:
            raise Refused({matter.pk: _meanwhile(matter, seen, actor)}, "wrong-state")
        row = Obligation.objects.select_for_update(no_key=True).get(pk=obligation.pk)
        _still_open(verb, matter, row, at)
        if waits_for(matter, verb):
            return _approve(verb, matter, row, actor, at)
        roles = actor.roles_at(matter.customer_id)
        if not roles & {"officer", "signatory"}:
            raise Refused(
                {matter.pk: _("An officer or the customer's signatory must propose this first.")},
                "two-people",
            )
        cleaned = as_json(clean(fields, facts))
        if matter.proposal:
            raise Refused(
                {matter.pk: _("Another proposal waits on this matter; decide or decline it first.")},
                "two-people",
            )
        _check_agreement(matter, cleaned, by_customer="signatory" in roles)
        if verb == "extend" and row.due_at and cleaned["due_at"] <= row.due_at.isoformat():
            words = _("This is not later than the due time %(due_at)s.")
            raise InvalidFacts({"due_at": words % {"due_at": utc(row.due_at)}})
        return _written(matter, verb, actor, at, {**cleaned, "obligation": row.pk}, proposed=True)


def _still_open(verb: str, matter: Matter, row: Obligation, at: dt.datetime) -> None:
    if not row.is_open:
        words = _("This obligation is %(state)s already; only an open one can change.")
        raise Refused({matter.pk: words % {"state": row.state}}, "wrong-state")
    if verb == "extend" and row.due_at and row.due_at <= at:
        words = _("This is late since %(due_at)s; nothing makes it on time.")
        raise Refused({matter.pk: words % {"due_at": utc(row.due_at)}}, "too-late")


def _check_agreement(matter: Matter, facts: Mapping[str, Any], *, by_customer: bool) -> None:
    """A debtor cannot forgive itself: the customer's own step, or its written agreement as evidence."""
    known = Evidence.objects.filter(pk=facts.get("evidence", 0), matter=matter).exists()
    if not known and not by_customer:
        raise InvalidFacts(
            {"evidence": _("Attach the customer's written agreement to this matter and choose it here.")}
        )


def _approve(verb: str, matter: Matter, row: Obligation, actor: Actor, at: dt.datetime) -> Entry:
    proposal = matter.proposal
    if proposal is None or proposal.facts.get("obligation") != row.pk:
        raise Refused({matter.pk: _("Another proposal waits on this matter; decide it first.")}, "two-people")
    if "approver" not in actor.roles_at(None) or actor.user_id == proposal.actor_id:
        raise Refused({matter.pk: _("A second person, an approver, must approve this.")}, "two-people")
    made = _written(matter, verb, actor, at, proposal.facts)
    if verb == "waive":
        duties.write_states([duties.close(row, Obligation.State.WAIVED, at)])
        return made
    fresh = next_round(row)  # before it is closed
    duties.write_states([duties.close(row, Obligation.State.LAPSED, at)])
    fresh.due_at = dt.datetime.fromisoformat(proposal.facts["due_at"])
    fresh.period = f"extended by agreement to {fresh.due_at:%-d %B %Y, %H:%M} UTC"
    fresh.reckoning = {**row.reckoning, "extended": {**proposal.facts, "entry": made.pk}}
    save_rounds([(fresh, matter)], at)
    return made


def _locked(matter: Matter, actor: Actor) -> Matter:
    row = lock([matter.pk])[0]
    if row.version != matter.version:
        raise Refused({row.pk: _meanwhile(row, matter.version, actor)}, "wrong-state")
    if "officer" not in actor.roles_at(None):
        raise Refused(
            {row.pk: _("%(name)s may not correct facts: it is for officers.") % {"name": actor.name}},
            "forbidden",
        )
    return row


def _meanwhile(row: Matter, version: int, actor: Actor) -> str:
    entries = Entry.objects.filter(matter=row).order_by("id")
    told = changes.since(row, version, list(entries), actor)
    words = "Somebody changed this after you opened it. Look at it again. Nothing was changed."
    return f"{words} What was done meanwhile: {told}" if told else words


def _known(matter: Matter, fact: str) -> Any:
    detail = matter.clause.detail
    row = detail.objects.filter(matter=matter).first() if detail else None
    if row is not None and hasattr(row, fact):
        return as_json({fact: getattr(row, fact)})[fact]
    for made in Entry.objects.filter(matter=matter).order_by("-id"):
        if made.step == "correct" and made.facts.get("fact") == fact:
            return made.facts["new"]
        if fact in made.facts:
            return made.facts[fact]
    return None


def _turn(matter: Matter, made: Entry, at: dt.datetime) -> Turn:
    step = Step("correct", "Correct", matter.state, matter.state, frozenset({"officer"}))
    return Turn(matter.clause, step, [matter], {matter.pk: made}, at)


def _written(
    matter: Matter,
    verb: str,
    actor: Actor,
    at: dt.datetime,
    facts: Mapping[str, Any],
    *,
    proposed: bool = False,
) -> Entry:
    made = entry(matter, verb, actor, at, at, facts=facts, proposed=proposed)
    Entry.objects.bulk_create([made])
    matter.version += 1
    if proposed or verb in ("extend", "waive", "decline"):
        matter.proposal = made if proposed else None
    Matter.objects.filter(pk=matter.pk).update(version=matter.version, proposal=matter.proposal)
    return made


def _recount(
    matter: Matter, fact: str, value: Any, actor: Actor, at: dt.datetime, kept: Mapping[str, Any]
) -> None:
    started_or_due = Q(start_fact=fact) | Q(duty__in=_due_at_fact(fact))
    rows = list(
        Obligation.objects.filter(started_or_due, Q(matter__parent=matter) | Q(matter=matter))
        .filter(state=Obligation.State.OPEN)
        .order_by("id")
    )
    matters = Matter.objects.select_related("agreement", "customer").in_bulk({row.matter_id for row in rows})
    book = TermBook(m.agreement for m in matters.values() if m.agreement)
    old = kept["old"]
    rows = [
        row
        for row in rows
        if row.matter_id == matter.pk or copied(row, matters[row.matter_id], fact, old, book)
    ]
    fresh = [moved(row, matters[row.matter_id], fact, value, at, book) for row in rows]
    duties.write_states([duties.close(row, Obligation.State.LAPSED, at) for row in rows])
    save_rounds([(row, matters[row.matter_id]) for row in fresh], at)
    told = [matters[pk] for pk in dict.fromkeys(row.matter_id for row in rows) if pk != matter.pk]
    Entry.objects.bulk_create([entry(child, "correct", actor, at, at, facts=kept) for child in told])


def _due_at_fact(fact: str) -> list[str]:
    return [
        duty.name
        for clause in CLAUSES.values()
        for duty in clause.duties
        if duty.due_fact and duty.due_fact == fact
    ]
