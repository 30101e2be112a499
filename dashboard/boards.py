"""The board of a group of kinds: how many are open in which state, and what is due next, by index."""

import datetime as dt
from typing import Any, Final

from django.db.models import Count

from accounts.roles import Actor
from dashboard.groups import Group
from dashboard.today import Some, line, next_instant
from obligations import reading
from obligations.models import Matter, Obligation

NEXT: Final = 25
NEWEST: Final = 8


def read(group: Group, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """States of what is open, what is due next among the kinds, and the newest of each kind."""
    kinds = [clause.kind for clause in group.clauses]
    states: dict[str, list[tuple[str, str, int]]] = {kind: [] for kind in kinds}
    open_matters = Matter.objects.filter(closed_at=None, kind__in=kinds)
    for row in open_matters.values("kind", "state").annotate(n=Count("pk")).order_by("kind", "state"):
        clause = next(clause for clause in group.clauses if clause.kind == row["kind"])
        states[row["kind"]].append((row["state"], clause.state_label(row["state"]), row["n"]))
    return {
        "group": group,
        "kinds": [
            (
                clause,
                states[clause.kind],
                sum(n for *_, n in states[clause.kind]),
                reading.may_open(actor, clause),
            )
            for clause in group.clauses
        ],
        "next": due_next(kinds, actor, now),
    }


def due_next(kinds: list[str], actor: Actor, now: dt.datetime) -> Some:
    """Open obligations of these kinds by what counts next."""
    open_now = Obligation.objects.filter(state="open", matter__kind__in=kinds)
    rows = open_now.select_related("matter__agreement", "matter__customer", "owner", "customer")
    found = list(rows.annotate(next_at=next_instant()).order_by("next_at", "id")[: NEXT + 1])
    return Some([line(row, actor, now) for row in found[:NEXT]], len(found) > NEXT)
