"""The program without a browser: open, step, due, explain, show. Everything goes through the verbs."""

import datetime as dt
import uuid
from typing import Any
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from accounts.roles import Actor
from accounts.scope import ALL, scope
from exchange import asking, telling
from obligations import actions, api_facts, reading, refusals
from obligations import api_shapes as shapes
from obligations.clauses import CLAUSES
from obligations.facts import InvalidFacts, instant
from obligations.models import Entry, Obligation
from obligations.proposals import waits_for
from obligations.turn import Refused

Told = tuple[Any, str]  # the same answer for a machine and for a person


class Command(BaseCommand):
    help = "Open a matter, take a step, list what is due, explain a deadline. Exit code 1: refused, in words."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--as", dest="who", required=True, help="address of the person who acts")
        parser.add_argument("--format", choices=("table", "json"), default="table")
        below = parser.add_subparsers(dest="verb", required=True)
        when = CommandParser(add_help=False)
        when.add_argument(
            "--at", default="", help="when it happened, as 2026-03-27T16:40+01:00; now if left out"
        )
        when.add_argument(
            "--fact", action="append", default=[], metavar="NAME=VALUE",
            help="a fact of the step; several names with ; between them, a file by its path, people by address",
        )  # fmt: skip
        new = below.add_parser("open", parents=[when], help="open a matter")
        new.add_argument("kind")
        new.add_argument("--title", required=True)
        new.add_argument("--agreement", default="", help="its reference, its title or its customer's name")
        new.add_argument("--key", type=uuid.UUID, help="sent twice, it opens one matter")
        step = below.add_parser("step", parents=[when], help="take a step of a matter")
        step.add_argument("reference")
        step.add_argument("step")
        step.add_argument("--version", type=int, help="the version that you read; refused if it has passed")
        due = below.add_parser("due", help="what is due, the next first")
        due.add_argument("--days", type=int, help="only what counts within so many days; late ones always do")
        due.add_argument("--mine", action="store_true")
        due.add_argument("--kind", default="")
        due.add_argument("--customer", default="", help="its name")
        due.add_argument("--limit", type=int, default=50)
        why = below.add_parser("explain", help="why this date")
        why.add_argument("what", help="the number or the id of a deadline, or the reference of a matter")
        why.add_argument("--duty", default="", help="only this duty, with all its attempts and turns")
        below.add_parser("show", help="one matter").add_argument("reference")

    def handle(self, *args: Any, **options: Any) -> None:
        in_json = options["format"] == "json"
        try:
            told, words = _answer(options, timezone.now())
        except (InvalidFacts, Refused) as error:
            if in_json:
                self.stdout.write(telling.as_json(telling.problem(error)))
            raise CommandError(telling.plain(error)) from error
        self.stdout.write(telling.as_json(told) if in_json else words)


def _answer(options: dict[str, Any], now: dt.datetime) -> Told:
    with scope((), reason="command tracker"):
        user, actor = asking.person(options["who"])
    seen = ALL if actor.is_staff else actor.at_customers.keys()
    with (
        scope(seen, reason=f"command tracker {options['verb']}, user {user.pk}", reader=user.pk),
        timezone.override(ZoneInfo(user.time_zone)),
    ):
        return VERBS[options["verb"]](options, user, actor, now)


def _open(options: dict[str, Any], user: User, actor: Actor, now: dt.datetime) -> Told:
    clause = CLAUSES.get(options["kind"])
    if clause is None or not clause.opened_by_hand:
        kinds = ", ".join(
            sorted(clause.kind for clause in CLAUSES.values() if reading.may_open(actor, clause))
        )
        raise Refused({0: f"Nobody opens a {options['kind']!r} by hand. You may open: {kinds}."}, "not-found")
    made = actions.open_matter(
        clause.kind,
        actor=actor,
        at=_at(options, now),
        now=now,
        facts=asking.facts(clause.step("open"), options["fact"]),
        title=options["title"],
        agreement=asking.agreement(options["agreement"]) if options["agreement"] else None,
        key=options["key"],
    )
    return _shown(made.public_reference, actor, now)


def _step(options: dict[str, Any], user: User, actor: Actor, now: dt.datetime) -> Told:
    found, name = asking.matter(options["reference"], actor), options["step"]
    if name not in {step.name for step in found.clause.steps} - {"open"}:
        names = ", ".join(step.name for step in found.clause.steps if step.name != "open")
        raise Refused(
            {found.pk: f"{found.clause.title} has no step {name!r}. There are: {names}."}, "not-found"
        )
    step = found.clause.step(name)
    if waits_for(found, name) and actor.roles_at(found.customer_id) & step.takers:
        raise Refused({found.pk: asking.SECOND}, "prove-again")
    if options["version"] is not None:
        found.version = options["version"]
    facts = asking.facts(step, options["fact"])
    actions.advance([found], name, actor=actor, at=_at(options, now), now=now, facts=facts)
    return _shown(found.public_reference, actor, now)


def _at(options: dict[str, Any], now: dt.datetime) -> dt.datetime:
    try:
        return instant(options["at"]) if options["at"] else now
    except ValueError as error:
        raise InvalidFacts({"at": str(error)}) from error


def _due(options: dict[str, Any], user: User, actor: Actor, now: dt.datetime) -> Told:
    """By what counts: the target, else the due time."""
    rows = reading.open_obligations().annotate(counts_at=Coalesce("target_at", "due_at"))
    rows = rows.filter(counts_at__isnull=False)
    if options["days"] is not None:
        rows = rows.filter(counts_at__lt=now + dt.timedelta(days=options["days"]))
    wanted = {
        "owner": user.pk if options["mine"] else None,
        "matter__kind": options["kind"],
        "matter__customer__name": options["customer"],
    }
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    limit = max(options["limit"], 1)
    found = [reading.clock(row, now) for row in rows.order_by("counts_at", "id")[: limit + 1]]
    more = f"\nThere is more: --limit shows {limit}." if len(found) > limit else ""
    shown = found[:limit]
    words = telling.due(shown, actor.is_staff) + more if shown else "Nothing is due."
    return {"results": [telling.due_json(clock) for clock in shown], "more": bool(more)}, words


def _explain(options: dict[str, Any], user: User, actor: Actor, now: dt.datetime) -> Told:
    found = [reading.clock(row, now) for row in asking.clocks(options["what"], options["duty"], actor)]
    return [telling.due_json(clock) for clock in found], "\n\n".join(
        telling.explained(clock, actor.is_staff) for clock in found
    )


def _show(options: dict[str, Any], user: User, actor: Actor, now: dt.datetime) -> Told:
    return _shown(asking.matter(options["reference"], actor).public_reference, actor, now)


def _shown(reference: str, actor: Actor, now: dt.datetime) -> Told:
    row = asking.matter(reference, actor)
    kept = Obligation.objects.filter(matter=row).select_related("matter__customer", "owner")
    clocks = reading.clocks(kept, now)
    entries = reading.visible(Entry.objects.filter(matter=row).order_by("id"), row, actor)
    steps = refusals.available(row.clause, row, actor, now)
    told = {
        **shapes.matter(row),
        "obligations": [shapes.obligation(clock) for clock in clocks],
        "steps": [{"name": s.name, "label": str(s.label), "blocked": why or None} for s, why in steps],
        "entries": api_facts.entries(entries, actor),
    }
    return told, telling.whole(told, row, clocks, actor.is_staff)


VERBS = {"open": _open, "step": _step, "due": _due, "explain": _explain, "show": _show}
