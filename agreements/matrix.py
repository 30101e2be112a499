"""Clause -> duty, guard, term or fact -> where in the product: what carries each id of the register of duties.

Derived from the declarations of the rooms, so it cannot say more than the product does.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agreements.findings import SOURCES
from obligations.clauses import CLAUSES, ENGINE_TERMS, Clause, Step


@dataclass(frozen=True)
class Carrier:
    """What carries an id. `what`: duty, guard, step, fact, term, record or finding; `kind`: of matter, if any."""

    what: str
    name: str
    words: str
    kind: str = ""

    @property
    def where(self) -> str:
        """The path in the product under which it is found."""
        if self.what == "finding" or self.kind == "agreement" or not self.kind:
            return "/agreements/"
        return f"/kinds/{self.kind}/"


@dataclass(frozen=True)
class Row:
    """One id of the register: the clause that it stands in, and what carries it."""

    id: str
    clause: str
    title: str
    carriers: Sequence[Carrier]

    def as_json(self) -> dict[str, Any]:
        """{"id", "clause", "title", "covered", "carriers": [{"what", "name", "words", "kind", "where"}]}."""
        carriers = [{**asdict(found), "where": found.where} for found in self.carriers]
        return {
            "id": self.id,
            "clause": self.clause,
            "title": self.title,
            "covered": bool(carriers),
            "carriers": carriers,
        }


def rows(*clauses: Mapping[str, Any]) -> list[Row]:
    """A row for each id that these clauses of profiles cover, in their order."""
    found = carriers()
    return [
        Row(id_, number, clause["title"], found.get(id_, ()))
        for profile in clauses
        for number, clause in profile.items()
        for id_ in clause["covers"]
    ]


def carriers() -> dict[str, list[Carrier]]:
    """Everything that the rooms declare, by the id that it carries."""
    found: dict[str, list[Carrier]] = {}
    for id_, carrier in _all():
        if carrier not in found.setdefault(id_, []):
            found[id_].append(carrier)
    return found


def _all() -> Iterator[tuple[str, Carrier]]:
    for clause in CLAUSES.values():
        yield from _of(clause)
    for spec in ENGINE_TERMS:
        yield from ((id_, Carrier("term", spec.key, str(spec.label))) for id_ in spec.covers)
    for id_, words in SOURCES.items():
        yield id_, Carrier("finding", id_, words)


def _of(clause: Clause) -> Iterator[tuple[str, Carrier]]:
    for id_ in clause.covers:
        yield id_, Carrier("record", clause.kind, str(clause.title), clause.kind)
    for duty in clause.duties:
        yield duty.source, Carrier("duty", f"{clause.kind}.{duty.name}", str(duty.title), clause.kind)
    for step in clause.steps:
        yield from _of_step(clause, step)
    for spec in clause.terms:
        yield from ((id_, Carrier("term", spec.key, str(spec.label), clause.kind)) for id_ in spec.covers)


def _of_step(clause: Clause, step: Step) -> Iterator[tuple[str, Carrier]]:
    what = "guard" if step.guard or step.check or step.two_people else "step"
    name = f"{clause.kind}.{step.name}"
    for id_ in step.covers:
        yield id_, Carrier(what, name, str(step.label), clause.kind)
    for field in step.fields:
        for id_ in field.covers:
            yield id_, Carrier("fact", f"{name}.{field.name}", str(field.label), clause.kind)


def uncovered(found: Iterable[Row]) -> list[str]:
    """Ids that nothing carries."""
    return [row.id for row in found if not row.carriers]
