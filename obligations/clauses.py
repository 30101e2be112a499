"""The language in which a room declares its clause: frozen dataclasses, no Django.

A Step is at once a row of the state table, of the permission table, the form, the API action and the
button. `CLAUSES` holds what the rooms registered; obligations/checks.py proves it at start-up.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

PROCESSOR: Final = "processor"
CONTROLLER: Final = "controller"
NEW: Final = ""  # the state before `open`
SAME: Final = "="  # the step leaves the state as it is

FIELD_TYPES: Final = frozenset(
    {"text", "long_text", "instant", "date", "number", "choice", "boolean"}
    | {"file", "person", "people", "agreements"}
)
RUNG_MOMENTS: Final = frozenset(
    {"after start", "before target", "at target", "before due", "at due", "after due every"}
)
LINE_OF_ALERTS: Final = ("owner", "deputy", "approvers", "admins")  # who is next when nobody acknowledges
RUNG_RECIPIENTS: Final = (*LINE_OF_ALERTS, "contacts")
TERM_TYPES: Final = frozenset(
    {"period", "boolean", "number", "text", "choice", "list", "calendar", "hours_of_day"}
)

Facts = Mapping[str, Any]
Words = Any  # text for people: a str, or one that is translated when it is shown


@dataclass(frozen=True)
class Field:
    """One fact that a step asks for. `choices` are (value, label) pairs; `known`: its form begins with the detail's.

    `private`: a data subject's data; handed to the room (its detail table, `also`), never kept in an Entry.
    """

    name: str
    type: str
    label: Words
    help: Words = ""
    required: bool = True
    choices: tuple[tuple[str, Words], ...] = ()
    private: bool = False
    known: bool = False
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Notice:
    """A message that a step sends to the customer.

    `to`: "first contact" (then the next one where it fails) or "told" (everybody who got a notice before).
    `on_receipt` / `on_failure`: the steps that `deliver` takes as system; `on_exhausted`: when the last contact
    failed too.
    """

    template: str
    to: str = "first contact"
    on_receipt: str = ""
    on_relay: str = ""
    on_failure: str = ""
    on_exhausted: str = ""


@dataclass(frozen=True)
class Draft:
    """A matter to be opened as the consequence of a step."""

    kind: str
    title: str
    agreement_id: int | None
    facts: Facts


# The matters that took a step and their facts by id -> what to open below each of them.
Spawns = Callable[[Sequence[Any], Mapping[int, Facts]], Mapping[int, Sequence[Draft]]]
# The matters of a batch and the present instant -> why not, in words, by matter id.
Guard = Callable[[Sequence[Any], dt.datetime], Mapping[int, str]]
# Each matter with the typed facts of this turn (on `open` it is not stored yet) -> one text each, "" is fine.
Turns = Sequence[tuple[Any, Facts]]
Check = Callable[[Turns, dt.datetime], Sequence[str]]
# The room's own records, written in the transaction of the step by its actor at that instant.
Also = Callable[[Turns, Any, dt.datetime], None]


@dataclass(frozen=True)
class Step:
    """A transition. `happened` names the fact that says when it happened; else it is the step's `at`.

    `guard` also decides whether the button is offered, so it sees no facts; `check` sees them.
    `restricts` names a fact of type "people": from then on they and the actor alone see the matter and all
    below it (an optional fact that is empty changes nothing); `lifts` ends that. `covers`: ids of the register.
    """

    name: str
    label: Words
    frm: str | tuple[str, ...]
    to: str
    by: frozenset[str] | set[str]
    fields: tuple[Field, ...] = ()
    guard: Guard | None = None
    spawns: Spawns | None = None
    notice: Notice | None = None
    happened: str = ""
    two_people: bool = False
    proposed_by: frozenset[str] = frozenset({"officer"})
    closes: bool = False
    help: Words = ""
    check: Check | None = None
    also: Also | None = None
    restricts: str = ""
    lifts: bool = False
    covers: tuple[str, ...] = ()

    @property
    def from_states(self) -> tuple[str, ...]:
        return (self.frm,) if isinstance(self.frm, str) else self.frm

    def leads_to(self, state: str) -> str:
        """State after the step, taken from `state`."""
        return state if self.to == SAME else self.to

    @property
    def takers(self) -> frozenset[str]:
        """Roles that may press the button: those who take it and those who propose it."""
        return frozenset(self.by) | (self.proposed_by if self.two_people else frozenset())


@dataclass(frozen=True)
class Start:
    """The clock starts at `fact` of the step, else at its `at`. Provisional: until a firm start replaces it."""

    step: str
    fact: str | None = None
    provisional: bool = False


@dataclass(frozen=True)
class Rung:
    """One line of a ladder: Rung("before due", 2, "business days", to="owner")."""

    when: str
    n: int = 0
    unit: str = ""
    to: str | tuple[str, ...] = "owner"

    @property
    def recipients(self) -> tuple[str, ...]:
        return (self.to,) if isinstance(self.to, str) else self.to

    @property
    def words(self) -> str:
        """As a person says it: "2 business days before due", "at target"."""
        if not self.n:
            return "start" if self.when == "after start" else self.when
        unit = self.unit.removesuffix("s") if self.n == 1 else self.unit
        if self.when == "after due every":
            return f"every {self.n} {unit} after due"
        return f"{self.n} {unit} {self.when}"


@dataclass(frozen=True)
class Duty:
    """Something owed by a party, with a clock. `source`: the register id of the clause, or the law.

    `due_fact` names a fact of the starting step that is the due instant itself (a date: the end of that local
    day); `term`, if any, then counts backwards from it to the target. Without that fact the term counts
    forwards from the start.
    """

    name: str
    title: Words
    source: str
    owed_by: str
    starts: tuple[Start, ...]
    met_by: tuple[str, ...]
    term: str = ""
    ends: tuple[str, ...] = ()
    ladder: tuple[Rung, ...] = ()
    applies: Callable[[Any, Facts], bool] | None = None
    due_fact: str = ""


@dataclass(frozen=True)
class TermSpec:
    """A negotiable parameter. `type` is one of TERM_TYPES."""

    key: str
    type: str
    default: object
    label: Words
    choices: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


@dataclass(frozen=True)
class On:
    """The wire between rooms: after `step` of a matter of `kind`, open what `spawns` drafts.

    And the system takes the step `takes` of the matters of this clause whose ids `of` finds, where their state
    allows it: when the other step happened, or when `of` says so, where it names an instant for each id. The
    instant is also the fact that the step calls `happened`, if it has one, so that a correction reaches it.
    """

    kind: str
    step: str
    spawns: Spawns | None = None
    takes: str = ""
    of: Callable[[Sequence[Any]], Sequence[int] | Mapping[int, dt.datetime]] | None = None


@dataclass(frozen=True)
class Page:
    """A page of the room's own that staff reach from a matter's page, or from the list of its kind.

    `name`: of the address, with the public reference as its argument where it is `of` a matter. `customers`: the
    matter's customer reaches it too.
    """

    name: str
    label: Words
    of: str = "matter"
    customers: bool = False


@dataclass(frozen=True)
class Clause:
    """A kind of matter. `prefix` begins its staff reference; `detail` is the model of its own facts.

    `of`: whose matter it is when it is opened by hand: the house's own, or one agreement's.
    """

    kind: str
    title: Words
    plural: Words
    prefix: str
    steps: tuple[Step, ...]
    duties: tuple[Duty, ...] = ()
    terms: tuple[TermSpec, ...] = ()
    detail: type[Any] | None = None
    on: tuple[On, ...] = ()
    states: Mapping[str, Words] | tuple[()] = ()  # state -> label; a state without one shows its own name
    opened_by_hand: bool = True
    pages: tuple[Page, ...] = ()
    of: str = "house"
    covers: tuple[str, ...] = ()

    def step(self, name: str) -> Step:
        """The step of that name; KeyError says which there are."""
        for step in self.steps:
            if step.name == name:
                return step
        known = ", ".join(step.name for step in self.steps)
        raise KeyError(f"{self.kind} has no step {name!r}; its steps are {known}.")

    def duty(self, name: str) -> Duty:
        """The duty of that name; KeyError says which there are."""
        for duty in self.duties:
            if duty.name == name:
                return duty
        known = ", ".join(duty.name for duty in self.duties)
        raise KeyError(f"{self.kind} has no duty {name!r}; its duties are {known}.")

    def state_label(self, state: str) -> str:
        return str(dict(self.states).get(state, state.replace("_", " ")))


CLAUSES: dict[str, Clause] = {}
ENGINE_TERMS: list[TermSpec] = [
    TermSpec(
        "proof_of_receipt",
        "list",
        ("acknowledged", "delivered"),
        "Proofs that count as receipt of a notice",
        choices=("acknowledged", "delivered", "relayed"),
    ),
]


def register(clause: Clause) -> None:
    """Called by a room's AppConfig.ready(). ValueError when the kind is taken."""
    if CLAUSES.get(clause.kind, clause) is not clause:
        raise ValueError(f"Two rooms declare the kind {clause.kind!r}.")
    CLAUSES[clause.kind] = clause


def term_specs() -> dict[str, TermSpec]:
    """Every term that a profile or an agreement may set, by key."""
    specs = (*ENGINE_TERMS, *(spec for clause in CLAUSES.values() for spec in clause.terms))
    return {spec.key: spec for spec in specs}


def listeners(kind: str, step: str) -> Iterator[tuple[Clause, On]]:
    """What clauses hung on this step."""
    for clause in CLAUSES.values():
        yield from ((clause, on) for on in clause.on if on.kind == kind and on.step == step)
