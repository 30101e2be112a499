"""Addresses that both sides use, and those that libraries bring and that this program does not have."""

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import request_ids
from accounts.doors import EVERYBODY, Request, door
from accounts.scope import ALL, scope
from dashboard import views as dashboard
from dpa_tracker import metrics as numbers
from obligations import views as house
from obligations import views_steps
from portal import views as portal
from portal import views_acts


@door(*EVERYBODY)
def first_page(request: Request) -> HttpResponseBase:
    """What waits: for the house's people, or for a customer's."""
    return (dashboard.today if request.actor.is_staff else portal.needs)(request)


@door(*EVERYBODY)
def matter(request: Request, reference: str) -> HttpResponseBase:
    """One matter, as mails name it: the house's page, or the portal's."""
    return (house.matter if request.actor.is_staff else portal.matter)(request, reference)


@door(*EVERYBODY)
def step(request: Request, reference: str, step: str) -> HttpResponseBase:
    """One step of a matter. A customer's person who signs is asked first who is there: the portal's form does."""
    form = views_steps.step_form if request.actor.is_staff else views_acts.step_form
    return form(request, reference, step)


@door()
def not_here(request: Request) -> HttpResponse:
    """Not found, for everybody."""
    raise Http404


@door()
@require_safe
def metrics(request: Request) -> HttpResponse:
    """Numbers for Prometheus, to whoever sends METRICS_TOKEN. Without such a setting there are none."""
    if not settings.METRICS_TOKEN:
        raise Http404
    sent = request.headers.get("Authorization", "")
    if not hmac.compare_digest(sent.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return HttpResponse(status=401, headers={"WWW-Authenticate": "Bearer"})
    with scope(ALL, reason="metrics"):
        text = numbers.text(timezone.now())
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def fault(request: HttpRequest) -> HttpResponse:
    """An error of ours, wherever it happened (so no door): the page names the request, which finds it in the log."""
    return HttpResponse(render_to_string("500.html", {"number": request_ids.current()}), status=500)
