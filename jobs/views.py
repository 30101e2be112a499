"""How far long work is, with a result for each row. Seen by its owner alone: rows may name restricted matters."""

import uuid
from typing import Final

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from jobs import working
from jobs.models import Job, JobRow

PAGE: Final = 200
RELOAD: Final = 3  # seconds
BAD_FIRST: Final = (JobRow.State.REFUSED, JobRow.State.FAILED, JobRow.State.STOPPED)


@door(*STAFF)
@require_safe
def jobs(request: Request) -> HttpResponse:
    """The reader's own work, newest first."""
    rows = Job.objects.filter(owner=request.user.pk).order_by("-started_at")[:PAGE]
    return render(request, "jobs/jobs.html", {"rows": rows})


@door(*STAFF)
@require_safe
def job(request: Request, pk: uuid.UUID) -> HttpResponse:
    """Progress and results; `state` and `after` (a row's number) narrow them. Reloads itself unless `still=1`."""
    found = get_object_or_404(Job.objects.filter(owner=request.user.pk), pk=pk)
    counts = working.counts(found)
    chosen, after = request.GET.get("state", ""), request.GET.get("after", "")
    if chosen not in counts:
        chosen = next((state for state in BAD_FIRST if state in counts), "")
    rows = found.rows.filter(number__gt=int(after) if after.isdecimal() and len(after) < 9 else 0)
    shown = list((rows.filter(state=chosen) if chosen else rows).order_by("number")[: PAGE + 1])
    waiting, still = counts.get(JobRow.State.WAITING, 0), request.GET.get("still") == "1"
    context = {
        "job": found,
        "worked": found.total - waiting,
        "counts": [(state, JobRow.State(state).label, n) for state, n in counts.items()],
        "chosen": chosen,
        "rows": shown[:PAGE],
        "next": shown[PAGE - 1].number if len(shown) > PAGE else None,
        "still": still,
    }
    response = render(request, "jobs/job.html", context)
    if found.finished_at is None and not still:
        response.headers["Refresh"] = str(RELOAD)  # the page follows the work without any script
    return response


@door(*STAFF)
@require_POST
def stop(request: Request, pk: uuid.UUID) -> HttpResponse:
    """End it: rows that wait are left as they are."""
    found = get_object_or_404(Job.objects.filter(owner=request.user.pk), pk=pk)
    working.stop(found, timezone.now())
    return redirect("job", pk)
