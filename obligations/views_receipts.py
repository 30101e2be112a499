"""Doors without sign-in: the link in a mail that confirms receipt, and the events of a mail provider."""

from typing import Any

from anymail.urls import urlpatterns as anymail_addresses
from django.conf import settings
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from accounts.doors import Request, door
from obligations import receipts
from obligations.notices import ACKNOWLEDGED


@door()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: Request, signed: str) -> HttpResponse:
    """Confirm that a message arrived. A GET changes nothing: mail scanners follow links."""
    now = timezone.now()
    found = receipts.find(signed, now)
    if found is None:
        return render(request, "obligations/receipt.html", {"row": None}, status=404)
    if request.method == "POST":
        receipts.confirm(found, at=now)
        return redirect("receipt", signed)
    return render(
        request, "obligations/receipt.html", {"row": found, "confirmed": found.proof == ACKNOWLEDGED}
    )


@door()
@csrf_exempt
@require_http_methods(["HEAD", "POST"])
def mail_event(request: Request, provider: str) -> HttpResponseBase:
    """Events of the provider that MAIL_PROVIDER names; MAIL_WEBHOOK_SECRET proves who sends them."""
    if provider != settings.MAIL_PROVIDER or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        raise Http404
    answer: HttpResponseBase = _tracking(provider)(request)
    return answer


def _tracking(provider: str) -> Any:
    names = (f"{provider}_tracking_webhook", f"{provider}_webhook")
    for address in anymail_addresses:
        if address.name in names:
            return address.callback
    raise Http404
