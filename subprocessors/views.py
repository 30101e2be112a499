"""Boards: may a sub-processor start, the matrix of consents, and the register of transfers."""

import datetime as dt
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from obligations.models import Agreement, Matter
from subprocessors import gate
from subprocessors.guards import words_of
from subprocessors.models import Transfer

PAGE = 50
LISTED = ("proposed", "active", "suspended")


@door(*STAFF)
@require_safe
def may_it_start(request: Request, reference: str) -> HttpResponse:
    """One sub-processor: may it start on that date, customer by customer. `on`, `after` in the address."""
    found = get_object_or_404(Matter, kind="subprocessor", public_reference=reference)
    on = _day(request.GET.get("on", ""))
    at = timezone.make_aware(dt.datetime.combine(on, dt.time()))
    verdicts = gate.clearances([found], at, gate.live_agreements())[found.pk]
    asked = gate.count(verdicts)
    place = _number(request.GET.get("from", ""))
    context = {
        "matter": found,
        "on": on,
        "counts": [
            (state, asked[state])
            for state in (gate.CLEARED, gate.OBJECTED, gate.WAITING, gate.NOT_ASKED, gate.LEFT_OUT)
        ],
        "verdicts": verdicts[place : place + PAGE],
        "further": place + PAGE if len(verdicts) > place + PAGE else None,
    }
    return render(request, "subprocessors/gate.html", context)


@door(*STAFF)
@require_safe
def matrix(request: Request) -> HttpResponse:
    """Customers by sub-processors; fifty agreements a page."""
    columns = list(Matter.objects.filter(kind="subprocessor", state__in=LISTED).order_by("title", "pk"))
    place = _number(request.GET.get("from", ""))
    rows: Any = Agreement.objects.filter(matters__kind="agreement", matters__closed_at=None)
    page = list(rows.select_related("customer").order_by("customer__name", "pk")[place : place + PAGE + 1])
    verdicts = gate.clearances(columns, timezone.now(), page[:PAGE])
    context = {
        "columns": columns,
        "rows": [
            (agreement, [verdicts[column.pk][number] for column in columns])
            for number, agreement in enumerate(page[:PAGE])
        ],
        "further": place + PAGE if len(page) > PAGE else None,
    }
    return render(request, "subprocessors/matrix.html", context)


@door(*STAFF)
@require_safe
def transfers(request: Request) -> HttpResponse:
    """Every transfer that has not ended, with what is wrong with it today."""
    place = _number(request.GET.get("from", ""))
    rows = Transfer.objects.filter(matter__closed_at=None).select_related("matter__parent", "customer")
    page = list(rows.order_by("country", "origin", "pk")[place : place + PAGE + 1])
    today = timezone.localdate()
    context = {
        "rows": [(row, words_of(row, today)) for row in page[:PAGE]],
        "further": place + PAGE if len(page) > PAGE else None,
    }
    return render(request, "subprocessors/transfers.html", context)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 10 else 0
