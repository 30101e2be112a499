"""Matters of earlier years: each line is one step, taken by the verbs at the time at which it happened.

The reference of the old system is the matter's key: imported again, nothing is opened twice.
"""

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.roles import Actor
from exchange.cells_in import fact, instant, longest, one_of, text
from exchange.sheet_agreements import house
from exchange.sheets import Column, Line, Sheet
from obligations import actions
from obligations.clauses import CLAUSES, NEW, Clause, Field, Step
from obligations.facts import InvalidFacts, as_json, clean
from obligations.models import Agreement, Entry, Matter

OURS: Final = uuid.UUID("6b7f0a52-5f0e-4b7b-9a55-0d2f7a6c1e11")  # names become keys below it
FACT: Final = "fact."


def kinds() -> list[str]:
    """Kinds that a table can open: no data subject's data, no secrets and no file stand in a table."""
    return sorted(clause.kind for clause in CLAUSES.values() if clause.opened_by_hand and not why_not(clause))


def why_not(clause: Clause) -> str:
    """Why matters of this kind do not come from a table."""
    if any(step.restricts for step in clause.steps):
        return "It may be secret; open it on its page."
    needed = [field for field in clause.step("open").fields if field.required]
    if any(field.private for field in needed):
        return "A data subject's data is kept with its matter alone, never in a table."
    return "It begins with a file; open it on its page." if any(f.type == "file" for f in needed) else ""


def key_of(kind: str, reference: str) -> uuid.UUID:
    """The key of the matter that a reference of the old system stands for."""
    return uuid.uuid5(OURS, f"{kind}:{reference}")


@dataclass
class Known:
    """What there is already, read once for all lines."""

    matters: Mapping[uuid.UUID, Matter]
    entries: Mapping[tuple[int, str, dt.datetime], Entry]
    agreements: Sequence[Agreement]
    people: Mapping[str, User]


def look(lines: Sequence[Line]) -> Known:
    """Four statements."""
    keys = {key_of(line.values["kind"], line.values["reference"]) for line in lines if "kind" in line.values}
    matters = {row.open_key: row for row in Matter.objects.filter(open_key__in=keys)}
    entries = Entry.objects.filter(matter__in=[row.pk for row in matters.values()], proposed=False)
    named = {line.values["customer"] for line in lines if "customer" in line.values}
    facts = (cell for line in lines for name, cell in line.cells.items() if name.startswith(FACT))
    cells = {part.strip() for cell in facts for part in cell.split(";")}
    agreements = (
        Agreement.objects.filter(customer__name__in=named | cells).select_related("customer").order_by("pk")
    )
    return Known(
        matters,
        {(row.matter_id, row.step, row.at): row for row in entries},
        list(agreements),
        house({cell.lower() for cell in cells if "@" in cell}),
    )


def judge(lines: Sequence[Line], actor: Actor, now: dt.datetime) -> None:
    """Each matter is played through: every line's step must fit the state that the line before has left."""
    known = look(lines)
    found: dict[uuid.UUID, list[Line]] = {}
    for line in lines:
        found.setdefault(key_of(line.values["kind"], line.values["reference"]), []).append(line)
    for key, group in found.items():
        Play(key, group, known, actor, now).run()


class Play:
    """The lines of one matter, one after the other."""

    def __init__(
        self, key: uuid.UUID, lines: Sequence[Line], known: Known, actor: Actor, now: dt.datetime
    ) -> None:
        self.lines, self.known, self.actor, self.now = lines, known, actor, now
        self.clause = CLAUSES[lines[0].values["kind"]]
        self.matter = known.matters.get(key)
        self.state = self.matter.state if self.matter else NEW
        self.agreement: Agreement | None = None

    def run(self) -> None:
        """Until the first line that is wrong: what follows it cannot be judged."""
        for line in self.lines:
            self.line(line)
            if line.errors:
                for later in self.lines[self.lines.index(line) + 1 :]:
                    later.errors[""] = f"Line {line.number} comes before it and is wrong."
                return

    def line(self, line: Line) -> None:
        name = line.values.get("step", "open")
        step = next((step for step in self.clause.steps if step.name == name), None)
        if step is None:
            words = ", ".join(step.name for step in self.clause.steps)
            line.errors["step"] = f"{self.clause.title} has no step {name!r}. There are: {words}."
            return
        if step.two_people or step.notice:
            why = "needs two people" if step.two_people else "mails the customer; nothing old is mailed again"
            line.errors["step"] = f"This step {why}. Take it on the matter's page."
            return
        line.values["facts"] = self.facts(line, step)
        if line.errors:
            return
        at = line.values["facts"].get(step.happened) or line.values["at"]
        entry = self.matter and self.known.entries.get((self.matter.pk, name, at))
        if entry:
            self.compare(line, entry)
            return
        line.new = True
        self.refuse(line, step)
        self.state = step.leads_to(self.state)

    def refuse(self, line: Line, step: Step) -> None:
        """What the verb would refuse, and what must not happen a second time."""
        if line.values["at"] > self.now:
            line.errors["at"] = "This lies ahead. Import what has happened."
        if step.name == "open" and self.matter:
            line.errors["reference"] = (
                f"{self.matter.reference} was imported under this reference, with another time."
            )
        elif self.state not in step.from_states:
            is_now = f"it is {self.clause.state_label(self.state)}" if self.state else "it is not open yet"
            line.errors["step"] = f"“{step.label}” does not fit here: {is_now} after the line before."
        if step.name == "open":
            self.belongs(line)
        about = self.agreement or self.matter
        customer = about.customer_id if about else None
        if not self.actor.roles_at(customer) & frozenset(step.by):
            line.errors.setdefault(
                "step", f"{self.actor.name} may not take it: it is for {' or '.join(sorted(step.by))}."
            )

    def belongs(self, line: Line) -> None:
        """The agreement that the matter is about."""
        if "title" not in line.values:
            line.errors["title"] = "A matter that is opened needs a title."
        if self.clause.of != "agreement":
            return
        customer, title = line.values.get("customer"), line.values.get("agreement")
        rows = [
            row
            for row in self.known.agreements
            if row.customer.name == customer and title in (None, row.title)
        ]
        if not customer or not rows:
            line.errors["customer"] = (
                f"There is no agreement of {customer or 'a customer without a name'}. Import it first."
            )
        elif len(rows) > 1:
            line.errors["agreement"] = f"Say which: {', '.join(row.title for row in rows)}."
        else:
            self.agreement = line.values["of"] = rows[0]

    def compare(self, line: Line, entry: Entry) -> None:
        """It was imported before: then it must say the same."""
        told = as_json(line.values["facts"])
        other = [name for name, value in told.items() if entry.facts.get(name, value) != value]
        for name in other:
            line.errors[f"{FACT}{name}"] = (
                f"It was imported as {entry.facts[name]}. Correct it on the matter's page."
            )

    def facts(self, line: Line, step: Step) -> dict[str, Any]:
        fields = {field.name: field for field in step.fields}
        found: dict[str, Any] = {}
        for column, cell in line.cells.items():
            if cell and column.startswith(FACT):
                name = column.removeprefix(FACT)
                try:
                    found[name] = self.value(name, fields, cell)
                except ValueError as error:
                    line.errors[column] = str(error)
        if step.happened and step.happened not in found:
            found[step.happened] = line.values["at"]
        try:
            return {} if line.errors else clean(step.fields, found)
        except InvalidFacts as error:
            files = {field.name for field in step.fields if field.type == "file"}
            words = "This step needs a file. Take it on the matter's page."
            line.errors |= {f"{FACT}{n}": words if n in files else said for n, said in error.problems.items()}
            return {}

    def value(self, name: str, fields: Mapping[str, Field], cell: str) -> Any:
        field = fields.get(name)
        if field is None:
            raise ValueError(f"This step has no such fact. It has: {', '.join(fields) or 'none'}.")
        if field.private:
            raise ValueError("A data subject's data is kept with its matter alone. Leave this cell empty.")
        value = fact(field, cell)
        if field.type == "agreements":
            return [pk for customer in value for pk in self._agreements(customer)]
        if field.type in ("person", "people"):
            ids = [self._person(address) for address in ([value] if field.type == "person" else value)]
            return ids[0] if field.type == "person" else ids
        return value

    def _agreements(self, customer: str) -> list[int]:
        found = [row.pk for row in self.known.agreements if row.customer.name == customer]
        if not found:
            raise ValueError(
                f"There is no agreement of {customer!r}. Write customers' names with ; between them."
            )
        return found

    def _person(self, address: str) -> int:
        person = self.known.people.get(address.lower())
        if person is None:
            raise ValueError(f"Nobody of the house has the address {address!r}.")
        return person.pk


def write(line: Line, actor: Actor, now: dt.datetime) -> None:
    """Take the step when it happened. A matter that is left open rings from now on like any other."""
    values = line.values
    kind, step, key = values["kind"], values.get("step", "open"), key_of(values["kind"], values["reference"])
    if step == "open":
        actions.open_matter(
            kind, actor=actor, at=values["at"], now=now, facts=values["facts"], title=values["title"],
            agreement=values.get("of"), key=key,
        )  # fmt: skip
        return
    row = Matter.objects.get(open_key=key)
    actions.advance([row], step, actor=actor, at=values["at"], now=now, facts=values["facts"])


def columns_of(clause: Clause) -> Iterator[tuple[str, str, str]]:
    """Name, help and example of the facts that steps of this kind take from a table."""
    seen = set()
    for step in clause.steps:
        for field in step.fields:
            if field.type != "file" and not field.private and field.name not in seen:
                seen.add(field.name)
                choices = ", ".join(choice for choice, _label in field.choices)
                yield f"{FACT}{field.name}", f"{step.name}: {field.label}. {field.help} {choices}".strip(), ""


def _kind(value: str) -> str:
    if value in CLAUSES and why_not(CLAUSES[value]):
        raise ValueError(f"{CLAUSES[value].title} cannot be imported. {why_not(CLAUSES[value])}")
    return one_of(kinds())(value)


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
    ("reference", "kind", "step", "at"),
    judge,
    write,
    group="reference",
    more=FACT,
)
