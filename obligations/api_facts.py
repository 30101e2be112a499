"""What facts name, as the API says and takes it: agreements by reference, people of the house by e-mail address,
obligations and proofs as api_shapes shows them. No running number goes out, and none is taken."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from rest_framework.exceptions import ValidationError

from accounts.models import User
from accounts.roles import Actor
from obligations import api_shapes as shapes
from obligations.api_pages import REFERENCE
from obligations.clauses import Step
from obligations.models import Entry, Evidence, Matter, Obligation

PEOPLE: Final = frozenset({"person", "people"})
KEYED: Final = PEOPLE | {"agreements", "obligation", "evidence"}
OF_VERBS: Final = {
    "obligation": "obligation",
    "evidence": "evidence",
}  # facts of acknowledge, extend and waive
NOBODY: Final = 0  # no key: the verb refuses it in the same words as somebody who may not act


class Unfit(ValidationError):
    """What was sent can be read, and does not fit what is there."""

    status_code, default_code = 422, "unfit"


def entries(rows: Sequence[Entry], actor: Actor) -> list[dict[str, Any]]:
    """Rows of the ledger with their facts; at most four statements. `row.matter` must be loaded.

    Who of the house may see what is the house's own: customers do not read facts that name people.
    """
    typed = [_types(row) for row in rows]
    keys: dict[str, set[int]] = {kind: set() for kind in KEYED}
    for row, types in zip(rows, typed, strict=True):
        for name, kind in types.items():
            keys[kind].update(_many(row.facts.get(name)))
    names = _names(keys, actor)
    return [
        shapes.entry(row, _named(row.facts, types, names)) for row, types in zip(rows, typed, strict=True)
    ]


def _types(row: Entry) -> dict[str, str]:
    """Facts of that entry that hold keys: name -> of what."""
    steps = row.matter.clause.steps
    known = {field.name: field.type for step in steps if step.name == row.step for field in step.fields}
    if row.step == "correct":
        asked = {field.name: field.type for step in steps for field in step.fields}
        known = dict.fromkeys(("old", "new"), asked.get(row.facts.get("fact", ""), ""))
    elif row.step not in {step.name for step in steps}:
        known = OF_VERBS
    return {name: kind for name, kind in known.items() if kind in KEYED and name in row.facts}


def _many(value: Any) -> list[int]:
    found = value if isinstance(value, list) else [value]
    return [key for key in found if isinstance(key, int)]


def _names(keys: Mapping[str, set[int]], actor: Actor) -> dict[str, dict[int, str]]:
    """What each key is called, asked inside the reader's scope; what is not there is left out."""
    found: dict[str, dict[int, str]] = {kind: {} for kind in KEYED}
    if keys["agreements"]:
        rows = Matter.objects.filter(kind="agreement", agreement__in=keys["agreements"])
        found["agreements"] = dict(rows.values_list("agreement_id", "public_reference"))
    if actor.is_staff and (people := keys["person"] | keys["people"]):
        addresses = dict(User.objects.filter(pk__in=people).values_list("pk", "email"))
        found["person"] = found["people"] = addresses
    if keys["evidence"]:
        proofs = Evidence.objects.filter(pk__in=keys["evidence"])
        found["evidence"] = {row.pk: row.sha256 or row.link for row in proofs}
    if keys["obligation"]:
        clocks = Obligation.objects.select_related("matter").filter(pk__in=keys["obligation"])
        found["obligation"] = {row.pk: shapes.clock_id(row) for row in clocks}
    return found


def _named(
    facts: Mapping[str, Any], types: Mapping[str, str], names: Mapping[str, Mapping[int, str]]
) -> dict[str, Any]:
    shown = {}
    for name, value in facts.items():
        known = names.get(types.get(name, ""))
        if known is None:
            shown[name] = value
        elif found := [known[key] for key in _many(value) if key in known]:
            shown[name] = found if isinstance(value, list) else found[0]
    return shown


def taken(facts: Mapping[str, Any], step: Step) -> dict[str, Any]:
    """The facts as the verb takes them. ValidationError for a key where a reference or an address is asked."""
    known = dict(facts)
    for field in step.fields:
        value = known.get(field.name)
        if value in (None, "", []) or field.type not in {"agreements", *PEOPLE}:
            continue
        if field.type == "agreements":
            known[field.name] = _agreements(field.name, _texts(field.name, value, "references of agreements"))
        elif field.type == "people":
            known[field.name] = _people(_texts(field.name, value, "e-mail addresses"))
        else:
            known[field.name] = _people(_texts(field.name, [value], "one e-mail address"))[0]
    return known


def _texts(name: str, value: Any, wanted: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(one, str) and "\x00" not in one for one in value):
        raise ValidationError({name: [f"Give {wanted}."]})
    return value


def _agreements(name: str, texts: Sequence[str]) -> list[int]:
    wanted = {text.upper() for text in texts}
    rows = Matter.objects.filter(
        kind="agreement", public_reference__in={text for text in wanted if REFERENCE.fullmatch(text)}
    )
    keys = dict(rows.values_list("public_reference", "agreement_id"))
    unknown = sorted(ascii(text)[1:-1] for text in texts if text.upper() not in keys)
    if unknown:
        raise Unfit({name: [f"There is no agreement of the reference {', '.join(unknown)}."]})
    return sorted(key for key in keys.values() if key is not None)


def _people(addresses: Sequence[str]) -> list[int]:
    """Their keys. An unknown address is nobody's: who may not take the step learns nothing about addresses."""
    plain = [text.strip().lower() for text in addresses]
    encodable = {text for text in plain if text.isprintable()}
    keys = dict(User.objects.filter(email__in=encodable).values_list("email", "pk"))
    return [keys.get(text, NOBODY) for text in plain]
