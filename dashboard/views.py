"""Pages of the officers' dashboard."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from dashboard import boards, comparing
from dashboard import today as reading_today
from dashboard.groups import groups
from obligations.models import Agreement


@door(*STAFF)
@require_safe
def today(request: Request) -> HttpResponse:
    """What is late, what is next, who is waited for; `who` (mine, team, all) in the address."""
    chosen = request.GET.get("who", "")
    who = chosen if chosen in reading_today.WHO else "all"
    context = reading_today.read(request.actor, who, timezone.now())
    return render(request, "dashboard/today.html", {**context, "who": who})


@door(*STAFF)
@require_safe
def board(request: Request, key: str) -> HttpResponse:
    """What is open of one group of kinds, and who is due next in it."""
    group = next((group for group in groups() if group.key == key), None)
    if group is None:
        raise Http404
    context = boards.read(group, request.actor, timezone.now())
    return render(request, "dashboard/board.html", context)


@door(*STAFF)
@require_safe
def compare(request: Request, pk: int) -> HttpResponse:
    """An agreement's terms beside its standard text."""
    found = get_object_or_404(Agreement.objects.select_related("customer", "profile"), pk=pk)
    lines = comparing.lines(found, timezone.localdate())
    context = {"agreement": found, "lines": lines, "differ": sum(line.differs for line in lines)}
    return render(request, "dashboard/compare.html", context)
