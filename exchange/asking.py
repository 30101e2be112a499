"""What people type on the command line, as the verbs take it."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from accounts.models import User
from accounts.roles import Actor, actor_of
from exchange.cells_in import fact
from exchange.sheet_agreements import house
from obligations import evidence, reading
from obligations.api_shapes import clock_id
from obligations.clauses import CLAUSES, Field, Step
from obligations.facts import InvalidFacts
from obligations.models import Agreement, Matter, Obligation
from obligations.turn import Refused

SECOND: Final = (
    "A second person's yes is given on the step's page, which asks who is there. Nothing was changed."
)


def person(address: str) -> tuple[User, Actor]:
    """Who acts, and what the ledger writes: whoever has the machine's shell may name anybody, so it says where."""
    found = User.objects.filter(email=address.lower(), is_active=True).first()
    actor = actor_of(found) if found else None
    if found is None or actor is None or not (actor.house or actor.at_customers):
        raise Refused({0: f"Nobody who may sign in has the address {address}."}, "forbidden")
    name = f"{found.name} (command line)"[:150]
    return found, Actor(name, actor.user_id, actor.house, actor.at_customers)


def matter(text: str, actor: Actor) -> Matter:
    """A matter by the reference that its customer sees too; staff also say BR-12. Refused, equal for a foreign one."""
    wanted = text.upper()
    running = reading.RUNNING.fullmatch(wanted) if actor.is_staff else None
    if running:
        kinds = [clause.kind for clause in CLAUSES.values() if clause.prefix == running[1]]
        rows = Matter.objects.filter(pk=int(running[2]), kind__in=kinds)
        wanted = rows.values_list("public_reference", flat=True).first() or wanted
    found = reading.whole(wanted)
    if found is None:
        raise Refused({0: f"There is no matter {text}."}, "not-found")
    return found


def clocks(text: str, duty: str, actor: Actor) -> list[Obligation]:
    """The obligation of that number or id, or those of that matter: all turns of one duty, or what is open."""
    rows = Obligation.objects.select_related("matter__agreement", "matter__customer", "owner")
    if text.isdecimal():
        found = list(rows.filter(pk=int(text))) if len(text) < 19 else []
    elif ":" in text:
        rows = rows.filter(matter=matter(text.split(":")[0], actor))
        found = [row for row in rows if clock_id(row) == text]
    else:
        rows = rows.filter(matter=matter(text, actor)).order_by("duty", "occurrence", "round")
        found = list(rows.filter(duty=duty) if duty else rows.filter(state="open") or rows)
    if not found:
        words = f" for {duty}" if duty else ""
        raise Refused({0: f"{text} has no deadline{words}."}, "not-found")
    return found


def agreement(text: str) -> Agreement:
    """One agreement by its reference, its title, or the name of a customer that has only one."""
    found = _agreements(text)
    if len(found) != 1:
        words = (
            f"Say which: {', '.join(row.title for row in found)}." if found else "There is none of that name."
        )
        raise InvalidFacts({"agreement": words})
    return found[0]


def _agreements(text: str) -> list[Agreement]:
    rows = Agreement.objects.order_by("pk")
    of = Matter.objects.filter(kind="agreement", public_reference=text.upper()).values("agreement")
    return list(rows.filter(pk__in=of) or rows.filter(title=text) or rows.filter(customer__name=text))


def facts(step: Step, given: Sequence[str]) -> dict[str, Any]:
    """Facts of `name=value` words. InvalidFacts lists every one that cannot be read."""
    fields = {field.name: field for field in step.fields}
    found, problems = {}, {}
    for words in given:
        name, _equals, text = words.partition("=")
        try:
            found[name] = (
                _value(fields[name], text) if name in fields else text
            )  # the verb says what it takes
        except (ValueError, OSError, evidence.Unusable) as error:
            problems[name] = str(error)
    if problems:
        raise InvalidFacts(problems)
    return found


def _value(field: Field, text: str) -> Any:
    if field.type == "file":
        return evidence.kept(Path(text).name, [Path(text).read_bytes()])
    value = fact(field, text) if text else None
    if field.type == "agreements" and value:
        return [row.pk for name in value for row in _known(name, _agreements(name))]
    if field.type in ("person", "people") and value:
        addresses = [value] if field.type == "person" else [one.lower() for one in value]
        people = house(set(addresses))
        ids = [_known(one, [people[one]] if one in people else [])[0].pk for one in addresses]
        return ids[0] if field.type == "person" else ids
    return value


def _known(name: str, found: list[Any]) -> list[Any]:
    if not found:
        raise ValueError(f"There is no {name!r} here.")
    return found
