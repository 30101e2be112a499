"""Tokens of the API: everybody makes and ends their own; administrators see and end all."""

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from accounts import tokens
from accounts.doors import Request, again, door
from accounts.models import ApiToken, Customer, User
from accounts.roles import CUSTOMER_SIDE, Role

MAKERS = (Role.ADMIN, Role.OFFICER, *sorted(CUSTOMER_SIDE))


class TokenForm(forms.Form):
    """A wish for a token."""

    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=100,
        help_text=gettext_lazy("Which program has it, such as SIEM."),
    )
    scopes = forms.CharField(
        label=gettext_lazy("Scopes"),
        initial="*:read",
        help_text=gettext_lazy("Kinds and what it may do, such as breach:write *:read."),
    )
    days = forms.IntegerField(
        label=gettext_lazy("Days until it ends"), initial=90, min_value=1, max_value=366
    )
    customer: Any = forms.ModelChoiceField(
        None,  # asked in the reader's scope, not at import
        label=gettext_lazy("Only this customer"),
        required=False,
        to_field_name="name",  # unique, and no running number
        empty_label=gettext_lazy("All that you see"),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["customer"].queryset = Customer.objects.all()  # type: ignore[attr-defined]


@door(*MAKERS)
@require_http_methods(["GET", "HEAD", "POST"])
@again
def token_list(request: Request) -> HttpResponse:
    """The tokens that the reader may end, and the form for a new one. Its secret is on this answer alone."""
    form, secret = TokenForm(request.POST or None), ""
    if request.method == "POST" and form.is_valid():
        wish, at = form.cleaned_data, timezone.now()
        try:
            _made, secret = tokens.make(
                User.objects.get(pk=request.actor.user_id or 0),
                wish["name"],
                wish["scopes"].replace(",", " ").split(),
                at=at,
                expires_at=at + dt.timedelta(days=wish["days"]),
                customer=wish["customer"],
            )
        except ValidationError as error:
            form.add_error(None, error)
        else:
            form = TokenForm()
    rows = _seen(request).select_related("owner").order_by("-pk")
    context = {"rows": rows[:200], "form": form, "secret": secret, "now": timezone.now()}
    return render(request, "people/tokens.html", context, status=422 if form.is_bound else 200)


@door(*MAKERS)
@require_POST
@again
def token_revoke(request: Request, prefix: str) -> HttpResponse:
    """End a token at once. It is named by its beginning: its key would tell how many tokens there are."""
    found = _seen(request).filter(prefix=prefix).order_by("-pk").first()
    if found is None:
        raise Http404
    if tokens.revoke(found, actor=request.actor, at=timezone.now()):
        messages.success(request, _("The token is revoked; it opens nothing any more."))
    return redirect("tokens")


def _seen(request: Request) -> QuerySet[ApiToken]:
    """One's own; an administrator sees all. Another's answers like one that does not exist."""
    rows = ApiToken.objects.all()
    return rows if Role.ADMIN in request.actor.house else rows.filter(owner=request.actor.user_id)
