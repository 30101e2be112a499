"""Who may see a restricted matter: a gag hides it from everybody who is not named (clause 7.1d).

What still waits to be sent to anybody else is stopped. The rows are the first wall's and the second wall's list
(accounts/scope.py, obligations/walls.py).
"""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, OuterRef

from accounts.roles import Actor
from obligations.clauses import Facts
from obligations.models import Matter, Message, RestrictedTo
from obligations.turn import Turn


def settle(turn: Turn, actor: Actor, facts: Mapping[int, Facts]) -> None:
    """Restrict the matters of a step, and all below them, to the people it names; or lift that.

    A step whose people are optional restricts nothing where none are named.
    """
    restricted = not turn.step.lifts
    matters = [m for m in turn.matters if turn.step.lifts or facts[m.pk].get(turn.step.restricts)]
    if not matters:
        return
    family = _with_descendants([matter.pk for matter in matters])
    everyone = [pk for members in family.values() for pk in members]
    RestrictedTo.objects.filter(matter__in=everyone).delete()
    Matter.objects.filter(pk__in=everyone).update(restricted=restricted)
    for matter in matters:
        matter.restricted = restricted
    if not restricted:
        return
    rows = []
    for root, members in family.items():
        named = {*facts[root][turn.step.restricts], actor.user_id} - {None}
        rows += [RestrictedTo(matter_id=pk, user_id=user) for pk in members for user in sorted(named)]
    RestrictedTo.objects.bulk_create(rows)
    _stop(everyone, turn)


def _stop(matters: Sequence[int], turn: Turn) -> None:
    """Nothing goes out any more to people who may not know: neither alerts nor notices. Nobody else is tried."""
    readers = RestrictedTo.objects.filter(matter=OuterRef("matter"), user=OuterRef("user"))
    waiting = Message.objects.filter(matter__in=matters, state=Message.State.QUEUED)
    waiting.exclude(Exists(readers)).update(
        state=Message.State.FAILED,
        failed_at=turn.now,
        next_attempt_at=None,
        error="Stopped: nobody may be told.",
    )


def inherit(matters: Sequence[Matter]) -> None:
    """What is opened below a restricted matter is restricted to the same people."""
    below = [matter for matter in matters if matter.parent and matter.parent.restricted]
    if not below:
        return
    named: dict[int, list[int]] = {}
    parents = {matter.parent_id for matter in below}
    for pk, user in RestrictedTo.objects.filter(matter__in=parents).values_list("matter_id", "user_id"):
        named.setdefault(pk, []).append(user)
    for matter in below:
        matter.restricted = True
    Matter.objects.filter(pk__in=[matter.pk for matter in below]).update(restricted=True)
    RestrictedTo.objects.bulk_create(
        RestrictedTo(matter=matter, user_id=user)
        for matter in below
        for user in named.get(matter.parent_id or 0, ())
    )


def readers(matters: Sequence[int]) -> dict[int, set[int]]:
    """User ids that may see each restricted matter; one that is not restricted is not in the answer."""
    found: dict[int, set[int]] = {}
    for pk, user in RestrictedTo.objects.filter(matter__in=matters).values_list("matter_id", "user_id"):
        found.setdefault(pk, set()).add(user)
    return found


def _with_descendants(roots: Sequence[int]) -> dict[int, list[int]]:
    """Each root with all matters below it: one statement a level, and the tree has three."""
    root_of = {pk: pk for pk in roots}
    level: list[int] = list(roots)
    while level:
        rows = Matter.objects.filter(parent__in=level).values_list("pk", "parent_id")
        new = {pk: root_of[parent] for pk, parent in rows if pk not in root_of}
        root_of |= new
        level = list(new)
    family: dict[int, list[int]] = {}
    for pk, root in root_of.items():
        family.setdefault(root, []).append(pk)
    return family
