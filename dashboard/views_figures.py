"""Pages of time and figures: the calendar, two years ahead, and the reports."""

import datetime as dt

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from dashboard import calendar, reports
from dashboard import today as reading_today


@door(*STAFF)
@require_safe
def calendar_page(request: Request) -> HttpResponse:
    """`view` (month, week, agenda, timeline), `on` (a day) and `who` in the address."""
    now = timezone.now()
    view = request.GET.get("view", "")
    view = view if view in calendar.VIEWS else "month"
    who = request.GET.get("who", "")
    who = who if who in reading_today.WHO else "all"
    on = _day(request.GET.get("on", ""))
    context = {"view": view, "on": on, "who": who, "views": calendar.VIEWS}
    if view == "timeline":
        context["chart"] = calendar.timeline(now, who, request.actor)
    else:
        before, after = calendar.neighbours(view, on)
        context |= calendar.days(view, on, who, request.actor, now) | {"before": before, "after": after}
    return render(request, "dashboard/calendar.html", context)


@door(*STAFF)
@require_safe
def reports_page(request: Request) -> HttpResponse:
    """Charts, each with its sentence and its table."""
    return render(request, "dashboard/reports.html", {"charts": reports.read(timezone.now())})


def _day(text: str) -> dt.date:
    """A day between 1970 and 2100; today for anything else."""
    try:
        found = dt.date.fromisoformat(text)
    except ValueError:
        return timezone.localdate()
    return found if 1970 <= found.year < 2100 else timezone.localdate()
