"""Addresses that libraries bring and that this program does not have."""

from django.http import Http404, HttpResponse

from accounts.doors import Request, door


@door()
def not_here(request: Request) -> HttpResponse:
    """Not found, for everybody."""
    raise Http404
