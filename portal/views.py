"""Pages that read: what needs the customer's people, their matters, one matter on its way."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import CUSTOMER_SIDE
from obligations import reading
from obligations.clauses import CLAUSES, PROCESSOR, Step
from obligations.models import Entry, Evidence, Matter, Message, Obligation
from portal import contacts, own, stations
from portal import needs as waiting
from portal.asking import live_agreements

PAGE = 25
LONGEST_SEARCH = 100
MOST_NEEDS = 30


@door(*CUSTOMER_SIDE)
@require_safe
def needs(request: Request) -> HttpResponse:
    """Everything that waits for this person; when there is nothing, what is fine."""
    now = timezone.now()
    found = waiting.find(request.actor, now)
    desks = contacts.desks(live_agreements(request.actor))
    ours = Obligation.objects.filter(
        state="open", owed_by=PROCESSOR, customer__in=request.actor.at_customers.keys()
    )
    context = {
        "yours": found[:MOST_NEEDS],
        "further": max(len(found) - MOST_NEEDS, 0),
        "warnings": [desk for desk in desks if desk.warning],
        "ours": reading.clocks(
            ours.select_related("matter").order_by("due_at", "target_at", "pk")[:PAGE], now
        )[:8],
        "several": len(request.actor.at_customers) > 1,
        "now": now,
    }
    return render(request, "portal/needs.html", context)


@door(*CUSTOMER_SIDE)
@require_safe
def matters(request: Request) -> HttpResponse:
    """The reader's matters, newest first; `kind`, `open`, `q` (words of the title, or a reference) and `before`."""
    rows = own.matters(request)
    kinds = _kinds(rows)
    chosen, words = request.GET.get("kind", ""), request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    if chosen in CLAUSES:
        rows = rows.filter(kind=chosen)
    if words and "\x00" not in words:
        rows = rows.filter(Q(title__icontains=words) | Q(public_reference__istartswith=words))
    before = own.matters(request).filter(public_reference=request.GET.get("before", "").upper()).first()
    found, older = reading.page_before(rows, before.pk if before else None, PAGE)
    context = {
        "rows": _with_next(found),
        "kinds": kinds,
        "chosen": chosen,
        "words": words,
        "older": found[-1].public_reference if older else "",
    }
    return render(request, "portal/matters.html", context)


@door(*CUSTOMER_SIDE)
@require_safe
def matter(request: Request, reference: str) -> HttpResponse:
    """One matter: where it is on its way, what the reader can do, clocks of both sides, papers, what happened."""
    found = own.matter(request, reference)
    now = timezone.now()
    entries = own.entries(request, found)
    rows = Obligation.objects.filter(matter=found).select_related("matter", "owner")
    clocks = reading.clocks(rows, now)
    roles = request.actor.roles_at(found.customer_id)
    steps = waiting.open_steps(found, roles & CUSTOMER_SIDE)
    refused = waiting.blocked([found], {found.pk: steps}, now)
    context = {
        "matter": found,
        "stations": stations.of(found, list(Entry.objects.filter(matter=found).order_by("pk"))),
        "steps": [(step, refused.get((found.pk, step.name), "")) for step in _urgent_first(steps, clocks)],
        "taking_back": waiting.taking_back(found.clause),
        "others": _others(found, roles),
        "clocks": clocks,
        "next": next((c for c in clocks if c.row.is_open and not c.theirs), None),
        "entries": list(reversed(entries)),
        "papers": Evidence.objects.filter(matter=found).order_by("pk"),
        "below": _below(found),
        "letters": Message.objects.filter(matter=found, user=request.user.pk).order_by("-queued_at")[:PAGE],
        "pages": [page for page in found.clause.pages if page.of == "matter" and page.customers],
        "detail": found.clause.detail and found.clause.detail.objects.filter(matter=found).first(),
        "now": now,
    }
    return render(request, "portal/matter.html", context)


def _kinds(rows: Any) -> list[tuple[str, str]]:
    names = set(rows.order_by().values_list("kind", flat=True).distinct())
    return [(clause.kind, str(clause.plural)) for clause in CLAUSES.values() if clause.kind in names]


def _urgent_first(steps: Sequence[Step], clocks: Sequence[reading.Clock]) -> list[Step]:
    """What meets a running period of the reader's side stands first."""
    meets = {name for clock in clocks if clock.theirs and clock.row.is_open for name in clock.duty.met_by}
    return sorted(steps, key=lambda step: step.name not in meets)


def _others(found: Matter, roles: frozenset[str]) -> list[Any]:
    """What only the reader's colleagues can do now."""
    theirs = waiting.open_steps(found, CUSTOMER_SIDE - roles)
    return [step for step in theirs if not roles & step.takers]


def _below(found: Matter) -> list[tuple[Matter, reading.Clock | None]]:
    """The parts of a matter that are the customer's own: the erasures of an exit."""
    rows = Matter.objects.filter(parent=found, customer=found.customer_id).order_by("pk")
    return _with_next(list(rows[: PAGE * 4]))


def _with_next(rows: Any) -> list[tuple[Matter, reading.Clock | None]]:
    """Each matter with its most urgent open clock: one statement for any number of rows."""
    found: dict[int, reading.Clock] = {}
    open_rows = Obligation.objects.filter(matter__in=[row.pk for row in rows], state="open")
    for clock in reading.clocks(open_rows.select_related("matter"), timezone.now()):
        found.setdefault(clock.row.matter_id, clock)
    return [(row, found.get(row.pk)) for row in rows]
