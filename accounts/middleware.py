"""Opens the scope of the reader around each request."""

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts.roles import Actor, actor_of
from accounts.scope import ALL, scope


def scope_of_the_reader(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Staff see every customer; a customer's people see theirs; nobody signed in sees none."""

    def middleware(request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            request.actor = Actor(name="anonymous")  # type: ignore[attr-defined]
            with scope((), reason="nobody signed in"):
                return get_response(request)
        actor = actor_of(user)
        request.actor = actor  # type: ignore[attr-defined]
        seen = ALL if actor.is_staff else actor.at_customers.keys()
        with (
            scope(seen, reason=f"user {user.pk}", reader=user.pk),
            timezone.override(ZoneInfo(user.time_zone)),
        ):
            response = get_response(request)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

    return middleware
