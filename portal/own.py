"""What belongs to the reader: a matter by its reference, its agreements, what may be shown of it."""

from collections.abc import Iterable

from django.db.models import QuerySet
from django.http import Http404

from accounts.doors import Request
from obligations import reading
from obligations.models import Agreement, Entry, Matter
from obligations.turn import Refused


def matters(request: Request) -> QuerySet[Matter]:
    """The matters of the reader's customers."""
    rows: QuerySet[Matter] = Matter.objects.filter(customer__in=request.actor.at_customers.keys())
    return rows.select_related("customer", "agreement__customer", "proposal")


def matter(request: Request, reference: str) -> Matter:
    """One matter of the reader's customers; what is not theirs is what does not exist."""
    found = matters(request).filter(public_reference=reference.upper()).first()
    if found is None:
        raise Http404
    return found


def agreement(request: Request, reference: str) -> Agreement:
    """The agreement whose matter has this reference."""
    found = matter(request, reference)
    if found.kind != "agreement" or found.agreement is None:
        raise Http404
    return found.agreement


def references(agreements: Iterable[Agreement]) -> dict[int, str]:
    """The reference of each agreement's own matter."""
    rows = Matter.objects.filter(kind="agreement", agreement__in=list(agreements)).order_by("pk")
    return dict(rows.values_list("agreement_id", "public_reference"))


def entries(request: Request, found: Matter) -> list[Entry]:
    """What the reader may see of the timeline, oldest first."""
    rows = Entry.objects.filter(matter=found).order_by("pk")
    return reading.visible(rows, found, request.actor)


def reasons(refused: Refused) -> list[str]:
    """Why a step was refused, with the references that the reader knows instead of running numbers."""
    return reading.for_customers(dict.fromkeys(refused.reasons.values()))
