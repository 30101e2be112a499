"""The one viewset for every kind: list, read, open and step, from the same declarations as the pages."""

import datetime as dt
from typing import Any

from django.db.models import Min
from django.http import Http404
from django.utils import timezone
from rest_framework import viewsets
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.doors import EVERYBODY
from accounts.roles import Actor, Role
from obligations import actions, api_facts, reading, refusals
from obligations import api_bodies as bodies
from obligations import api_shapes as shapes
from obligations.api_once import once
from obligations.api_pages import NAMED, Filter, Listing, moment, name, only, page, yes_or_no
from obligations.api_pages import reference as known_reference
from obligations.clauses import CLAUSES, Clause
from obligations.models import Entry, Matter, Obligation

ENTRIES = 200


def _agreements(text: str) -> Any:
    """The agreement of that reference, asked inside the reader's scope."""
    rows = Matter.objects.filter(kind="agreement", public_reference=known_reference(text))
    return rows.values("agreement")


MATTERS = Listing(
    filters={
        "state": Filter("state", name, NAMED),
        "agreement": Filter("agreement__in", _agreements, {"pattern": "^[0-9A-Za-z]{5}-[0-9A-Za-z]{5}$"}),
        "closed": Filter("closed_at__isnull", lambda text: not yes_or_no(text), {"type": "boolean"}),
        "opened_from": Filter("opened_at__gte", moment, {"format": "date-time"}),
        "opened_before": Filter("opened_at__lt", moment, {"format": "date-time"}),
    },
    orders={
        "-id": ("-id", "-id"),
        "id": ("id", "id"),
        "-opened_at": ("-opened_at", "-id"),
        "opened_at": ("opened_at", "id"),
    },
)


class MatterViewSet(viewsets.ViewSet):
    """`/api/v1/<kind>/`: state is never a writable field; it moves through `steps/<step>`."""

    door = EVERYBODY | {Role.MACHINE}

    def list(self, request: Request, kind: str) -> Response:
        """Matters of a kind with what is due next and the steps open to the reader's role, without their guards."""
        clause = _clause(kind)
        bodies.reach(request, kind, "read")
        rows = Matter.objects.filter(kind=kind).values("pk", "id", "customer_id", *shapes.MATTER)
        found, after = page(request, rows, MATTERS)
        due = _next_due([row["pk"] for row in found])
        actor = bodies.actor(request)
        results = [
            {
                **shapes.listed(row),
                "next_due_at": due.get(row["pk"], (None, None))[0],
                "next_target_at": due.get(row["pk"], (None, None))[1],
                "steps": open_steps(clause, row["state"], actor, row["customer_id"]),
            }
            for row in found
        ]
        return Response({"results": results, "next": after})

    def retrieve(self, request: Request, kind: str, reference: str) -> Response:
        """One matter with its clocks, entries and allowed steps; `ETag` is its version."""
        only(request)
        bodies.reach(request, kind, "read")
        return _whole(request, found_matter(kind, reference))

    def create(self, request: Request, kind: str) -> Response:
        """Open a matter: {"title", "at", "facts"}, and {"agreement": its reference} where it is about one."""
        clause = _clause(kind)
        only(request)
        bodies.reach(request, kind, "write")
        return once(request, lambda: _opened(request, clause))

    def step(self, request: Request, kind: str, reference: str, step: str) -> Response:
        """Take a step: {"at", "facts"}, and If-Match or {"version"}: the version that was read."""
        only(request)
        bodies.reach(request, kind, "write")
        found = found_matter(kind, reference)
        if step == "open" or step not in {known.name for known in found.clause.steps}:
            raise Http404
        return once(request, lambda: _stepped(request, found, step))


def _opened(request: Request, clause: Clause) -> Response:
    sent, now = bodies.body(request, "title", "at", "facts", "agreement"), timezone.now()
    if not clause.opened_by_hand:
        raise ValidationError({"kind": [f"A {clause.title.lower()} is not opened by hand."]})
    title = sent.get("title")
    if not isinstance(title, str) or not title.strip():
        raise api_facts.Unfit({"title": ["Give a short name."]})
    made = actions.open_matter(
        clause.kind,
        actor=bodies.actor(request),
        at=bodies.at(sent, now),
        now=now,
        facts=bodies.facts(sent, clause.step("open")),
        title=title,
        agreement=bodies.agreement(sent),
    )
    where = f"/api/v1/{made.kind}/{made.public_reference}/"
    return Response(
        shapes.matter(made), status=201, headers={"ETag": f'"v{made.version}"', "Location": where}
    )


def _stepped(request: Request, found: Matter, step: str) -> Response:
    bodies.proved(request, found, found.clause.step(step))
    sent, now = bodies.body(request, "version", "at", "facts"), timezone.now()
    found.version = bodies.version(request, sent, found)
    facts = bodies.facts(sent, found.clause.step(step))
    actions.advance([found], step, actor=bodies.actor(request), at=bodies.at(sent, now), now=now, facts=facts)
    return _whole(request, found_matter(found.kind, found.public_reference))


def _whole(request: Request, found: Matter) -> Response:
    now, actor = timezone.now(), bodies.actor(request)
    rows = Obligation.objects.filter(matter=found).select_related("matter", "owner")
    entries = reversed(Entry.objects.filter(matter=found).order_by("-id")[:ENTRIES])
    steps = refusals.available(found.clause, found, actor, now)
    blocked = [why or bodies.unfit(request, found, step) for step, why in steps]
    if not actor.is_staff:
        blocked = reading.for_customers(blocked)
    answer = {
        **shapes.matter(found),
        "obligations": [shapes.obligation(clock) for clock in reading.clocks(rows, now)],
        "steps": [
            {"name": step.name, "label": str(step.label), "blocked": why or None}
            for (step, _why), why in zip(steps, blocked, strict=True)
        ],
        "entries": api_facts.entries(reading.visible(entries, found, actor), actor),
    }
    return Response(answer, headers={"ETag": f'"v{found.version}"'})


def open_steps(clause: Clause, state: str, actor: Actor, customer_id: int | None) -> list[str]:
    """Names of the steps that the declaration offers this actor in that state."""
    roles = actor.roles_at(customer_id)
    return [step.name for step in clause.steps if state in step.from_states and roles & step.takers]


def _next_due(ids: list[int]) -> dict[int, tuple[dt.datetime | None, dt.datetime | None]]:
    rows = Obligation.objects.filter(matter__in=ids, state="open").values_list("matter_id")
    return {pk: (due, target) for pk, due, target in rows.annotate(Min("due_at"), Min("target_at"))}


def _clause(kind: str) -> Clause:
    if kind not in CLAUSES:
        raise Http404
    return CLAUSES[kind]


def found_matter(kind: str, reference: str) -> Matter:
    """The matter of an address; 404, equal for a foreign and an unknown one."""
    found = reading.whole(reference.upper())
    if found is None or found.kind != kind:
        raise Http404
    return found
