"""The one viewset for every kind: list, read, open and step, from the same declarations as the pages."""

from base64 import b64decode
from typing import Any

from django.http import Http404
from django.utils import timezone
from rest_framework import serializers, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.doors import EVERYBODY
from obligations import actions, evidence, reading, refusals
from obligations.clauses import CLAUSES, Step
from obligations.facts import instant
from obligations.models import Agreement, Entry, Matter, Obligation

PAGE = 100


class MatterViewSet(viewsets.ViewSet):
    """`/api/v1/<kind>/`: state is never a writable field; it moves through `steps/<step>`."""

    door = EVERYBODY

    def list(self, request: Request, kind: str) -> Response:
        """The newest 100; `?before=<id>` for older ones."""
        _clause(kind)
        rows = Matter.objects.filter(kind=kind).select_related("customer", "agreement")
        before = request.query_params.get("before", "")
        found, older = reading.page_before(rows, int(before) if before.isdecimal() else None, PAGE)
        return Response({"results": [_matter(row) for row in found], "before": older})

    def retrieve(self, request: Request, kind: str, reference: str) -> Response:
        """One matter with its clocks, entries and allowed steps."""
        found = _found(kind, reference)
        now = timezone.now()
        rows = Obligation.objects.filter(matter=found).select_related("matter", "owner")
        steps = refusals.available(found.clause, found, _actor(request), now)
        return Response(
            {
                **_matter(found),
                "obligations": [_obligation(clock) for clock in reading.clocks(rows, now)],
                "steps": [
                    {"name": step.name, "label": str(step.label), "blocked": why or None}
                    for step, why in steps
                ],
                "entries": [
                    _entry(entry)
                    for entry in reading.visible(
                        Entry.objects.filter(matter=found).order_by("id"), found, _actor(request)
                    )
                ],
            }
        )

    def create(self, request: Request, kind: str) -> Response:
        """Open a matter: {"title", "at", "facts"}, and {"agreement": its reference} where it is about one."""
        clause, body, now = _clause(kind), _body(request), timezone.now()
        if not clause.opened_by_hand:
            raise serializers.ValidationError({"kind": f"A {clause.title.lower()} is not opened by hand."})
        title = body.get("title")
        if not isinstance(title, str) or not title.strip():
            raise serializers.ValidationError({"title": "Give a short name."})
        made = actions.open_matter(
            kind,
            actor=_actor(request),
            at=_at(body, now),
            now=now,
            facts=_facts(body, clause.step("open")),
            title=title,
            agreement=_agreement(body),
        )
        return Response(_matter(made), status=201)

    def step(self, request: Request, kind: str, reference: str, step: str) -> Response:
        """Take a step: {"version", "at", "facts"}. The version is the one that was read."""
        found, body, now = _found(kind, reference), _body(request), timezone.now()
        if step == "open" or step not in {known.name for known in found.clause.steps}:
            raise Http404
        if not isinstance(body.get("version"), int):
            raise serializers.ValidationError(
                {"version": f"Give the version that you read; it is {found.version} now."}
            )
        found.version = body["version"]
        facts = _facts(body, found.clause.step(step))
        actions.advance([found], step, actor=_actor(request), at=_at(body, now), now=now, facts=facts)
        return self.retrieve(request, kind, reference)


def _clause(kind: str) -> Any:
    if kind not in CLAUSES:
        raise Http404
    return CLAUSES[kind]


def _found(kind: str, reference: str) -> Matter:
    found = reading.whole(reference.upper())
    if found is None or found.kind != kind:
        raise Http404
    return found


def _body(request: Request) -> dict[str, Any]:
    if not isinstance(request.data, dict) or not isinstance(request.data.get("facts", {}), dict):
        raise serializers.ValidationError({"facts": 'Send an object such as {"facts": {}}.'})
    return request.data


def _facts(body: dict[str, Any], step: Step) -> dict[str, Any]:
    """The facts as the verb takes them: a file comes as {"name", "content": base64}, never as a digest."""
    facts = dict(body.get("facts", {}))
    for field in step.fields:
        if field.type == "file" and facts.get(field.name) is not None:
            facts[field.name] = _file(field.name, facts[field.name])
    return facts


def _file(name: str, value: Any) -> dict[str, Any]:
    try:
        return evidence.kept(str(value["name"]), [b64decode(value["content"], validate=True)])
    except (TypeError, KeyError, ValueError) as error:
        words = error if isinstance(error, evidence.Unusable) else 'Send {"name": ..., "content": base64}.'
        raise serializers.ValidationError({name: str(words)}) from error


def _agreement(body: dict[str, Any]) -> Agreement | None:
    if "agreement" not in body:
        return None
    rows = Matter.objects.filter(kind="agreement", public_reference=str(body["agreement"]).upper())
    found: Matter | None = rows.select_related("agreement").first()
    if found is None:
        raise serializers.ValidationError({"agreement": "There is no agreement of that reference."})
    return found.agreement


def _at(body: dict[str, Any], now: Any) -> Any:
    try:
        return instant(body["at"]) if "at" in body else now
    except ValueError as error:
        raise serializers.ValidationError({"at": str(error)}) from error


def _actor(request: Request) -> Any:
    return request._request.actor  # type: ignore[attr-defined]


def _matter(row: Matter) -> dict[str, Any]:
    return {
        "reference": row.public_reference,
        "kind": row.kind,
        "state": row.state,
        "title": row.title,
        "customer": str(row.customer) if row.customer else None,
        "version": row.version,
        "agreement": str(row.agreement) if row.agreement else None,
        "opened_at": row.opened_at,
        "closed_at": row.closed_at,
    }


def _obligation(clock: reading.Clock) -> dict[str, Any]:
    row = clock.row
    return {
        "duty": row.duty,
        "source": row.source,
        "owed_by": row.owed_by,
        "round": row.round,
        "state": row.state,
        "verdict": clock.verdict,
        "started_at": row.started_at,
        "target_at": row.target_at,
        "due_at": row.due_at,
        "met_at": row.met_at,
        "provisional": row.provisional,
        "period": row.period,
        "reckoning": row.reckoning,
    }


def _entry(row: Entry) -> dict[str, Any]:
    return {
        "step": row.step,
        "from": row.from_state,
        "to": row.to_state,
        "at": row.at,
        "recorded_at": row.recorded_at,
        "actor": row.actor_name,
        "proposed_by": row.proposer_name or None,
        "facts": row.facts,
    }
