"""A room's own facts: copied from the step's facts into the detail table, with history and author."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from accounts.models import User
from accounts.roles import Actor
from obligations.clauses import Facts
from obligations.facts import InvalidFacts
from obligations.turn import Turn


def store(turn: Turn, actor: Actor, facts: Mapping[int, Facts]) -> None:
    """Create the details on `open`, update them on later steps. Facts without a column stay in the Entry."""
    model = turn.clause.detail
    if model is None:
        return
    columns = {field.name for field in model._meta.concrete_fields} - {"matter", "customer"}
    values = {
        pk: {name: value for name, value in known.items() if name in columns} for pk, known in facts.items()
    }
    if turn.step.name == "open":
        rows = [model(matter=m, customer_id=m.customer_id, **values[m.pk]) for m in turn.matters]
        _check(rows)
        with _in_words(model):
            bulk_create_with_history(rows, model, default_user=_user(actor), default_date=turn.now)
    elif any(values.values()):
        rows = list(model.objects.filter(matter__in=[m.pk for m in turn.matters]))
        for row in rows:
            for name, value in values[row.matter_id].items():
                setattr(row, name, value)
        _check(rows)
        names = sorted({name for known in values.values() for name in known})
        with _in_words(model):
            bulk_update_with_history(rows, model, names, default_user=_user(actor), default_date=turn.now)


def _check(rows: Sequence[Any]) -> None:
    """Refuse what a column cannot hold (SQLite would take it)."""
    for row in rows:
        try:
            row.clean_fields(exclude={"matter", "customer"})
        except ValidationError as error:
            found = error.message_dict
            raise InvalidFacts({name: " ".join(words) for name, words in found.items()}) from error


@contextmanager
def _in_words(model: type[Any]) -> Iterator[None]:
    """What a constraint of the table refuses, in the constraint's words. The caller's transaction is over then."""
    try:
        yield
    except IntegrityError as error:
        broken = [found for found in model._meta.constraints if found.name in str(error)]
        if not broken:
            raise
        raise InvalidFacts({"": str(broken[0].violation_error_message)}) from error


def _user(actor: Actor) -> User | None:
    return User.objects.filter(pk=actor.user_id).first() if actor.user_id else None
