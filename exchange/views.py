"""Pages of in and out: templates, the dry run of a table, and its import as a job."""

import base64
import uuid
from collections.abc import Sequence
from typing import Any, Final

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import Request, again, door
from accounts.roles import Role
from exchange import importing, playing, templates
from exchange.forms import TableForm
from exchange.importing import DryRun
from exchange.sheets import CHANGED, NEW, SAME, WRONG, Line, Sheet
from obligations import cells
from obligations.clauses import CLAUSES
from obligations.uploads import Unusable

WRITERS: Final = (Role.OFFICER, Role.ADMIN)
SHOWN: Final = 200  # lines on the page of a dry run; the whole difference is a file
ORDER: Final = (WRONG, CHANGED, NEW, SAME)


@door(*WRITERS)
@require_safe
def exchange(request: Request) -> HttpResponse:
    """What can be imported, with a template for each."""
    kinds = [(CLAUSES[kind].title, kind) for kind in playing.told_kinds()]
    return render(request, "exchange/exchange.html", {"sheets": importing.SHEETS.values(), "kinds": kinds})


@door(*WRITERS)
@require_safe
def template(request: Request, sheet: str) -> HttpResponse:
    """An empty table: the names of the columns, what each means, and an example."""
    kind = request.GET.get("kind", "")
    clause = CLAUSES.get(kind) if kind in playing.told_kinds() else None
    rows, found = templates.rows(_sheet(sheet), clause), f"{sheet}-{kind}" if clause else sheet
    return cells.as_xlsx(rows, found) if request.GET.get("form") == "xlsx" else cells.as_csv(rows, found)


@door(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: Request, sheet: str) -> HttpResponse:
    """Upload, look at the dry run, start. People come in this way: who invites them is asked once more."""
    found = _sheet(sheet)
    view = again(_import_page) if found.alone else _import_page
    answer: HttpResponse = view(request, found)  # type: ignore[assignment]
    return answer


def _import_page(request: Request, sheet: Sheet) -> HttpResponse:
    if request.method != "POST":
        return _page(request, sheet)
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return _page(request, sheet, problem=_("Choose a file."), status=422)
    told, now = form.cleaned_data, timezone.now()
    try:
        found = importing.dry_run(sheet, told["name"], told["data"], request.actor, now)
    except Unusable as error:
        return _page(request, sheet, problem=str(error), status=422)
    if "difference" in request.POST:
        return cells.as_csv(_difference(found), f"{sheet.name}-difference")
    if told["digest"] and told["digest"] == found.digest and found.may_start:
        back = reverse("import", args=[sheet.name])
        return redirect("job", importing.start(found, request.actor, now, told["key"], back).pk)
    return _dry_run_page(request, found, told)


def _dry_run_page(request: Request, found: DryRun, told: dict[str, Any]) -> HttpResponse:
    lines = sorted(found.lines, key=lambda line: (ORDER.index(line.verdict), line.number))
    context = {
        "run": found,
        "counts": [(verdict, found.counts[verdict]) for verdict in ORDER if found.counts[verdict]],
        "lines": lines[:SHOWN],
        "more": max(len(lines) - SHOWN, 0),
        "carried": base64.b64encode(told["data"]).decode("ascii"),
        "name": told["name"],
        "changed_meanwhile": bool(told["digest"]) and told["digest"] != found.digest,
        "key": uuid.uuid4(),
    }
    return _page(request, found.sheet, status=422 if found.counts[WRONG] else 200, **context)


def _page(request: Request, sheet: Sheet, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, "exchange/import.html", {"sheet": sheet, **context}, status=status)


def _difference(found: DryRun) -> list[Sequence[Any]]:
    rows: list[Sequence[Any]] = [("line", "verdict", "column", "old", "new", "error")]
    for line in found.lines:
        rows += _of_line(line)
    return rows


def _of_line(line: Line) -> Sequence[Sequence[Any]]:
    wrong = [
        (line.number, WRONG, column, "", line.cells.get(column, ""), words)
        for column, words in line.errors.items()
    ]
    changes = [(line.number, line.verdict, column, old, new, "") for column, old, new in line.changes]
    return wrong or changes or [(line.number, line.verdict, "", "", "", "")]


def _sheet(name: str) -> Sheet:
    found = importing.SHEETS.get(name)
    if found is None:
        raise Http404
    return found
