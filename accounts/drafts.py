"""What somebody typed when their sign-in had run out, or had to be proved anew: kept until they are back.

Sealed, in the session, for half an hour, for the same person and the same form, which shows it once. A data subject's
data, passwords, signatures and files are not kept. Who was signed in last in a browser stands in a signed cookie, which
names nobody; signing out takes it away.
"""

import json
import time
from collections.abc import Callable, Iterable
from typing import Any, Final

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from accounts import keyring

KEPT: Final = 30 * 60  # seconds
REMEMBERED: Final = 24 * 60 * 60  # longer than any session
LARGEST: Final = 100_000  # characters
SESSION_KEY: Final = "draft"
COOKIE: Final = "typist" if settings.INSECURE_HTTP else "__Host-typist"
# Names of fields whose values are never kept; filled in the ready() of upper storeys.
NEVER: list[Callable[[], Iterable[str]]] = [lambda: ("csrfmiddlewaretoken",)]


def keep(request: HttpRequest) -> None:
    """Before the way to a page of sign-in: put by what was posted. Nothing where we cannot know whose it is."""
    who = _who(request)
    if request.method != "POST" or not who:
        return
    left_out = {name for names in NEVER for name in names()}
    told = {
        name: values
        for name, values in request.POST.lists()
        if name not in left_out and "password" not in name and any(values)
    }
    sealed = keyring.seal(json.dumps([request.get_full_path(), who, time.time(), told]))
    if told and len(sealed) <= LARGEST:
        request.session[SESSION_KEY] = sealed
        messages.info(
            request, _("What you typed is kept for half an hour: prove who you are, and it is there again.")
        )


def taken(request: HttpRequest) -> dict[str, Any]:
    """What the form of this address shows again, as initial values; once."""
    sealed = request.session.get(SESSION_KEY) if request.method == "GET" else None
    if not sealed:
        return {}
    path, who, at, told = json.loads(keyring.unseal(sealed))
    old = time.time() - at > KEPT
    if not old and path != request.get_full_path():
        return {}
    del request.session[SESSION_KEY]
    if old or who != _who(request):
        return {}
    messages.info(
        request,
        _(
            "Here is what you typed before. Read it, choose files and type what is a person's own again, then send it."
        ),
    )
    return {name: values if len(values) > 1 else values[0] for name, values in told.items()}


def remember(request: HttpRequest, response: HttpResponseBase) -> None:
    """Note in the browser who is signed in here, or that nobody is any more."""
    there = request.get_signed_cookie(COOKIE, default="", salt=SESSION_KEY, max_age=REMEMBERED)
    if not request.user.is_authenticated:
        response.delete_cookie(COOKIE) if there else None
    elif there != _digest(request):
        response.set_signed_cookie(
            COOKIE, _digest(request), salt=SESSION_KEY, max_age=REMEMBERED, httponly=True,
            secure=not settings.INSECURE_HTTP, samesite="Lax",
        )  # fmt: skip


def _who(request: HttpRequest) -> str:
    if request.user.is_authenticated:
        return _digest(request)
    return str(request.get_signed_cookie(COOKIE, default="", salt=SESSION_KEY, max_age=REMEMBERED))


def _digest(request: HttpRequest) -> str:
    return salted_hmac(SESSION_KEY, str(request.user.pk)).hexdigest()[:32]
