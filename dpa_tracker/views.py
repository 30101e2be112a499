"""Addresses that both sides use, and those that libraries bring and that this program does not have."""

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase

from accounts.doors import EVERYBODY, Request, door
from dashboard import views as dashboard
from obligations import views as house
from portal import views as portal


@door(*EVERYBODY)
def first_page(request: Request) -> HttpResponseBase:
    """What waits: for the house's people, or for a customer's."""
    return (dashboard.today if request.actor.is_staff else portal.needs)(request)


@door(*EVERYBODY)
def matter(request: Request, reference: str) -> HttpResponseBase:
    """One matter, as mails name it: the house's page, or the portal's."""
    return (house.matter if request.actor.is_staff else portal.matter)(request, reference)


@door()
def not_here(request: Request) -> HttpResponse:
    """Not found, for everybody."""
    raise Http404
