"""What others did to a matter after somebody opened it: said by every refusal of a lost update."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from accounts.roles import Actor
from obligations.models import Entry, Matter

INTERNAL = frozenset(
    {"correct", "acknowledge", "decline", "note", "settle", "erase"}
)  # never shown to customers
MOST = 5  # entries; more are found on the matter's page
LONGEST = 60  # characters of a value
OF_VERBS = {"reason": "Reason", "due_at": "New due time"}  # facts of decline, extend, waive and recalculate


def since(matter: Matter, version: int, entries: Sequence[Entry], actor: Actor | None) -> str:
    """The steps since that version, oldest first, with who took them and their facts; "" when there are none.

    Each step raised the version by one, so they are the matter's last entries. `entries`: oldest first.
    """
    count = min(max(matter.version - version, 0), MOST) if version > 0 else 0
    told = (
        [entry for entry in entries if entry.step not in ("acknowledge", "note", "settle")][-count:]
        if count
        else []
    )
    if actor is None or not actor.is_staff:
        told = [entry for entry in told if entry.step not in INTERNAL and not entry.proposed]
    return " ".join(_words(matter, entry) for entry in told)


def _words(matter: Matter, entry: Entry) -> str:
    step = next((known for known in matter.clause.steps if known.name == entry.step), None)
    label = str(step.label) if step else entry.step.capitalize()
    proposed = " (proposed)" if entry.proposed else ""
    labels = {f.name: str(f.label) for f in step.fields if f.type != "person"} if step else OF_VERBS
    facts = _corrected(entry) if entry.step == "correct" else "; ".join(_facts(entry.facts, labels))
    more = f": {facts}" if facts else ""
    return f"{entry.at:%-d %b %H:%M} UTC, {entry.actor_name}, “{label}”{proposed}{more}."


def _corrected(entry: Entry) -> str:
    known = entry.facts
    return f"{known.get('fact')} was {_short(known.get('old'))}, is {_short(known.get('new'))}"


def _facts(facts: Mapping[str, Any], labels: Mapping[str, str]) -> Iterable[str]:
    for name, value in facts.items():
        if name in labels:
            yield f"{labels[name]} {_short(value)}"


def _short(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name", "")
    if isinstance(value, list):  # keys: their number says enough
        value = f"{len(value)} chosen"
    text = " ".join(str(value).split())
    return f"{text[: LONGEST - 1]}…" if len(text) > LONGEST else text
