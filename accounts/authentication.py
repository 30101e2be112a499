"""How REST framework learns who is there: the middleware has judged the token already."""

from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import caches
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.throttling import SimpleRateThrottle


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer dpa_...`"""

    def authenticate(self, request: Any) -> Any:
        token = getattr(request._request, "token", None)
        return None if token is None else (token.owner, token)

    def authenticate_header(self, request: Any) -> str:
        return "Bearer"


class AtTheDoor(BasePermission):
    """Who holds one of the roles of the view's `door` somewhere may come in."""

    def has_permission(self, request: Any, view: Any) -> bool:
        actor = request._request.actor
        return bool(actor.house.union(*actor.at_customers.values()) & view.door)


class WrongTokens(SimpleRateThrottle):
    """Requests with a token that is none, by address."""

    scope = "wrong-token"
    rate = "60/min"

    def __init__(self) -> None:
        self.cache = caches["throttle"]
        super().__init__()

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"{self.scope}:{get_adapter().get_client_ip(request)}"


class PerToken(SimpleRateThrottle):
    """Requests of one token, or of one signed-in person."""

    scope = "api"

    def __init__(self) -> None:
        self.cache = caches["throttle"]
        super().__init__()

    def get_rate(self) -> str:
        return str(settings.API_RATE)

    def get_cache_key(self, request: Any, view: Any) -> str:
        token = getattr(request._request, "token", None)
        who = f"token:{token.pk}" if token else f"user:{request._request.actor.user_id}"
        return f"{self.scope}:{who}"
