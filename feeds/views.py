"""The calendar behind a secret address, and the page on which people make and end theirs."""

from typing import Any, Final

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.authentication import WrongTokens
from accounts.doors import EVERYBODY, Request, again, door
from accounts.models import Customer
from accounts.tokens import digest_of
from feeds import addresses, calendars

LONGEST: Final = 100  # characters of a secret


class FeedForm(forms.Form):
    """A wish for a calendar."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Which program reads it, such as my phone."),
    )
    customer: Any = forms.ModelChoiceField(
        None,  # asked in the reader's scope, not at import
        label=gettext_lazy("All clocks of this customer"),
        required=False,
        to_field_name="name",  # unique, and no running number
        empty_label=gettext_lazy("What I owe"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.order_by("name")  # type: ignore[attr-defined]


@door()
@require_safe
def calendar(request: Request, secret: str) -> HttpResponseBase:
    """The calendar. 404 for an address that is unknown, ended or nobody's any more; 429 for somebody who guesses."""
    now = timezone.now()
    found = addresses.behind(secret, now=now) if len(secret) <= LONGEST else None
    if found is None:
        if not WrongTokens().allow_request(request, None):  # type: ignore[arg-type]
            return HttpResponse(status=429, headers={"Retry-After": "60"})
        raise Http404
    content = calendars.written(*found, now)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Cache-Control"] = "private, no-cache"
    answer["Content-Disposition"] = 'inline; filename="deadlines.ics"'
    etag = quote_etag(digest_of(content.decode()))
    answer["ETag"] = etag
    return get_conditional_response(request, etag=etag, response=answer) or answer


@door(*EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def feed_list(request: Request) -> HttpResponseBase:
    """The reader's calendars, and the form for a new one."""
    return _make(request) if request.method == "POST" else _page(request, FeedForm())


@again
def _make(request: Request) -> HttpResponse:
    """The new address is on this answer alone."""
    form = FeedForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    wish = form.cleaned_data
    try:
        _made, secret = addresses.make(
            wish["name"], customer=wish["customer"], actor=request.actor, now=timezone.now()
        )
    except ValidationError as error:
        form.add_error(None, error)
        return _page(request, form)
    return _page(request, FeedForm(), settings.BASE_URL + reverse("calendar-feed", args=[secret]))


def _page(request: Request, form: FeedForm, address: str = "") -> HttpResponse:
    context = {"rows": addresses.own(request.actor), "form": form, "address": address}
    return render(request, "feeds/feeds.html", context, status=422 if form.is_bound else 200)


@door(*EVERYBODY)
@require_POST
@again
def feed_end(request: Request, digest: str) -> HttpResponse:
    """End an address at once."""
    if not addresses.revoke(digest, actor=request.actor, now=timezone.now()):
        raise Http404
    messages.success(request, _("The address is ended; it opens nothing any more."))
    return redirect("feeds")
