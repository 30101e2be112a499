"""The verbs that open a matter, move it and acknowledge an alert. With corrections.py and alerts.py the only writers.

One matter is a batch of one, and the number of statements does not depend on how many there are.
"""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.roles import Actor
from obligations import duties, people, refusals
from obligations.bulk import set_columns
from obligations.clauses import CLAUSES, Clause, Facts, Field, Step
from obligations.facts import InvalidFacts, clean
from obligations.models import Agreement, Entry, Matter, Obligation
from obligations.proposals import once, told
from obligations.taking import Outcome, Seed, entry, lock, lock_children, open_seeds, take
from obligations.terms import TermBook
from obligations.turn import Instants, Refused

__all__ = [
    "Opening",
    "Outcome",
    "acknowledge",
    "advance",
    "entry",
    "lock",
    "note",
    "open_matter",
    "open_matters",
]
LONGEST_NOTE = 5000
TITLE = Field("title", "text", "Title", help="A short name. Everybody who sees the matter may read it.")


class Opening(NamedTuple):
    """A matter that is to be opened with others of its kind. `at`: when it happened, if not with the others."""

    title: str
    agreement: Agreement | None
    facts: Facts
    at: dt.datetime | None = None
    key: uuid.UUID | None = None


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
    seed = _seed(clause, actor, at, title, agreement, facts, key)
    try:
        with transaction.atomic():
            people.check(clause.step("open"), [seed.facts])
            before = _opened_by(key)
            if before is not None:
                return before
            return open_seeds(clause, [seed], actor, at, now)[0]
    except IntegrityError as error:
        if key is None or "open_key" not in str(error):
            raise
        before = _opened_by(key)  # the same form, sent at the same moment, was quicker
        if before is None:
            words = _("This form was used before, for something else. Open it again. Nothing was changed.")
            raise Refused({0: words}, code="wrong-state") from None
        return before


def open_matters(
    kind: str,
    wanted: Sequence[Opening],
    *,
    actor: Actor,
    at: dt.datetime,
    now: dt.datetime | None = None,
) -> list[Matter]:
    """Open all of them, or none, in a fixed number of statements."""
    clause = CLAUSES[kind]
    with transaction.atomic():
        seeds = [
            _seed(clause, actor, one.at or at, one.title, one.agreement, one.facts, one.key) for one in wanted
        ]
        people.check(clause.step("open"), [seed.facts for seed in seeds])
        return open_seeds(clause, seeds, actor, at, now or at)


def _seed(
    clause: Clause,
    actor: Actor,
    at: dt.datetime,
    title: str,
    agreement: Agreement | None,
    facts: Facts,
    key: uuid.UUID | None = None,
) -> Seed:
    """A matter about to be opened, checked as far as it can be alone."""
    if at.tzinfo is None:
        raise ValueError(f"{at.isoformat()} has no time zone; give an aware datetime.")
    if clause.of == "agreement" and agreement is None:
        raise InvalidFacts({"agreement": _("Choose the agreement that this is about.")})
    step = clause.step("open")
    roles = actor.roles_at(agreement.customer_id if agreement else None)
    if not roles & frozenset(step.by):
        raise Refused(
            {0: _("%(name)s may not open a %(kind)s.") % {"name": actor.name, "kind": clause.title.lower()}},
            code="forbidden",
        )
    cleaned = clean((TITLE, *step.fields), {**facts, "title": title})
    title = cleaned.pop("title")
    return Seed(title, agreement, None, cleaned, key or uuid.uuid4(), at)


def _opened_by(key: uuid.UUID | None) -> Matter | None:
    found: Matter | None = Matter.objects.filter(open_key=key).first() if key else None
    return found


def advance(
    matters: Iterable[Matter],
    step: str,
    *,
    actor: Actor,
    at: Instants,
    facts: Facts | None = None,
    each: Mapping[int, Facts] | None = None,
    now: dt.datetime | None = None,
    partial: bool = False,
) -> Outcome:
    """Take a step of matters of one kind; each `matter.version` is what its reader saw.

    `at`: when it happened, for all or by matter id. `facts`: of all; `each`: by matter id. partial=False: one refusal
    refuses all (Refused); partial=True: refused ones are left alone and listed. A second person's approval uses the
    proposed facts.
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
            given = each or {}
            some = rows if each else once(rows, chosen)
            typed = {m.pk: clean(chosen.fields, told(m, chosen, given.get(m.pk, facts))) for m in some}
        except InvalidFacts:  # who may not, or comes late, must hear that, not which facts are missing
            refused, code = refusals.find(chosen, rows, seen, actor, at, now)
            if refused:
                raise Refused(refused, code) from None
            raise
        known = typed if len(typed) == len(rows) else dict.fromkeys(seen, next(iter(typed.values())))
        at = {pk: known.get(pk, {}).get(chosen.happened) or when for pk, when in at.items()}
        refused, code = refusals.find(chosen, rows, seen, actor, at, now, known)
        if refused and not partial:
            raise Refused(refused, code)
        people.check(chosen, known.values())
        rows = [matter for matter in rows if matter.pk not in refused]
        if not rows:
            return Outcome(refused=refused)
        return take(clause, chosen, rows, actor, at, now, known, refused)


def acknowledge(obligations: Iterable[Obligation], *, actor: Actor, at: dt.datetime) -> int:
    """Somebody has seen the alert: its escalation stops, the duty goes on. Returns how many were open and new."""
    with transaction.atomic():
        rows = list(
            Obligation.objects.select_related("matter__agreement", "owner")
            .select_for_update(of=("self",), no_key=True)
            .filter(pk__in=[row.pk for row in obligations], state="open", acknowledged_at=None)
            .order_by("pk")
        )
        entries, book = [], TermBook(())
        for row in rows:
            if not actor.roles_at(None) & {"admin", "officer", "approver"}:
                raise Refused(
                    {row.matter_id: _("%(name)s may not acknowledge alerts.") % {"name": actor.name}},
                    "forbidden",
                )
            row.acknowledged_at, row.acknowledged_by_id = at, actor.user_id
            row.next_alert_at = duties.next_alert(row, at, book)
            facts = {"obligation": row.pk, "duty": row.duty, "round": row.round}
            entries.append(entry(row.matter, "acknowledge", actor, at, at, facts=facts))
        Entry.objects.bulk_create(entries)
        set_columns(rows, ("acknowledged_at", "acknowledged_by", "next_alert_at"))
        return len(rows)


def note(matter: Matter, words: str, *, actor: Actor, at: dt.datetime) -> Entry:
    """A remark in the matter's ledger, for staff alone: nothing else changes, and it stays for good."""
    words = words.strip()
    if not words or len(words) > LONGEST_NOTE:
        raise InvalidFacts(
            {
                "text": _("Write a note of at most %(longest_note)s characters.")
                % {"longest_note": LONGEST_NOTE}
            }
        )
    if not actor.roles_at(None) & {"admin", "officer", "approver"}:
        raise Refused({matter.pk: _("%(name)s may not write notes.") % {"name": actor.name}}, "forbidden")
    made = entry(matter, "note", actor, at, at, facts={"text": words})
    made.two_people, made.proposal, made.proposer_id, made.proposer_name = False, None, None, ""
    Entry.objects.bulk_create([made])
    return made


def _one_kind(rows: Sequence[Matter], step: str) -> tuple[Clause, Step]:
    kinds = {matter.kind for matter in rows}
    if not kinds:
        raise Refused({0: _("There is no such matter.")}, code="not-found")
    if len(kinds) > 1:
        raise ValueError(f"One batch, one kind; this one has {', '.join(sorted(kinds))}.")
    clause = CLAUSES[kinds.pop()]
    return clause, clause.step(step)
