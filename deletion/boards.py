"""The board of exits: whose contract has ended, and how much of the two years is left for what (14.1)."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from deletion.models import Exit
from obligations import reading
from obligations.models import Matter, Obligation

PAGE = 50
NOT_COUNTED = ("dropped",)


@dataclass(frozen=True)
class Line:
    """One exit. `clock`: the two years, or what was agreed instead."""

    exit: Exit
    clock: reading.Clock | None
    proven: int
    places: int

    @property
    def matter(self) -> Matter:
        return self.exit.matter


@door(*STAFF)
@require_safe
def exits(request: Request) -> HttpResponse:
    """Running exits first by newest; `all` in the address shows certified and withdrawn ones too."""
    rows = Exit.objects.select_related("matter__agreement", "matter__customer")
    everything = request.GET.get("all") == "1"
    if not everything:
        rows = rows.filter(matter__closed_at=None)
    before = request.GET.get("before", "")
    found, older = reading.page_before(rows, int(before) if before.isdecimal() else None, PAGE)
    context = {"lines": _lines(list(found)), "older": older, "everything": everything}
    return render(request, "deletion/exits.html", context)


def _lines(found: list[Exit]) -> list[Line]:
    """Two statements for any number of exits."""
    ids = [row.pk for row in found]
    now = timezone.now()
    years = Obligation.objects.filter(matter__in=ids, duty="erase_all").select_related("matter")
    clocks = {row.matter_id: reading.clock(row, now) for row in years.order_by("occurrence", "round", "pk")}
    below = Matter.objects.filter(parent__in=ids, kind="erasure").exclude(state__in=NOT_COUNTED)
    places, proven = Counter[int](), Counter[int]()
    for parent, state, number in below.values_list("parent_id", "state").annotate(n=Count("pk")).order_by():
        assert parent is not None
        places[parent] += number
        proven[parent] += number if state == "proven" else 0
    return [Line(row, clocks.get(row.pk), proven[row.pk], places[row.pk]) for row in found]
