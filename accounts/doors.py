"""The one decorator with which a view says who may come. A start-up check refuses a view without it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

from accounts import drafts, factors
from accounts.roles import CUSTOMER_SIDE, STAFF, Actor


class Request(HttpRequest):
    """A request as a view gets it: the middleware has put the actor on it."""

    actor: Actor
    kind_shown: str = ""  # the kind that a page is about: the navigation opens its group


View = Callable[..., HttpResponseBase]
EVERYBODY = STAFF | CUSTOMER_SIDE


def door(*roles: str) -> Callable[[View], View]:
    """Let in people who hold one of these roles anywhere; without roles, anybody at all (a public page)."""

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
            held = request.actor.house.union(*request.actor.at_customers.values())
            if roles and not held & set(roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        entered: Any = _keeping(login_required(guarded)) if roles else guarded
        entered.door = frozenset(roles)
        return entered

    return decorate


def _keeping(view: View) -> View:
    """Who posts a form and is not signed in any more finds it as it was."""

    @wraps(view)
    def kept(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_authenticated:
            drafts.keep(request)
        return view(request, *args, **kwargs)

    return kept


def prove_first(request: Request) -> HttpResponse | None:
    """Before a signature or a second person's yes: the way to prove who is there; None when that was just done.

    The form is shown anew with what was typed, to be read and sent by whoever has proved it.
    """
    page = factors.page_before_signing(request)
    if page:
        drafts.keep(request)
    return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}") if page else None


def again(view: View) -> View:
    """Below `door`: ask once more who is there, unless they proved it within the last minutes.

    What was posted meanwhile waits in the session and is taken up afterwards.
    """
    proved: View = reauthentication_required(view, app="accounts")
    return proved
