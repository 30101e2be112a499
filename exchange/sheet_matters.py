"""Matters of earlier years: each line is one step, taken by the verbs at the time at which it happened.

The reference of the old system is the matter's key: imported again, nothing is opened twice.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.roles import Actor
from exchange import playing
from exchange.cells_in import instant, longest, one_of, text
from exchange.sheets import Column, Line, Sheet
from obligations import actions, notices, past
from obligations.clauses import CLAUSES, Clause
from obligations.models import Matter
from obligations.turn import Refused


def judge(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Each matter is played through: every line's step must fit the state that the line before has left."""
    known = playing.look(lines)
    found: dict[uuid.UUID, list[Line]] = {}
    for line in lines:
        values = line.values
        place = "" if values["kind"] in known.kinds else f"{values.get('customer')}/{values.get('agreement')}"
        found.setdefault(playing.key_of(values["kind"], f"{values['reference']}{place}"), []).append(line)
    for key, group in found.items():
        playing.Play(key, group, known, actor, now).run()


def write(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Take the steps when they happened. Nothing is mailed; what is left open rings from now on like any other."""
    touched = set()
    with notices.withheld():
        for line in lines:
            touched.add(_written(line, actor, now).pk)
    past.settle(touched, actor=actor, now=now)


def _written(line: Line, actor: Actor, now: dt.datetime) -> Matter:
    values = line.values
    kind, step, at = values["kind"], values.get("step", "open"), values["at"]
    if step == "open":
        return actions.open_matter(
            kind, actor=actor, at=at, now=now, facts=values["facts"], title=values["title"],
            agreement=values["of"], key=playing.key_of(kind, values["reference"]),
        )  # fmt: skip
    row = _there(line)
    who = playing.recorder(actor, row.clause.step(step))
    actions.advance([row], step, actor=who, at=at, now=now, facts=values["facts"])
    return row


def _there(line: Line) -> Matter:
    """The matter that a line goes on with."""
    values = line.values
    if CLAUSES[values["kind"]].opened_by_hand:
        found: Matter = Matter.objects.get(open_key=playing.key_of(values["kind"], values["reference"]))
        return found
    above = [playing.key_of(kind, values["reference"]) for kind in playing.kinds()]
    rows = Matter.objects.filter(kind=values["kind"], agreement=values["of"], parent__open_key__in=above)
    below: Matter | None = rows.first()
    if below is None:
        title = str(CLAUSES[values["kind"]].title).lower()
        raise Refused({0: f"{values['reference']} opened no {title} of {values['customer']}."}, "not-found")
    return below


def columns_of(clause: Clause) -> Iterator[tuple[str, str, str]]:
    """Name, help and example of the facts that steps of this kind take from a table."""
    seen = set()
    for step in clause.steps:
        for field in step.fields:
            if field.type != "file" and not field.private and field.name not in seen:
                seen.add(field.name)
                choices = ", ".join(choice for choice, _label in field.choices)
                yield (
                    f"{playing.FACT}{field.name}",
                    f"{step.name}: {field.label}. {field.help} {choices}".strip(),
                    "",
                )


def _kind(value: str) -> str:
    if value in CLAUSES and value not in playing.told_kinds() and playing.why_not(CLAUSES[value]):
        raise ValueError(f"{CLAUSES[value].title} cannot be imported. {playing.why_not(CLAUSES[value])}")
    return one_of(playing.told_kinds())(value)


MATTERS = Sheet(
    "matters",
    _("Matters of earlier years"),
    _("Each line is one step of a matter; lines with the same reference belong together, in order of time."),
    (
        Column(
            "reference",
            _("Of the old system: it makes sure that nothing comes twice."),
            longest(100),
            True,
            "OLD-17",
        ),
        Column(
            "kind",
            _("As in the addresses of the lists: breach, instruction, person ..."),
            _kind,
            True,
            "person",
        ),
        Column("customer", _("Where the matter is a customer's."), text),
        Column("agreement", _("Where the customer has several."), text),
        Column("title", _("In the line that opens the matter."), text, example="Onboarding of 2024"),
        Column("step", _("The step's name; open if empty."), text, example="open"),
        Column("at", _("When it happened: 2026-03-27T16:40+01:00."), instant, True, "2024-03-27T16:40+01:00"),
    ),
    ("reference", "kind", "customer", "agreement", "step", "at"),
    judge,
    write,
    group="reference",
    more=playing.FACT,
)
