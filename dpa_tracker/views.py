"""Addresses that both sides use, and those that libraries bring and that this program does not have."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase

from accounts.doors import EVERYBODY, Request, door
from dashboard import views as dashboard
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
