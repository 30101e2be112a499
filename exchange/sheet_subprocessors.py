"""Sub-processors: entered, put in use since the agreements began, and corrected, by the verbs."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.roles import Actor
from exchange.cells_in import date, longest, text
from exchange.sheets import Column, Line, Sheet
from obligations.actions import Opening, advance, open_matters
from obligations.clauses import CLAUSES
from obligations.corrections import correct
from obligations.models import Matter
from subprocessors.clause_transfer import is_a_country
from subprocessors.models import SubProcessor

FACTS: Final = ("service", "country", "list_version")


def country(value: str) -> str:
    """Two letters that are a country's."""
    words = is_a_country(value)
    if words:
        raise ValueError(words)
    return value


def judge(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Sub-processors by their name. Two statements, and one for the list of the agreements."""
    clause = CLAUSES["subprocessor"]
    live = Matter.objects.filter(
        kind="subprocessor", closed_at=None, title__in=[ln.values["name"] for ln in lines]
    )
    known = {row.title: row for row in live.order_by("-pk")}
    details = SubProcessor.objects.in_bulk([row.pk for row in known.values()])
    unlisted = _unlisted(lines, now)
    for line in lines:
        line.found = known.get(line.values["name"])
        line.new = line.found is None
        if not actor.house & clause.step("open").takers:
            line.errors[""] = f"{actor.name} may not enter sub-processors: that is for officers."
        if line.found:
            for name in FACTS:
                line.compare(name, str(getattr(details[line.found.pk], name)))
        if "in_use_since" in line.values and (line.found is None or line.found.state == "draft"):
            if line.number in unlisted:
                line.errors["in_use_since"] = unlisted[line.number]
            elif line.found:
                line.changes.append(("in_use_since", "", line.cells["in_use_since"]))


def _unlisted(lines: Sequence[Line], now: dt.datetime) -> dict[int, str]:
    """Why one could not have been in use from the beginning, in the words of the step's own guard."""
    asked = [line for line in lines if "in_use_since" in line.values]
    guard = CLAUSES["subprocessor"].step("baseline").guard
    assert guard
    rows = [Matter(pk=line.number, kind="subprocessor", title=line.values["name"]) for line in asked]
    return dict(guard(rows, now)) if rows else {}


def write(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Enter them, or correct what was entered; then put in use those that were so from the beginning."""
    fresh = [line for line in lines if line.found is None]
    wanted = [
        Opening(line.values["name"], None, {name: line.values[name] for name in FACTS}) for line in fresh
    ]
    made = open_matters("subprocessor", wanted, actor=actor, at=now) if wanted else []
    for line, row in zip(fresh, made, strict=True):
        line.found = row
    for line in lines:
        for name, _old, new in line.changes:
            if name in FACTS:  # each is a correction of its own, with both values
                row = Matter.objects.get(pk=line.found.pk)
                correct(row, name, new, reason=str(_("Import of a table")), actor=actor, at=now)
    used = {line.found.pk: line for line in lines if "in_use_since" in line.values}
    rows = list(Matter.objects.filter(pk__in=used, state="draft"))
    names = ("in_use_since", "list_version")
    facts = {row.pk: {name: used[row.pk].values[name] for name in names} for row in rows}
    advance(rows, "baseline", actor=actor, at=now, each=facts)


SUBPROCESSORS = Sheet(
    "subprocessors",
    _("Sub-processors"),
    _("The list of sub-processors. Contracts and transfers are recorded on their pages, with their files."),
    (
        Column("name", _("As the list of the agreement names it."), text, True, "Nimbus Hosting"),
        Column("service", _("What it does for us."), text, True, "Hosting"),
        Column("country", _("Two letters: where it processes."), country, True, "DE"),
        Column("list_version", _("Version of the list that names it."), longest(40), True, "1"),
        Column("in_use_since", _("2026-03-27; only where every agreement's list names it."), date),
    ),
    ("name",),
    judge,
    write,
    together=True,
)
