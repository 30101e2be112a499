"""What a load balancer and a service manager ask: `/health` (this process lives) and `/ready` (it can do its work).

Answered before everything else, so that neither a missing database nor a wrong Host header hides what is asked.
An old tick does not make a web process unready: it could answer, and taking it away would hide the red banner from
everybody. `/healthz/` is the one that turns 503 then.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

import redis
from django.conf import settings
from django.db import Error, connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

from obligations.models import Heartbeat

WAIT: Final = 2  # seconds for an answer of Redis
GOOD: Final = "ok"
TICKS: Final = ("sweep", "deliver")


def answered(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware for the two addresses."""

    def middleware(request: HttpRequest) -> HttpResponse:
        probe = PROBES.get(request.path_info.rstrip("/")) if request.method in ("GET", "HEAD") else None
        if probe is None:
            return get_response(request)
        status, body = probe()
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return JsonResponse(body, status=status, headers=headers)

    return middleware


def health() -> tuple[int, dict[str, Any]]:
    """The process answers: 200, whatever else is broken."""
    return 200, {"status": GOOD}


def ready() -> tuple[int, dict[str, Any]]:
    """503 while the database or Redis does not answer or a migration is missing; and how old the last ticks are."""
    found: dict[str, Any] = {"redis": _redis()}
    try:
        missing = needed() - set(MigrationRecorder(connection).applied_migrations())
        found |= {"database": GOOD, "migrations": GOOD if not missing else f"{len(missing)} are missing"}
        if not missing:
            now = timezone.now()
            beats = Heartbeat.objects.filter(name__in=TICKS)
            found["seconds_since"] = {beat.name: int((now - beat.at).total_seconds()) for beat in beats}
    except Error:
        connection.close()
        found |= {"database": "does not answer"}
    good = all(found.get(name) == GOOD for name in ("database", "redis", "migrations"))
    limit = settings.HEARTBEAT_STALE_SECONDS
    ages = found.get("seconds_since", {})
    ticks = GOOD if all(ages.get(name, limit + 1) <= limit for name in TICKS) else "stale"
    return 200 if good else 503, {"status": GOOD if good else "not ready", **found, "ticks": ticks}


@functools.cache
def needed() -> set[tuple[str, str]]:
    """Every migration that this program brings."""
    return set(MigrationLoader(None, ignore_no_migrations=True).disk_migrations)


def _redis() -> str:
    if not settings.REDIS_URL:
        return GOOD  # none is used
    try:
        with redis.Redis.from_url(
            settings.REDIS_URL, socket_timeout=WAIT, socket_connect_timeout=WAIT
        ) as client:
            client.ping()
    except redis.RedisError:
        return "does not answer"
    return GOOD


PROBES: Final = {"/health": health, "/ready": ready}
