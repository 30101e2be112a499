"""What hangs on a matter (entries, messages, evidence), and all obligations in one list."""

from typing import Any

from django.http import FileResponse, Http404
from django.utils import timezone
from rest_framework import viewsets
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import tokens
from accounts.doors import EVERYBODY
from accounts.roles import Role
from obligations import api_bodies as bodies
from obligations import api_facts, evidence, reading
from obligations import api_shapes as shapes
from obligations.api import found_matter
from obligations.api_once import once
from obligations.api_pages import NAMED, Filter, Listing, moment, name, one_of, only, page
from obligations.clauses import CLAUSES, CONTROLLER, PROCESSOR
from obligations.models import Entry, Evidence, Message, Obligation

ATTACHERS = frozenset({Role.ADMIN, Role.OFFICER, Role.APPROVER, Role.MACHINE})
BY_ID = {"id": ("id", "id"), "-id": ("-id", "-id")}
ENTRIES = Listing(filters={}, orders=BY_ID)
EVIDENCE = Listing(filters={}, orders=BY_ID)
MESSAGES = Listing(
    filters={"state": Filter("state", one_of(*Message.State.values), {"enum": Message.State.values})},
    orders={"-queued_at": ("-queued_at", "-id"), "queued_at": ("queued_at", "id")},
)
OBLIGATIONS = Listing(
    filters={
        "state": Filter("state", one_of(*Obligation.State.values), {"enum": Obligation.State.values}),
        "owed_by": Filter("owed_by", one_of(PROCESSOR, CONTROLLER), {"enum": [PROCESSOR, CONTROLLER]}),
        "kind": Filter("matter__kind", name, NAMED),
        "duty": Filter("duty", name, NAMED),
        "due_before": Filter("due_at__lt", moment, {"format": "date-time"}),
    },
    orders={
        "-id": ("-id", "-id"),
        "id": ("id", "id"),
        "due_at": ("due_at", "id"),
        "-due_at": ("-due_at", "-id"),
    },
)


class BelowViewSet(viewsets.ViewSet):
    """`/api/v1/<kind>/<reference>/entries|messages|evidence/`."""

    door = EVERYBODY | {Role.MACHINE}

    def entries(self, request: Request, kind: str, reference: str) -> Response:
        """The ledger of a matter, oldest first."""
        bodies.reach(request, kind, "read")
        found = found_matter(kind, reference)
        rows, after = page(request, Entry.objects.filter(matter=found), ENTRIES)
        actor = bodies.actor(request)
        shown = api_facts.entries(reading.visible(rows, found, actor), actor)
        return Response({"results": shown, "next": after})

    def messages(self, request: Request, kind: str, reference: str) -> Response:
        """What was sent about a matter, newest first; a customer's people read what went to them."""
        bodies.reach(request, kind, "read")
        rows = Message.objects.filter(matter=found_matter(kind, reference))
        actor = bodies.actor(request)
        if not actor.is_staff:
            rows = rows.filter(user=actor.user_id)
        shown, after = page(request, rows, MESSAGES)
        return Response({"results": [shapes.message(row) for row in shown], "next": after})

    def evidence(self, request: Request, kind: str, reference: str) -> Response:
        """The proofs of a matter."""
        bodies.reach(request, kind, "read")
        rows = Evidence.objects.filter(matter=found_matter(kind, reference))
        shown, after = page(request, rows, EVIDENCE)
        return Response({"results": [shapes.evidence(row) for row in shown], "next": after})

    def attach(self, request: Request, kind: str, reference: str) -> Response:
        """Attach a file: {"name", "content": base64}."""
        only(request)
        bodies.reach(request, kind, "write")
        found, actor = found_matter(kind, reference), bodies.actor(request)
        if not actor.roles_at(found.customer_id) & ATTACHERS:
            raise PermissionDenied("Files are attached by the house.")
        sent = bodies.body(request, "name", "content")
        kept = bodies.file("content", sent)

        def work() -> Response:
            made = evidence.add_kept(found, kept, actor=actor, at=timezone.now())
            return Response(shapes.evidence(made), status=201)

        return once(request, work)

    def download(self, request: Request, kind: str, reference: str, digest: str) -> Any:
        """The file of a proof, by its SHA-256."""
        only(request)
        bodies.reach(request, kind, "read")
        found = found_matter(kind, reference)
        row = Evidence.objects.filter(matter=found, sha256=digest).exclude(sha256="").order_by("pk").first()
        if row is None:
            raise Http404
        name, content = row.title, evidence.path(row.sha256).open("rb")
        return FileResponse(
            content, as_attachment=True, filename=name, content_type="application/octet-stream"
        )


class ObligationViewSet(viewsets.ViewSet):
    """`/api/v1/obligations/`: every clock that the reader may see."""

    door = EVERYBODY | {Role.MACHINE}

    def list(self, request: Request) -> Response:
        """Clocks with their reckoning; an order by `due_at` lists those with a legal end."""
        token = getattr(request._request, "token", None)
        kinds = [kind for kind in CLAUSES if tokens.allows(token, kind, "read")]
        rows = Obligation.objects.select_related("matter", "customer")
        if len(kinds) < len(CLAUSES):
            rows = rows.filter(matter__kind__in=kinds)
        found, after = page(request, rows, OBLIGATIONS)
        now = timezone.now()
        results = [
            {
                "kind": row.matter.kind,
                "reference": row.matter.public_reference,
                "title": row.matter.title,
                "customer": str(row.customer) if row.customer else None,
                **shapes.obligation(reading.clock(row, now)),
            }
            for row in found
        ]
        return Response({"results": results, "next": after})
