"""A request repeated with its Idempotency-Key gets the answer of the first one (the IETF draft of that header).

The answer is kept in the transaction of the effect: either both are there or neither. A refused request changed
nothing and keeps nothing, so it may be sent again. On PostgreSQL a second request that comes while the first is
at work gets 409; SQLite has one writer, so there it waits and gets the first one's answer.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any, Final

from django.db import connection, transaction
from django.utils import timezone
from rest_framework.exceptions import APIException
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import UsedKey

LONGEST: Final = 255
KEPT_HEADERS: Final = ("ETag", "Location")


class UnusableKey(APIException):
    status_code, default_code = 400, "idempotency-key"
    default_detail = "An Idempotency-Key has 1 to 255 visible characters."


class InProgress(APIException):
    status_code, default_code = 409, "in-progress"
    default_detail = "A request with this Idempotency-Key is at work. Repeat it in a moment."


class OtherRequest(APIException):
    status_code, default_code = 422, "other-request"
    default_detail = "This Idempotency-Key was used for another request. Take a new key."


def once(request: Request, work: Callable[[], Response]) -> Response:
    """The answer of `work`, or the one that it gave to the same request before."""
    key = request.headers.get("Idempotency-Key")
    if key is None:
        return work()
    if not 1 <= len(key) <= LONGEST or not key.isascii() or not key.isprintable() or not key.strip():
        raise UnusableKey
    owner, asked = _owner(request), _digest(request)
    with transaction.atomic():
        _alone(owner, key)
        known = UsedKey.objects.filter(owner=owner, key=key).first()
        if known is not None:
            return _again(known, asked)
        answer = work()
        UsedKey.objects.create(
            owner=owner,
            key=key,
            request=asked,
            status=answer.status_code,
            body=JSONRenderer().render(answer.data).decode(),
            headers={name: answer[name] for name in KEPT_HEADERS if name in answer},
            at=timezone.now(),
        )
    return answer


def _again(known: UsedKey, asked: str) -> Response:
    if known.request != asked:
        raise OtherRequest
    headers = {**known.headers, "Idempotency-Replayed": "true"}
    return Response(json.loads(known.body), status=known.status, headers=headers)


def _owner(request: Any) -> str:
    token = getattr(request._request, "token", None)
    return f"token:{token.pk}" if token else f"user:{request._request.actor.user_id}"


def _digest(request: Any) -> str:
    content = JSONRenderer().render(request.data)
    head = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(head + content).hexdigest()


def _alone(owner: str, key: str) -> None:
    """Until the transaction ends, nobody else works on that key."""
    if connection.vendor != "postgresql":
        return  # BEGIN IMMEDIATE has done it
    number = int.from_bytes(hashlib.sha256(f"{owner} {key}".encode()).digest()[:8], "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [number])
        if not cursor.fetchone()[0]:
            raise InProgress
