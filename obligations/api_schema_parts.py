"""The parts of the OpenAPI description that are the same for every kind."""

from typing import Any, Final

from obligations import api, api_below

REFERENCE: Final = "^[0-9A-Z]{5}-[0-9A-Z]{5}$"
FILE: Final[dict[str, Any]] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[A-Za-z0-9 ._-]+$"},
        "content": {"type": "string", "pattern": "^([A-Za-z0-9+/]{4})*$", "contentEncoding": "base64"},
    },
    "required": ["name", "content"],
    "additionalProperties": False,
}
TEXT: Final = {"type": "string"}
NULLABLE: Final = {"type": ["string", "null"]}
INSTANT: Final = {"type": "string", "format": "date-time"}
NO_INSTANT: Final = {"type": ["string", "null"], "format": "date-time"}
WHOLE: Final = {"type": "integer"}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _names(*names: str, of: dict[str, Any]) -> dict[str, Any]:
    return dict.fromkeys(names, of)


_MATTER: Final = {
    **_names("reference", "kind", "state", "title", of=TEXT),
    **_names("customer", "agreement", of=NULLABLE),
    "version": WHOLE,
    "opened_at": INSTANT,
    "closed_at": NO_INSTANT,
}
_CLOCK: Final = {
    **_names("round", "occurrence", of=WHOLE),
    **_names("id", "duty", "source", "owed_by", "state", "verdict", "period", of=TEXT),
    "started_at": INSTANT,
    **_names("target_at", "due_at", "met_at", of=NO_INSTANT),
    "provisional": {"type": "boolean"},
    "reckoning": {"type": "object"},
}


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(of: str) -> dict[str, Any]:
    return _object(results={"type": "array", "items": _ref(of)}, next=NULLABLE)


COMPONENTS: Final[dict[str, Any]] = {
    "Matter": _object(**_MATTER),
    "ListedMatter": _object(
        **_MATTER,
        **_names("next_due_at", "next_target_at", of=NO_INSTANT),
        steps={"type": "array", "items": TEXT},
    ),
    "Obligation": _object(**_CLOCK),
    "ListedObligation": _object(**_names("kind", "reference", "title", of=TEXT), customer=NULLABLE, **_CLOCK),
    "AllowedStep": _object(name=TEXT, label=TEXT, blocked=NULLABLE),
    "Entry": _object(
        **{**_names("step", "from", "to", "actor", of=TEXT), **_names("at", "recorded_at", of=INSTANT)},
        proposed_by=NULLABLE,
        facts={"type": "object"},
    ),
    "Message": _object(
        **_names("id", "template", "recipient", "channel", "state", "subject", of=TEXT),
        queued_at=INSTANT,
        **_names("sent_at", "received_at", "failed_at", of=NO_INSTANT),
        **_names("proof", "error", of=NULLABLE),
    ),
    "Evidence": _object(title=TEXT, sha256=NULLABLE, size=WHOLE, link=NULLABLE, added_at=INSTANT),
    "WholeMatter": _object(
        **_MATTER,
        obligations={"type": "array", "items": _ref("Obligation")},
        steps={"type": "array", "items": _ref("AllowedStep")},
        entries={"type": "array", "items": _ref("Entry")},
    ),
    "Problem": {
        "type": "object",
        "description": "RFC 9457.",
        "properties": {**_names("type", "title", "detail", "request_id", of=TEXT), "status": WHOLE},
        "required": ["type", "title", "status", "request_id"],
    },
    **{
        f"{name}Page": _page(name)
        for name in ("ListedMatter", "ListedObligation", "Entry", "Message", "Evidence")
    },
}
ANSWERS: Final = {
    "list": (200, "ListedMatterPage"),
    "obligations": (200, "ListedObligationPage"),
    "create": (201, "Matter"),
    "retrieve": (200, "WholeMatter"),
    "step": (200, "WholeMatter"),
    "entries": (200, "EntryPage"),
    "messages": (200, "MessagePage"),
    "evidence": (200, "EvidencePage"),
    "attach": (201, "Evidence"),
}
WRITES: Final = frozenset({"create", "step", "attach"})
PROBLEMS: Final = {
    "400": "The request cannot be read",
    "401": "No token, or one that does not count",
    "403": "The role or the scope does not reach so far",
    "404": "There is no such matter in reach",
    "409": "Refused, with the reason in words",
    "412": "It has changed since it was read",
    "422": "Facts are missing or wrong",
    "428": "Say which version was read",
    "429": "Too many requests",
}
READ_PROBLEMS: Final = ("400", "401", "403", "404", "429")


def _parameter(name: str, place: str, schema: dict[str, Any], required: bool = False) -> dict[str, Any]:
    return {"name": name, "in": place, "schema": schema, **({"required": True} if required else {})}


def query(listing: Any) -> list[dict[str, Any]]:
    """The parameters of a list."""
    found = [
        _parameter(name, "query", {"type": "string", **dict(known.schema)})
        for name, known in listing.filters.items()
    ]
    orders = {"type": "string", "enum": list(listing.orders)}
    size = {"type": "integer", "minimum": 1, "maximum": 200, "default": 100}
    return [*found, _parameter("order", "query", orders), _parameter("limit", "query", size)]


def operation(action: str, kind: str, step: str) -> dict[str, Any]:
    """An operation without what its kind adds."""
    listings = {
        "list": api.MATTERS if kind else api_below.OBLIGATIONS,
        "entries": api_below.ENTRIES,
        "messages": api_below.MESSAGES,
        "evidence": api_below.EVIDENCE,
    }
    name = action if kind else "obligations"
    found: dict[str, Any] = {"operationId": "_".join(part for part in (kind, name, step) if part)}
    found["parameters"] = _parameters(action, name, listings)
    found["responses"] = _answers(action, name)
    found["security"] = [{"token": []}]
    found["tags"] = [kind or "obligations"]
    if action == "attach":
        found |= request(FILE, {"name": "proof.txt", "content": "UHJvb2Yu"})
    return found


def _parameters(action: str, name: str, listings: dict[str, Any]) -> list[dict[str, Any]]:
    found = (
        []
        if action in ("list", "create")
        else [_parameter("reference", "path", {"type": "string", "pattern": REFERENCE}, True)]
    )
    if action == "download":
        found.append(_parameter("digest", "path", {"type": "string", "pattern": "^[0-9a-f]{64}$"}, True))
    if action in listings:
        found += query(listings[action])
    if action in WRITES:
        key = {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9_-]+$"}
        found.append(_parameter("Idempotency-Key", "header", key))
    if action == "step":
        found.append(_parameter("If-Match", "header", {"type": "string", "pattern": '^"v[0-9]{1,6}"$'}))
    return found


def _answers(action: str, name: str) -> dict[str, Any]:
    problem = {"application/problem+json": {"schema": _ref("Problem")}}
    codes = PROBLEMS if action in WRITES else READ_PROBLEMS
    found: dict[str, Any] = {}
    if name in ANSWERS:
        status, schema = ANSWERS[name]
        found[str(status)] = {
            "description": "Done",
            "content": {"application/json": {"schema": _ref(schema)}},
        }
    else:
        raw = {"type": "string", "format": "binary"}
        found["200"] = {"description": "The file", "content": {"application/octet-stream": {"schema": raw}}}
    return found | {code: {"description": PROBLEMS[code], "content": problem} for code in codes}


def request(schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    """The body of a request with an example."""
    content = {"application/json": {"schema": schema, "examples": {"minimal": {"value": example}}}}
    return {"requestBody": {"required": True, "content": content}}
