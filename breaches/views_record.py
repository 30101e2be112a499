"""The register of breaches, as a page and as CSV."""

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from breaches import record
from obligations import cells, reading
from obligations.models import Matter

PAGE = 50


@door(*STAFF)
@require_safe
def register(request: Request) -> HttpResponse:
    """Every breach, newest first; `before` (a key) in the address."""
    before = request.GET.get("before", "")
    found, older = reading.page_before(_breaches(), int(before) if before.isdecimal() else None, PAGE)
    context = {"lines": record.lines(found), "older": older}
    return render(request, "breaches/register.html", context)


@door(*STAFF)
@require_safe
def register_csv(request: Request) -> HttpResponse:
    """The whole register; UTF-8 with a mark, so that spreadsheets read it."""
    head = [label for _name, label in record.COLUMNS]
    lines = record.lines(list(_breaches().order_by("pk")))
    return cells.as_csv([head, *(line.cells for line in lines)], f"breaches-{timezone.localdate():%Y-%m-%d}")


def _breaches() -> QuerySet[Matter]:
    return Matter.objects.filter(kind="breach")
