"""Lines of matters of earlier years, played step by step before anything is written."""

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from accounts.models import User
from accounts.roles import Actor, Role
from exchange.cells_in import fact
from exchange.sheet_agreements import house
from exchange.sheets import Line
from obligations.bulk import chunks
from obligations.clauses import CLAUSES, NEW, Clause, Field, Step
from obligations.facts import InvalidFacts, as_json, clean
from obligations.models import Agreement, Entry, Matter

OURS: Final = uuid.UUID("6b7f0a52-5f0e-4b7b-9a55-0d2f7a6c1e11")  # names become keys below it
FACT: Final = "fact."


def kinds() -> list[str]:
    """Kinds that a table can open: no data subject's data, no secrets and no file stand in a table."""
    return sorted(clause.kind for clause in CLAUSES.values() if clause.opened_by_hand and not why_not(clause))


def below_kinds() -> list[str]:
    """Kinds that open with another matter, such as the notice to one customer: what happened to them can be told."""
    rows = (clause for clause in CLAUSES.values() if not clause.opened_by_hand)
    return sorted(clause.kind for clause in rows if not any(step.restricts for step in clause.steps))


def told_kinds() -> list[str]:
    """Every kind that a line may be about."""
    return sorted([*kinds(), *below_kinds()])


def recorder(actor: Actor, step: Step) -> Actor:
    """An officer also writes down what the program or the customer's server did then, such as a receipt."""
    if "system" in step.by and Role.OFFICER in actor.house:
        return replace(actor, house=actor.house | {Role.SYSTEM})
    return actor


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
    children: Mapping[tuple[int, str, int], Matter]  # by parent, kind and agreement
    kinds: Sequence[str]  # whose references a matter below may name
    opened: set[str]  # references that this file opens
    entries: Mapping[tuple[int, str, dt.datetime], Entry]
    agreements: Sequence[Agreement]
    people: Mapping[str, User]


def look(lines: Sequence[Line]) -> Known:
    """Five statements (more of a table whose lines name thousands of matters above)."""
    told = [line.values for line in lines]
    hand = kinds()
    keys = [
        key_of(kind, values["reference"])
        for values in told
        for kind in ([values["kind"]] if values["kind"] in hand else hand)
    ]
    found = (Matter.objects.filter(open_key__in=part) for part in chunks(sorted(set(keys)), 10_000))
    matters = {row.open_key: row for rows in found for row in rows}
    below = list(Matter.objects.filter(parent__in=list(matters.values()), kind__in=below_kinds()))
    entries = Entry.objects.filter(matter__in=[*matters.values(), *below], proposed=False)
    named = {line.values["customer"] for line in lines if "customer" in line.values}
    facts = (cell for line in lines for name, cell in line.cells.items() if name.startswith(FACT))
    cells = {part.strip() for cell in facts for part in cell.split(";")}
    agreements = (
        Agreement.objects.filter(customer__name__in=named | cells).select_related("customer").order_by("pk")
    )
    return Known(
        matters,
        {(row.parent_id, row.kind, row.agreement_id): row for row in below},
        hand,
        {
            values["reference"]
            for values in told
            if values["kind"] in hand and values.get("step", "open") == "open"
        },
        {(row.matter_id, row.step, row.at): row for row in entries},
        list(agreements),
        house({cell.lower() for cell in cells if "@" in cell}),
    )


class Play:
    """The lines of one matter, one after the other. `below`: it opened with another one, whose lines tell of it too."""

    def __init__(
        self, key: uuid.UUID, lines: Sequence[Line], known: Known, actor: Actor, now: dt.datetime
    ) -> None:
        self.lines, self.known, self.actor, self.now = lines, known, actor, now
        self.clause = CLAUSES[lines[0].values["kind"]]
        self.below = not self.clause.opened_by_hand
        self.matter = None if self.below else known.matters.get(key)
        self.state = self.clause.step("open").to if self.below else NEW
        self.agreement: Agreement | None = None
        if self.below:
            self.belongs(lines[0])
            self.find(lines[0])
        if self.matter:
            self.state = self.matter.state

    def find(self, first: Line) -> None:
        """The matter below, if what is above it is here already."""
        values = first.values
        above = [self.known.matters.get(key_of(kind, values["reference"])) for kind in self.known.kinds]
        there = [row for row in above if row]
        if not there and not self.known.opened & {values["reference"]}:
            first.errors["reference"] = f"Nothing is here, nor opened in this file, as {values['reference']}."
        elif there and self.agreement:
            place = (there[0].pk, self.clause.kind, self.agreement.pk)
            self.matter = self.known.children.get(place)
            if self.matter is None:
                first.errors["customer"] = (
                    f"{there[0].reference} has no {str(self.clause.title).lower()} of this customer."
                )

    def run(self) -> None:
        """Until the first line that is wrong: what follows it cannot be judged."""
        for line in self.lines:
            line.values["of"] = self.agreement
            if not line.errors:
                self.line(line)
            if line.errors:
                for later in self.lines[self.lines.index(line) + 1 :]:
                    later.errors[""] = f"Line {line.number} comes before it and is wrong."
                return

    def line(self, line: Line) -> None:
        name = line.values.get("step", "open")
        step = next((step for step in self.clause.steps if step.name == name), None)
        if step is None or (self.below and name == "open"):
            words = ", ".join(
                step.name for step in self.clause.steps if step.name != "open" or not self.below
            )
            line.errors["step"] = f"{self.clause.title} has no step {name!r}. There are: {words}."
            return
        if step.two_people:
            line.errors["step"] = "This step needs two people. Take it on the matter's page."
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
            self.titled(line)
        about = self.agreement or self.matter
        customer = about.customer_id if about else None
        if not recorder(self.actor, step).roles_at(customer) & frozenset(step.by):
            line.errors.setdefault(
                "step", f"{self.actor.name} may not take it: it is for {' or '.join(sorted(step.by))}."
            )

    def titled(self, line: Line) -> None:
        """What a matter that is opened needs to say."""
        if "title" not in line.values:
            line.errors["title"] = "A matter that is opened needs a title."
        if self.clause.of == "agreement":
            self.belongs(line)

    def belongs(self, line: Line) -> None:
        """The agreement that the matter is about."""
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
