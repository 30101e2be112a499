"""The register of breaches, as a page and as CSV."""

import csv

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from breaches import record
from obligations import reading
from obligations.models import Matter

PAGE = 50


@door(*STAFF)
@require_safe
def register(request: Request) -> HttpResponse:
    """Every breach, newest first; `before` (a key) in the address."""
    before = request.GET.get("before", "")
    found, older = reading.page_before(_breaches(), int(before) if before.isdecimal() else None, PAGE)
    context = {"columns": record.COLUMNS, "lines": record.lines(found), "older": older}
    return render(request, "breaches/register.html", context)


@door(*STAFF)
@require_safe
def register_csv(request: Request) -> HttpResponse:
    """The whole register; UTF-8 with a mark, so that spreadsheets read it."""
    name = f"breaches-{timezone.localdate():%Y-%m-%d}.csv"
    disposition = f'attachment; filename="{name}"'
    response = HttpResponse(
        "\ufeff", content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition}
    )
    writer = csv.writer(response, quoting=csv.QUOTE_ALL)
    writer.writerow([str(label) for _name, label in record.COLUMNS])
    for line in record.lines(list(_breaches().order_by("pk"))):
        writer.writerow([record.cell(value) for value in line.cells])
    return response


def _breaches() -> QuerySet[Matter]:
    return Matter.objects.filter(kind="breach")
