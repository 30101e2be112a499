"""What changed in a room's own facts of a matter, version by version: the differences that simple-history keeps."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.utils import timezone
from django.utils.translation import gettext as _

from obligations.clauses import Field
from obligations.models import Matter

VERSIONS: Final = 20
QUIET: Final = frozenset({"matter", "customer"})


@dataclass(frozen=True)
class Change:
    """One version: who wrote it when, and (label, before, after) of each column that differs."""

    at: Any
    by: str
    lines: list[tuple[str, str, str]]


def of(matter: Matter) -> list[Change]:
    """Newest first, at most twenty; one statement. A kind without facts of its own has none."""
    model: Any = matter.clause.detail
    if model is None or not hasattr(model, "history"):
        return []
    asked = {field.name: field for step in matter.clause.steps for field in step.fields}
    rows = model.history.filter(matter=matter.pk).select_related("history_user")
    versions = list(rows.order_by("-history_date", "-history_id")[: VERSIONS + 1])
    pairs = zip(versions, [*versions[1:], None], strict=True)
    changes = [_change(model, asked, new, old) for new, old in pairs if old is not None]
    return [change for change in changes if change.lines][:VERSIONS]


def _change(model: Any, asked: Mapping[str, Field], new: Any, old: Any) -> Change:
    """The columns that differ, under the words with which the steps ask for them."""
    lines = []
    for column in model._meta.concrete_fields:
        if column.name in QUIET or column.primary_key:
            continue
        was, now = getattr(old, column.attname), getattr(new, column.attname)
        if was != now:
            field = asked.get(column.name)
            label = str(field.label if field else column.verbose_name).capitalize()
            choices = dict(field.choices) if field else {}
            lines.append((label, _words(choices, was), _words(choices, now)))
    return Change(new.history_date, str(new.history_user or "system"), lines)


def _words(choices: Mapping[str, Any], value: Any) -> str:
    if value in (None, "", [], {}):
        return _("empty")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dt.datetime):
        return f"{timezone.localtime(value):%a %-d %b %Y, %H:%M}"
    if isinstance(value, dt.date):
        return f"{value:%a %-d %b %Y}"
    if isinstance(value, list):
        return (
            ", ".join(str(choices.get(one, one)) for one in value if isinstance(one, str)) or f"{len(value)}"
        )
    return str(choices.get(value, value) if isinstance(value, str) else value)
