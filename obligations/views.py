"""Pages that read: one list and one page for every kind, obligation, mailbox, roles, health.

The house's own, with running numbers; customers' people have the portal. Only the mailbox is for both.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import F, Min, Q, QuerySet
from django.db.models.functions import Coalesce
from django.http import FileResponse, Http404, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import EVERYBODY, Request, door
from accounts.roles import STAFF, Role
from obligations import evidence, histories, reading, refusals
from obligations.clauses import CLAUSES
from obligations.models import Entry, Evidence, Heartbeat, Matter, Message, Obligation

PAGE = 50


@door(*STAFF)
@require_safe
def matters(request: Request, kind: str) -> HttpResponse:
    """The list of one kind, newest first; `state` and `before` (a key) in the address."""
    clause = CLAUSES.get(kind)
    if clause is None:
        raise Http404
    rows = Matter.objects.filter(kind=kind).select_related("customer", "owner", "agreement")
    states = list(dict.fromkeys(step.to for step in clause.steps if step.to != "="))
    chosen = request.GET.get("state", "")
    if chosen in states:
        rows = rows.filter(state=chosen)
    found, older = reading.page_before(rows, _number(request.GET.get("before")), PAGE)
    context = {
        "clause": clause,
        "matters": _with_next(found),
        "states": [(state, clause.state_label(state)) for state in states],
        "chosen": chosen,
        "older": older,
        "opening": clause.step("open"),
        "may_open": reading.may_open(request.actor, clause),
    }
    return render(request, "obligations/matters.html", context)


@door(*STAFF)
@require_safe
def matter(request: Request, reference: str) -> HttpResponse:
    """One matter: state and allowed steps, clocks, timeline, children, evidence, messages."""
    found = _matter(reference)
    request.kind_shown = found.kind
    now = timezone.now()
    entries = Entry.objects.filter(matter=found).select_related("actor", "approval").order_by("-id")
    rows = Obligation.objects.filter(matter=found).select_related(
        "matter__agreement", "owner", "acknowledged_by"
    )
    below = Matter.objects.filter(parent=found)
    children = _by_next(below.select_related("customer", "agreement"))
    clocks = reading.clocks(rows, now)
    meeting = {step.name for clock in clocks for step in reading.meeting_steps(clock, request.actor)}
    steps = refusals.available(found.clause, found, request.actor, now)
    context = {
        "matter": found,
        "parent": found.parent_id and Matter.objects.filter(pk=found.parent_id).first(),
        "steps": sorted(steps, key=lambda line: line[0].name not in meeting),
        "meeting": meeting,
        "proposed": _proposed(found),
        "clocks": clocks,
        "entries": reading.visible(entries[:200], found, request.actor),
        "children": _with_next(list(children[:PAGE])),
        "batch_steps": _batch_steps(below, request),
        "more_children": max(below.count() - PAGE, 0),
        "messages_sent": Message.objects.filter(matter=found).order_by("-queued_at", "-id")[:PAGE],
        "evidence": Evidence.objects.filter(matter=found).select_related("added_by"),
        "correctable": _correctable(found, request),
        "detail": found.clause.detail and found.clause.detail.objects.filter(matter=found).first(),
        "history": histories.of(found),
        "may_note": bool(request.actor.house & {Role.ADMIN, Role.OFFICER, Role.APPROVER}),
    }
    return render(request, "obligations/matter.html", context)


def _proposed(found: Matter) -> str:
    """What waits for a second person, in words."""
    name = found.proposal.step if found.proposal else ""
    labels = {step.name: str(step.label) for step in found.clause.steps}
    return labels.get(name, name.replace("_", " ").capitalize())


@door(*STAFF)
@require_safe
def obligation(request: Request, pk: int) -> HttpResponse:
    """One obligation with its reckoning: why this date."""
    rows = Obligation.objects.select_related(
        "matter__agreement__customer", "owner", "acknowledged_by", "customer"
    )
    found = get_object_or_404(rows, pk=pk)
    request.kind_shown = found.matter.kind
    rounds = Obligation.objects.filter(matter=found.matter_id, duty=found.duty).select_related("matter")
    now = timezone.now()
    clock = reading.clock(found, now)
    context = {
        "clock": clock,
        "steps": reading.meeting_steps(clock, request.actor),
        "matter": found.matter,
        "rounds": [reading.clock(row, now) for row in rounds.order_by("occurrence", "round")],
        "messages_sent": Message.objects.filter(obligation=found).order_by("-queued_at", "-id")[:PAGE],
        "may_act": bool(request.actor.house & {Role.ADMIN, Role.OFFICER, Role.APPROVER}),
    }
    return render(request, "obligations/obligation.html", context)


@door(*EVERYBODY)
@require_safe
def mailbox(request: Request) -> HttpResponse:
    """Every message and its fate, newest first; `mine=1` and `state` narrow it."""
    rows = _readable_messages(request).select_related("matter", "obligation")
    chosen, mine = request.GET.get("state", ""), request.GET.get("mine") == "1"
    if chosen in Message.State.values:
        rows = rows.filter(state=chosen)
    if mine:
        rows = rows.filter(user=request.user.pk)
    before = request.GET.get("before", "")
    if before:
        rows = rows.filter(queued_at__lt=_instant(before))
    found = list(rows.order_by("-queued_at", "-id")[: PAGE + 1])
    context = {
        "rows": found[:PAGE],
        "older": found[PAGE - 1].queued_at.isoformat() if len(found) > PAGE else None,
        "chosen": chosen,
        "mine": mine,
        "states": Message.State.choices,
    }
    return render(request, "obligations/mailbox.html", context)


@door(*EVERYBODY)
@require_safe
def message(request: Request, pk: str) -> HttpResponse:
    """One message as it was sent."""
    rows = _readable_messages(request).select_related("matter", "obligation", "entry")
    return render(request, "obligations/message.html", {"row": get_object_or_404(rows, pk=pk)})


@door(*STAFF)
@require_safe
def roles(request: Request) -> HttpResponse:
    """Who may take which step: made from the declarations, so it cannot be out of date."""
    tables = [
        (clause, [(step, [_may(step, role) for role in Role.values]) for step in clause.steps])
        for clause in CLAUSES.values()
    ]
    return render(request, "obligations/roles.html", {"tables": tables, "roles": Role.choices})


@door(*STAFF)
@require_safe
def evidence_file(request: Request, pk: int) -> HttpResponseBase:
    """A proof as an attachment: never shown inside a page."""
    found = get_object_or_404(Evidence.objects.exclude(sha256=""), pk=pk)
    response = FileResponse(evidence.path(found.sha256).open("rb"), as_attachment=True, filename=found.title)
    response.headers["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response.headers["Content-Type"] = "application/octet-stream"
    return response


@door()
@require_safe
def health(request: Request) -> JsonResponse:
    """200 while the clock ticks and the database answers, 503 when a tick is older than HEARTBEAT_STALE_SECONDS."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    ages = {beat.name: int((now - beat.at).total_seconds()) for beat in Heartbeat.objects.all()}
    limit = settings.HEARTBEAT_STALE_SECONDS
    alive = all(ages.get(name, limit + 1) <= limit for name in ("sweep", "deliver"))
    body = {"status": "ok" if alive else "alerts are not being raised", "seconds_since": ages, "limit": limit}
    return JsonResponse(body, status=200 if alive else 503)


def _matter(reference: str) -> Matter:
    found = reading.whole(reference.upper())
    if found is None:
        raise Http404
    return found


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 19 else None


def _instant(text: str) -> dt.datetime:
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error
    return found if found.tzinfo else found.replace(tzinfo=dt.UTC)


def _with_next(rows: Any) -> list[tuple[Matter, reading.Clock | None]]:
    """Each matter with its most urgent open clock: two statements for any number of rows."""
    found = reading.next_clocks(rows, timezone.now())
    return [(row, found.get(row.pk)) for row in rows]


def _by_next(rows: QuerySet[Matter]) -> QuerySet[Matter]:
    """Who is due next comes first; those for whom nothing runs come last."""
    running = Q(obligations__state="open")
    when = Min(Coalesce("obligations__due_at", "obligations__target_at"), filter=running)
    return rows.annotate(next_at=when).order_by(F("next_at").asc(nulls_last=True), "pk")


def _batch_steps(children: Any, request: Request) -> list[Any]:
    """Steps that some child can take and the reader may take, each once."""
    kinds = sorted(set(children.values_list("kind", "state").distinct()))
    found = {
        step.name: step
        for kind, state in kinds
        for step in CLAUSES[kind].steps
        if state in step.from_states and request.actor.house & step.takers
    }
    return list(found.values())


def _correctable(matter: Matter, request: Request) -> list[Any]:
    if Role.OFFICER not in request.actor.house or not matter.clause.opened_by_hand:
        return []
    return [
        field
        for field in matter.clause.step("open").fields
        if field.type in ("instant", "date", "text", "long_text") and not field.private
    ]


def _readable_messages(request: Request) -> Any:
    rows = Message.objects.all()
    if request.actor.is_staff:
        return rows
    return rows.filter(user=request.user.pk)


def _may(step: Any, role: str) -> str:
    if role in step.by:
        return "approve" if step.two_people else "yes"
    return "propose" if step.two_people and role in step.proposed_by else ""
