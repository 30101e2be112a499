"""Find, and what it shows as a file."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from dashboard import finding, today
from obligations import cells, reading

COLUMNS = (
    *(
        "Reference",
        "Matter",
        "Kind",
        "Customer",
        "Obligation",
        "Clause",
        "Owed by",
        "Owner",
        "State",
        "Verdict",
    ),
    *("Started", "Target", "Due", "Met", "Period"),
)


@door(*STAFF)
@require_safe
def find(request: Request) -> HttpResponse:
    """Obligations that fit the filters of the address; and what its words lead to directly."""
    now = timezone.now()
    wanted = finding.asked(request.GET, request.actor)
    rows, key = finding.page(wanted, now)
    context = {
        "asked": wanted,
        "lines": [today.line(row, request.actor, now) for row in rows],
        "next_page": wanted.address(after=key) if key else "",
        "first_page": wanted.address() if wanted.after else "",
        "direct": finding.direct(wanted.words, request.actor),
        "query": wanted.address(),
        "mine": request.GET.get("owner") == "me",
        **finding.choices(),
    }
    return render(request, "dashboard/find.html", context)


@door(*STAFF)
@require_safe
def export(request: Request, form: str) -> HttpResponse:
    """What Find shows, from its first row on, as a CSV or XLSX file of at most 20,000 rows."""
    make = {"csv": cells.as_csv, "xlsx": cells.as_xlsx}.get(form)
    if make is None:
        raise Http404
    wanted = finding.asked(request.GET, request.actor)
    return make(_lines(wanted), f"obligations-{timezone.localdate().isoformat()}")


def _lines(wanted: finding.Asked) -> Iterator[list[Any]]:
    now = timezone.now()
    yield list(COLUMNS)
    for row in finding.obligations(wanted, now)[: finding.MOST].iterator(chunk_size=2000):
        clock, matter = reading.clock(row, now), row.matter
        yield [
            *(matter.reference, matter.title, matter.clause.title, row.customer or "365 AITECH"),
            *(clock.duty.title, row.source, row.owed_by, row.owner or "", row.state, clock.verdict),
            *(row.started_at, row.target_at, row.due_at, row.met_at, row.period),
        ]
