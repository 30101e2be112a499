"""Sub-processors: entered, put in use since the agreements began, and corrected, by the verbs."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.utils.translation import gettext_lazy as _

from accounts.roles import Actor
from exchange.cells_in import date, longest, text
from exchange.sheets import Column, Line, Sheet
from obligations.actions import advance, open_matter
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
    """One line after the other."""
    for line in lines:
        _write(line, actor, now)


def _write(line: Line, actor: Actor, now: dt.datetime) -> None:
    """Enter it, or correct what was entered; then put it in use where that was so from the beginning."""
    values, row = line.values, line.found
    if row is None:
        facts = {name: values[name] for name in FACTS}
        row = open_matter("subprocessor", actor=actor, at=now, facts=facts, title=values["name"])
    for name, _old, new in line.changes:
        if name in FACTS:
            correct(row, name, new, reason=str(_("Import of a table")), actor=actor, at=now)
    if "in_use_since" in values and row.state == "draft":
        row = Matter.objects.get(pk=row.pk)
        facts = {"in_use_since": values["in_use_since"], "list_version": values["list_version"]}
        advance([row], "baseline", actor=actor, at=now, facts=facts)


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
)
