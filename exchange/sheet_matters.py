"""Matters of earlier years: each line is one step, taken by the verbs at the time at which it happened.

The reference of the old system is the matter's key: imported again, nothing is opened twice.
"""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.roles import Actor
from exchange import playing
from exchange.cells_in import instant, longest, one_of, text
from exchange.sheets import Column, Line, Sheet
from obligations import actions, notices, past
from obligations.clauses import CLAUSES, Clause, listeners
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
    """Take the steps when they happened: the first of all, then the second ..., those of one kind together.

    Nothing is mailed; what is left open rings from now on like any other.
    """
    touched: set[int] = set()
    with notices.withheld():
        for wave in _waves(lines):
            for (kind, step, _at), some in wave.items():
                touched |= (
                    _opened(kind, some, actor, now) if step == "open" else _taken(some, step, actor, now)
                )
        past.settle(touched, actor=actor, now=now)


Wave = dict[tuple[str, str, dt.datetime | None], list[Line]]


def _waves(lines: Sequence[Line]) -> list[Wave]:
    """The first line of each reference, then the second ...; in each wave those that one verb can take at once.

    Where another room takes a step when this one is taken, it takes it at the time of this one: those go by time too.
    """
    seen: Counter[str] = Counter()
    waves: list[Wave] = []
    for line in lines:
        values = line.values
        kind, step, place = values["kind"], values.get("step", "open"), seen[values["reference"]]
        seen[values["reference"]] += 1
        if place == len(waves):
            waves.append({})
        followed = any(on.takes for _clause, on in listeners(kind, step))
        waves[place].setdefault((kind, step, values["at"] if followed else None), []).append(line)
    return waves


def _opened(kind: str, lines: Sequence[Line], actor: Actor, now: dt.datetime) -> set[int]:
    wanted = [
        actions.Opening(
            line.values["title"], line.values["of"], line.values["facts"], line.values["at"],
            playing.key_of(kind, line.values["reference"]),
        )
        for line in lines
    ]  # fmt: skip
    return {row.pk for row in actions.open_matters(kind, wanted, actor=actor, at=now, now=now)}


def _taken(lines: Sequence[Line], step: str, actor: Actor, now: dt.datetime) -> set[int]:
    rows = _there(lines)
    at = {row.pk: line.values["at"] for row, line in zip(rows, lines, strict=True)}
    facts = {row.pk: line.values["facts"] for row, line in zip(rows, lines, strict=True)}
    who = playing.recorder(actor, rows[0].clause.step(step))
    actions.advance(rows, step, actor=who, at=at, now=now, each=facts)
    return set(at)


def _there(lines: Sequence[Line]) -> list[Matter]:
    """The matter that each line goes on with; all are of one kind. One statement."""
    kind = lines[0].values["kind"]
    if CLAUSES[kind].opened_by_hand:
        keys = [playing.key_of(kind, line.values["reference"]) for line in lines]
        known = {row.open_key: row for row in Matter.objects.filter(open_key__in=keys)}
        return [known[key] for key in keys]
    above = {
        playing.key_of(other, line.values["reference"]): line.values["reference"]
        for line in lines
        for other in playing.kinds()
    }
    rows = Matter.objects.filter(kind=kind, parent__open_key__in=above).select_related("parent")
    below = {
        (above[row.parent.open_key], row.agreement_id): row for row in rows.order_by("-pk") if row.parent
    }
    found = []
    for line in lines:
        row = below.get((line.values["reference"], line.values["of"].pk))
        if row is None:
            title, values = str(CLAUSES[kind].title).lower(), line.values
            raise Refused(
                {0: f"{values['reference']} opened no {title} of {values['customer']}."}, "not-found"
            )
        found.append(row)
    return found


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
    together=True,
    more=playing.FACT,
)
