"""Opens the scope of the reader around each request, and asks for the second factor before anything else."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts import drafts, factors, request_ids, tokens
from accounts.authentication import WrongTokens
from accounts.roles import Actor, actor_of
from accounts.scope import ALL, scope

SEEN_EVERY = 300  # seconds between two notes of when a session was last used


def scope_of_the_reader(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Staff see every customer; a customer's people see theirs; nobody signed in sees none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/api/") and request.headers.get("Authorization"):
            return _by_token(request, get_response)
        user = request.user
        if not user.is_authenticated:
            request.actor = Actor(name="anonymous")  # type: ignore[attr-defined]
            with scope((), reason="nobody signed in"):
                return get_response(request)
        actor = actor_of(user)
        request.actor = actor  # type: ignore[attr-defined]
        seen = ALL if actor.is_staff else actor.at_customers.keys()
        with (
            scope(seen, reason=f"user {user.pk}, {_asked(request)}", reader=user.pk),
            timezone.override(ZoneInfo(user.time_zone)),
        ):
            response = get_response(request)
            response.headers.setdefault("Cache-Control", "no-store")
            drafts.remember(request, response)
            return response

    return middleware


def _by_token(request: HttpRequest, get_response: Callable[[HttpRequest], HttpResponse]) -> HttpResponse:
    """A machine's request: its token says whose rows it may see. A session beside it counts for nothing."""
    request.user = AnonymousUser()
    at = timezone.now()
    found = tokens.behind(request.headers["Authorization"], at=at)
    if found is None:
        allowed = WrongTokens().allow_request(request, None)  # type: ignore[arg-type]
        return _no_token(429 if not allowed else 401)
    token, actor = found
    request.actor, request.token = actor, token  # type: ignore[attr-defined]
    tokens.note_use(token, at=at)
    seen = ALL if actor.is_staff else actor.at_customers.keys()
    with scope(seen, reason=f"token {token.pk}, {_asked(request)}", reader=actor.user_id):
        response = get_response(request)
        response.headers.setdefault("Cache-Control", "no-store")
        return response


def _asked(request: HttpRequest) -> str:
    """What a request wants, for the log: the pattern of its address, since the address itself may hold a secret."""
    try:
        return f"{request.method} <{resolve(request.path_info).route}>"
    except Resolver404:
        return f"{request.method} <an address that does not exist>"


def _no_token(status: int) -> JsonResponse:
    titles = {
        401: _("This token is unknown, expired or revoked."),
        429: _("Too many wrong tokens. Wait a minute."),
    }
    codes = {401: "not-authenticated", 429: "throttled"}
    problem = {"type": f"/problems/{codes[status]}", "title": titles[status], "status": status, "detail": ""}
    problem["request_id"] = request_ids.current()
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {"Retry-After": "60"}
    return JsonResponse(problem, status=status, content_type="application/problem+json", headers=headers)


def second_factor_first(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Who needs a second factor and did not give it reaches nothing but the pages on which to do so.

    Tokens of the API sign nobody in here: they are judged where they are read.
    """

    def middleware(request: HttpRequest) -> HttpResponse:
        if not request.user.is_authenticated:
            return get_response(request)
        _note_use(request)
        page = factors.page_before_all_others(request, request.actor)  # type: ignore[attr-defined]
        if not page or _leads_there(request.path, page):
            return get_response(request)
        words = _("Your role needs a second factor. Set one up, or give it, in the browser first.")
        if request.path.startswith("/api/"):
            problem = {"type": "/problems/second-factor", "title": words, "status": 403, "detail": ""}
            problem["request_id"] = request_ids.current()
            return JsonResponse(problem, status=403, content_type="application/problem+json")
        drafts.keep(request)
        return redirect(f"{page}?{urlencode({'next': request.get_full_path()})}")

    return middleware


def _leads_there(path: str, page: str) -> bool:
    """The pages that are open meanwhile. With a factor elsewhere, only those on which it is given."""
    if path == reverse("account_logout"):
        return True
    if page == reverse("mfa_index"):
        return path.startswith(page) or path == reverse("account_reauthenticate")
    return path in (reverse("mfa_reauthenticate"), reverse("mfa_reauthenticate_webauthn"))


def _note_use(request: HttpRequest) -> None:
    """When a session was last used, written at most every few minutes: no page costs a write."""
    now = timezone.now()
    seen = request.session.get("seen_at")
    if seen is None or now.timestamp() - seen < SEEN_EVERY:
        return
    request.session["seen_at"] = now.timestamp()
    UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=now)
