"""Free or billable? The entitlement to audits of every agreement, for the house, and of one, for both sides (10.3)."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import EVERYBODY, Request, door
from accounts.roles import STAFF
from audits import entitlement
from obligations.models import Agreement, Matter

PAGE = 50


@door(*STAFF)
@require_safe
def entitlements(request: Request) -> HttpResponse:
    """From when on the next audit is free, agreement by agreement; fifty a page, `from` in the address."""
    text = request.GET.get("from", "")
    place = int(text) if text.isdecimal() and len(text) < 10 else 0
    rows: Any = Agreement.objects.filter(matters__kind="agreement", matters__closed_at=None)
    page = list(rows.select_related("customer").order_by("customer__name", "pk")[place : place + PAGE + 1])
    context = {
        "ledgers": entitlement.ledgers(page[:PAGE], timezone.now()),
        "further": place + PAGE if len(page) > PAGE else None,
    }
    return render(request, "audits/entitlements.html", context)


@door(*EVERYBODY)
@require_safe
def audit_entitlement(request: Request, reference: str) -> HttpResponse:
    """The audits that count under the agreement of a matter, and those that are asked for, free or billable."""
    rows = Matter.objects.filter(agreement__isnull=False).select_related("agreement__customer")
    agreement: Any = get_object_or_404(rows, public_reference=reference).agreement
    now = timezone.now()
    (ledger,) = entitlement.ledgers([agreement], now)
    waiting = Matter.objects.filter(
        kind="audit", agreement=agreement, closed_at=None, audit__conducted_on=None
    ).select_related("agreement", "audit")
    asked = list(waiting.order_by("pk")[:PAGE])
    verdicts = entitlement.of_audits(asked, now)
    context = {"ledger": ledger, "waiting": [(row, verdicts.get(row.pk)) for row in asked]}
    return render(request, "audits/entitlement.html", context)
