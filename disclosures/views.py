"""The board of demands: who asked for what, who of the customers knows, and which the reader alone may know of.

A restricted demand is not in the rows of anybody who is not named: both walls take it out before this view asks.
"""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.models import User
from accounts.roles import STAFF
from disclosures.models import Disclosure
from obligations import reading, restrictions
from obligations.models import Matter

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One demand. `readers`: the names of those who may see it, where it is not everybody of the house."""

    disclosure: Disclosure
    told: int
    notices: int
    readers: list[str]
    clock: reading.Clock | None

    @property
    def matter(self) -> Matter:
        return self.disclosure.matter


@door(*STAFF)
@require_safe
def demands(request: Request) -> HttpResponse:
    """Demands that this reader may see, newest first; `all` in the address: closed ones too."""
    visible = Matter.objects.filter(kind="disclosure")
    everything = request.GET.get("all") == "1"
    if not everything:
        visible = visible.filter(closed_at=None)
    before = request.GET.get("before", "")
    found, older = reading.page_before(visible, int(before) if before.isdecimal() else None, PAGE)
    context = {"lines": _lines(list(found)), "older": older, "everything": everything}
    return render(request, "disclosures/demands.html", context)


def _lines(found: list[Matter]) -> list[Line]:
    """Five statements for any number of demands."""
    ids = [row.pk for row in found]
    details = Disclosure.objects.select_related("matter").in_bulk(ids)
    clocks = reading.next_clocks(found, timezone.now())
    below = Matter.objects.filter(parent__in=ids, kind="disclosure_notice").exclude(state="retracted")
    notices, told = Counter[int](), Counter[int]()
    for parent, state, number in below.values_list("parent_id", "state").annotate(n=Count("pk")).order_by():
        assert parent is not None
        notices[parent] += number
        told[parent] += number if state == "received" else 0
    named = restrictions.readers(ids)
    people = User.objects.filter(pk__in={pk for found in named.values() for pk in found}).order_by("name")
    names = dict(people.values_list("pk", "name"))
    return [
        Line(
            details[pk],
            told[pk],
            notices[pk],
            [name for user, name in names.items() if user in named.get(pk, ())],
            clocks.get(pk),
        )
        for pk in ids
    ]
