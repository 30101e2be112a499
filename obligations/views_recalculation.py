"""What a new holiday or another calendar would move, before it moves; later dates move only here, with a reason."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from accounts.doors import Request, door
from accounts.roles import STAFF, Role
from obligations import recalculating
from obligations.facts import InvalidFacts
from obligations.turn import Refused

MOST = 500  # shown at once


@door(*STAFF)
@require_http_methods(["GET", "HEAD", "POST"])
def recalculation(request: Request) -> HttpResponse:
    """The differences; an officer lets the chosen ones follow."""
    now = timezone.now()
    found = recalculating.differences(now)
    error = ""
    if request.method == "POST":
        if Role.OFFICER not in request.actor.house:
            raise PermissionDenied
        chosen = set(request.POST.getlist("obligation"))
        wanted = [one for one in found if str(one.row.pk) in chosen]
        try:
            number = recalculating.take(
                wanted, actor=request.actor, at=now, reason=request.POST.get("reason", "")
            )
        except InvalidFacts:
            error = _("Give a reason: it stays in the file.")
        except Refused as refused:
            error = next(iter(refused.reasons.values()), str(refused))
        else:
            words = ngettext("%(n)s date was moved.", "%(n)s dates were moved.", number) % {"n": number}
            messages.success(request, words)
            return redirect("recalculation")
    context = {
        "differences": found[:MOST],
        "hidden": max(len(found) - MOST, 0),
        "may_move": Role.OFFICER in request.actor.house,
        "error": error,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "obligations/recalculation.html", context, status=422 if error else 200)
