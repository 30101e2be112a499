"""OpenAPI 3.1 of the API, made from the declarations: an operation for every kind and every step, with examples.

The addresses are generic (`<kind>/...`); this module gives drf-spectacular one address per kind and step instead,
and says in plain JSON Schema what a Field takes.
"""

from collections.abc import Sequence
from typing import Any, cast

from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from obligations import api_schema_parts as parts
from obligations.clauses import CLAUSES, Clause, Field, Step

VALUES = {
    "text": {"type": "string", "minLength": 1, "maxLength": 200},
    "long_text": {"type": "string", "minLength": 1},
    "instant": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1},
    "boolean": {"type": "boolean"},
    "choice": {"type": "string"},
    "person": {"type": "string", "format": "email"},
    "people": {"type": "array", "items": {"type": "string", "format": "email"}},
    "agreements": {"type": "array", "items": {"type": "string", "pattern": parts.REFERENCE}},
    "file": parts.FILE,
}
EXAMPLES: dict[str, Any] = {
    "text": "Odd log-ins",
    "long_text": "Seen in the log of this morning.",
    "instant": "2026-03-27T16:40:00+01:00",
    "date": "2026-03-27",
    "number": 1,
    "boolean": True,
    "person": "olga@house.example",
    "people": ["olga@house.example"],
    "agreements": ["7KQ2M-XV4TB"],
    "file": {"name": "proof.txt", "content": "UHJvb2Yu"},
}


def facts_schema(fields: Sequence[Field]) -> dict[str, Any]:
    """JSON Schema of a step's facts."""
    found = {field.name: _value(field) for field in fields}
    needed = [field.name for field in fields if field.required]
    return {
        "type": "object",
        "properties": found,
        **({"required": needed} if needed else {}),
        "additionalProperties": False,
    }


def example(fields: Sequence[Field]) -> dict[str, Any]:
    """Facts as somebody would send them: those that are needed."""
    return {f.name: f.choices[0][0] if f.choices else EXAMPLES[f.type] for f in fields if f.required}


def _value(field: Field) -> dict[str, Any]:
    known: dict[str, Any] = {**cast(Any, VALUES[field.type]), "title": str(field.label)}
    if field.help:
        known["description"] = str(field.help)
    if field.choices:
        known["enum"] = [value for value, _label in field.choices]
    return known


def step_body(step: Step) -> dict[str, Any]:
    """What takes a step."""
    return {
        "type": "object",
        "properties": {
            "version": {"type": "integer", "minimum": 1, "maximum": 2**31 - 1},
            "at": VALUES["instant"],
            "facts": facts_schema(step.fields),
        },
        "additionalProperties": False,
        **({"required": ["facts"]} if any(field.required for field in step.fields) else {}),
    }


def open_body(clause: Clause) -> dict[str, Any]:
    """What opens a matter."""
    step = clause.step("open")
    needed = ["title"] + (["facts"] if any(field.required for field in step.fields) else [])
    needed += ["agreement"] if clause.of == "agreement" else []
    found = {
        "title": VALUES["text"],
        "at": VALUES["instant"],
        "agreement": {"type": "string", "pattern": parts.REFERENCE},
        "facts": facts_schema(step.fields),
    }
    return {"type": "object", "properties": found, "required": needed, "additionalProperties": False}


class KindSchema(AutoSchema):
    """One operation as plain data. `view.clause` and `view.step_name` come from the addresses of api_schema_urls."""

    def get_operation(
        self, path: str, path_regex: str, path_prefix: str, method: str, registry: Any
    ) -> dict[str, Any] | None:
        self.registry = registry
        for name, schema in parts.COMPONENTS.items():
            component: Any = ResolvedComponent  # the library carries no types
            made = component(name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=f"api-{name}")
            registry.register_on_missing(made)
        action = cast(Any, self.view).action_map[method.lower()]
        clause = CLAUSES.get(getattr(self.view, "kind_shown", "") or "")
        step = getattr(self.view, "step_shown", "") or ""
        found = parts.operation(action, clause.kind if clause else "", step)
        if clause is not None:
            found["tags"] = [str(clause.plural)]
        if action == "create" and clause is not None:
            opening = clause.step("open")
            sent = {"title": "Odd log-ins", "facts": example(opening.fields)}
            sent |= {"agreement": "7KQ2M-XV4TB"} if clause.of == "agreement" else {}
            found |= {"summary": str(opening.label), **parts.request(open_body(clause), sent)}
        if action == "step" and clause is not None:
            chosen = clause.step(step)
            words = (
                f"From {', '.join(chosen.from_states)}; for {', '.join(sorted(chosen.takers))}. {chosen.help}"
            )
            taking = {"version": 1, "facts": example(chosen.fields)}
            found |= {"summary": str(chosen.label), "description": words.strip()}
            found |= parts.request(step_body(chosen), taking)
        return found
