"""Endpoints: the house's people keep all, a customer's people their own."""

import uuid
from contextlib import suppress
from typing import Any, Final

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import Request, again, door
from accounts.roles import CUSTOMER_SIDE
from webhooks import endpoints
from webhooks.endpoints import KEEPERS
from webhooks.forms import EndpointForm, ReplayForm
from webhooks.models import Attempt, Delivery, Endpoint
from webhooks.sending import SCHEDULE

WHO: Final = (*sorted(KEEPERS), *sorted(CUSTOMER_SIDE))
PAGE: Final = 50
MOST: Final = 200


@door(*WHO)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@again
def endpoint_list(request: Request) -> HttpResponse:
    """The reader's endpoints, and the form for a new one. Its secret is on this answer alone."""
    form, secret = EndpointForm(request.actor, request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        wish = form.cleaned_data
        try:
            _made, secret = endpoints.make(
                wish["url"],
                form.patterns(),
                customer=wish["customer"],
                actor=request.actor,
                now=timezone.now(),
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = EndpointForm(request.actor)
    rows = endpoints.kept_by(request.actor)[:MOST]
    context = {"rows": rows, "form": form, "secret": secret, "schedule": SCHEDULE}
    return render(request, "webhooks/endpoints.html", context, status=422 if form.is_bound else 200)


@door(*WHO)
@never_cache
@require_safe
def endpoint(request: Request, reference: str) -> HttpResponse:
    """One endpoint: whether it works, and every delivery with its attempts."""
    return _page(request, _found(request, reference))


@door(*WHO)
@never_cache
@require_POST
@again
def endpoint_change(request: Request, reference: str, verb: str) -> HttpResponse:
    """Rotate the secret, switch off or on, remove, replay a range."""
    found, now = _found(request, reference), timezone.now()
    if verb == "rotate":
        return _page(request, found, secret=endpoints.rotate(found, now=now))
    if verb == "off":
        endpoints.disable(found, _("Switched off by %(name)s.") % {"name": request.actor.name}, now=now)
    elif verb == "on":
        number = endpoints.enable(found, now=now)
        messages.success(
            request, _("It is on again. %(number)s events are on their way.") % {"number": number}
        )
    elif verb == "remove":
        endpoints.remove(found, actor=request.actor, now=now)
        messages.success(request, _("The endpoint is removed."))
        return redirect("endpoints")
    elif verb == "replay":
        form = ReplayForm(request.POST)
        if not form.is_valid():
            return _page(request, found, form=form)
        number = endpoints.replay(found, **form.cleaned_data, now=now)
        messages.success(request, _("%(number)s events are on their way.") % {"number": number})
    else:
        raise Http404
    return redirect("endpoint", found.reference)


def _found(request: Request, reference: str) -> Endpoint:
    row = endpoints.kept_by(request.actor).filter(reference=reference.upper()).first()
    if row is None:
        raise Http404
    return row


def _page(
    request: Request, row: Endpoint, *, secret: str = "", form: ReplayForm | None = None
) -> HttpResponse:
    rows = Delivery.objects.filter(endpoint=row, event__matter__restricted=False)
    with suppress(ValueError):  # any other text begins at the newest
        before = uuid.UUID(request.GET.get("before", ""))
        rows = rows.filter(event__lt=rows.filter(pk=before).values("event"))
    found = list(rows.select_related("event__matter").order_by("-event")[: PAGE + 1])
    context = {
        "row": row,
        "secret": secret,
        "form": form or ReplayForm(),
        "deliveries": _with_log(found[:PAGE]),
        "older": found[PAGE - 1].pk if len(found) > PAGE else None,
        "now": timezone.now(),
    }
    status = 422 if form is not None and form.errors else 200
    return render(request, "webhooks/endpoint.html", context, status=status)


def _with_log(rows: list[Delivery]) -> list[tuple[Delivery, list[Attempt]]]:
    """Deliveries with their attempts, newest first: one statement for all."""
    log: dict[Any, list[Attempt]] = {row.pk: [] for row in rows}
    for attempt in Attempt.objects.filter(delivery__in=log).order_by("-at", "-pk"):
        log[attempt.delivery_id].append(attempt)
    return [(row, log[row.pk]) for row in rows]
