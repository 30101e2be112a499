"""People whom facts name: they must be known, active and of the house."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from accounts.models import User
from obligations.clauses import Facts, Step
from obligations.facts import InvalidFacts


def check(step: Step, facts: Iterable[Facts]) -> None:
    """InvalidFacts when a fact of type person or people names somebody who cannot act here. One statement."""
    fields = [field for field in step.fields if field.type in ("person", "people")]
    if not fields:
        return
    named = {(field.name, pk) for known in facts for field in fields for pk in _ids(known.get(field.name))}
    ids = {pk for _, pk in named}
    active = User.objects.filter(pk__in=ids, is_active=True, memberships__customer=None)
    known_ids = set(active.values_list("pk", flat=True))
    wrong = {name for name, pk in named if pk not in known_ids}
    if wrong:
        raise InvalidFacts(dict.fromkeys(wrong, _("Choose people of the house who can still sign in.")))


def _ids(value: object) -> list[int]:
    if isinstance(value, int):
        return [value]
    return list(value) if isinstance(value, list) else []
