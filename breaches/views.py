"""Pages of a breach: who is affected, what each would be told, and what became of every notice."""

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF, Role
from breaches import choosing, sending
from breaches.models import Breach
from obligations import actions, bulk_steps, reading
from obligations.facts import InvalidFacts
from obligations.forms import fresh_key, versions
from obligations.models import Agreement, Matter
from obligations.turn import Refused

PAGE = 100
SHOWN = 500  # results that are listed one by one


@door(*STAFF)
@require_safe
def notices_page(request: Request, reference: str) -> HttpResponse:
    """How far the notices are, and the fate of each; `state` and `before` (a key) narrow it."""
    breach = _breach(reference)
    rows = Matter.objects.filter(parent=breach, kind="breach_notice")
    counts = {
        row["state"]: row["n"] for row in rows.values("state").annotate(n=Count("pk")).order_by("state")
    }
    chosen, before = request.GET.get("state", ""), request.GET.get("before", "")
    wanted = rows.filter(state=chosen) if chosen in counts else rows
    found, older = reading.page_before(
        wanted.select_related("agreement", "customer"), int(before) if before.isdecimal() else None, PAGE
    )
    known = sum(counts.get(state, 0) for state in ("received", "informed"))
    context = {
        "breach": breach,
        "counts": [(state, found[0].clause.state_label(state), n) for state, n in counts.items()]
        if found
        else [],
        "known": known,
        "total": sum(counts.values()) - counts.get("retracted", 0),
        "fates": sending.fates(found),
        "chosen": chosen,
        "older": older,
    }
    return render(request, "breaches/notices.html", context)


@door(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def send_page(request: Request, reference: str) -> HttpResponse:
    """What each customer would read; sent as it was seen, with a result for each."""
    breach, now = _breach(reference), timezone.now()
    if request.method == "POST":
        seen = versions(request.POST.get("seen", ""))
        rows = Matter.objects.filter(parent=breach, kind="breach_notice", pk__in=seen)
        batch = list(rows.select_related("agreement", "customer").order_by("pk"))
        for row in batch:
            row.version = seen[row.pk]
        if len(batch) > bulk_steps.AT_ONCE:
            return redirect("job", sending.start(breach, batch, request.actor, now, _key(request)).pk)
        result = sending.send(breach, batch, request.actor, now)
        context = {"breach": breach, "done": result.done[:SHOWN], "refused": result.refused[:SHOWN]}
        context |= {"n_done": len(result.done), "n_refused": len(result.refused), "of": len(batch)}
        return render(request, "breaches/sent.html", context)
    found = sending.previews(breach, request.actor, now)
    seen_now = ",".join(
        f"{row.pk}:{row.version}" for preview in found if preview.text for row in preview.rows
    )
    context = {"breach": breach, "previews": found, "seen": seen_now, "key": fresh_key()}
    return render(request, "breaches/send.html", context)


def _key(request: Request) -> uuid.UUID | None:
    try:
        return uuid.UUID(request.POST.get("key", ""))
    except ValueError:
        return None


@door(Role.OFFICER)
@require_http_methods(["GET", "HEAD", "POST"])
def affected_page(request: Request, reference: str) -> HttpResponse:
    """Find agreements by region, product, sub-processor or all of them, and add those chosen."""
    breach, problems = _breach(reference), list[str]()
    if request.method == "POST":
        problems = _add(request, breach)
        if not problems:
            return redirect("breach-notices", reference)
    asked = {name: request.GET.get(name, "").strip() for name in ("region", "product", "uses")}
    facts: dict[str, Any] = {**asked, "everyone": request.GET.get("everyone") == "1"}
    found = choosing.affected(facts, breach.opened_at.date()) if any(facts.values()) else {}
    told = Matter.objects.filter(parent=breach, kind="breach_notice").exclude(state="retracted")
    known = set(told.values_list("agreement_id", flat=True))
    context = {
        "breach": breach,
        "asked": facts,
        "searched": any(facts.values()),
        "found": [(row, pk in known) for pk, row in found.items()],
        "regions": Agreement.objects.exclude(region="")
        .values_list("region", flat=True)
        .distinct()
        .order_by("region"),
        "sub_processors": _sub_processors(breach),
        "problems": problems,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "breaches/affected.html", context, status=422 if problems else 200)


def _add(request: Request, breach: Matter) -> list[str]:
    """Take the step; what was wrong, in words."""
    chosen = [int(pk) for pk in request.POST.getlist("agreements") if pk.isdecimal()]
    facts = {"agreements": chosen, "reason": request.POST.get("reason", "")}
    breach.version = (
        int(request.POST.get("version", "0")) if request.POST.get("version", "").isdecimal() else -1
    )
    try:
        actions.advance([breach], "add_affected", actor=request.actor, at=timezone.now(), facts=facts)
    except InvalidFacts as error:
        return [f"{name}: {words}" for name, words in error.problems.items()]
    except Refused as error:
        return list(dict.fromkeys(error.reasons.values()))
    messages.success(
        request,
        _("%(reference)s: the notices to those chosen are owed now.") % {"reference": breach.reference},
    )
    return []


def _sub_processors(breach: Matter) -> list[str]:
    """Names to choose from: this breach's own, and those that are kept."""
    own = Breach.objects.filter(matter=breach).values_list("sub_processor", flat=True)
    kept = Matter.objects.filter(kind="subprocessor").values_list("title", flat=True)
    return sorted({name for name in (*own, *kept) if name})


def _breach(reference: str) -> Matter:
    found = reading.whole(reference.upper())
    if found is None or found.kind != "breach":
        raise Http404
    return found
