"""Errors of the API as problem details (RFC 9457)."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.http import JsonResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts import request_ids
from accounts.doors import door
from obligations import reading
from obligations.facts import InvalidFacts
from obligations.turn import Refused

CONTENT_TYPE = "application/problem+json"
STATUS = {"forbidden": 403, "not-found": 404}


def problem_details(error: Exception, context: dict[str, Any]) -> Response | None:
    """REST framework's exception handler: what the verbs refuse, and what the framework refuses."""
    if isinstance(error, Refused):
        status, reasons = STATUS.get(error.code, 409), told(error.reasons.values(), context)
        words = " ".join(dict.fromkeys(reasons))
        return _problem(error.code, status, "Refused", words, reasons=reasons)
    if isinstance(error, InvalidFacts):
        named = dict(zip(error.problems, told(error.problems.values(), context), strict=True))
        words = " ".join(f"{name}: {problem}" for name, problem in named.items())
        found = [{"pointer": f"#/facts/{name}", "detail": problem} for name, problem in named.items()]
        return _problem("invalid-facts", 422, "Facts are missing or wrong", words, errors=found)
    response = exception_handler(error, context)
    if response is None:
        return None
    code = error.default_code if isinstance(error, exceptions.APIException) else "not_found"
    detail = response.data.get("detail", "") if isinstance(response.data, dict) else ""
    title = str(code).replace("-", " ").replace("_", " ").capitalize()
    extra = {"errors": list(_errors(response.data))} if isinstance(error, exceptions.ValidationError) else {}
    made = _problem(str(code).replace("_", "-"), response.status_code, title, str(detail), **extra)
    for name in ("WWW-Authenticate", "Retry-After", "Allow"):
        if name in response:
            made[name] = response[name]
    return made


def told(words: Iterable[str], context: dict[str, Any]) -> list[str]:
    """Reasons as the reader may have them: customers know no running reference."""
    actor = context["request"]._request.actor
    return list(words) if actor.is_staff else reading.for_customers(words)


def _errors(data: Any) -> Iterator[dict[str, str]]:
    for name, words in data.items() if isinstance(data, dict) else [("", data)]:
        for text in words if isinstance(words, list) else [words]:
            yield {"pointer": f"#/{name}", "detail": str(text)}


def _problem(code: str, status: int, title: str, detail: str, **extra: Any) -> Response:
    body = {"type": f"/problems/{code}", "title": title, "status": status, "detail": detail, **extra}
    body["request_id"] = request_ids.current()
    return Response(body, status=status, content_type=CONTENT_TYPE)


@csrf_exempt  # a program without a session must be told in its own format
@door()
def unknown_path(request: Any, rest: str = "") -> JsonResponse:
    """404 for addresses below /api/ that do not exist."""
    body = {
        "type": "/problems/not-found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such address.",
        "request_id": request_ids.current(),
    }
    return JsonResponse(body, status=404, content_type=CONTENT_TYPE)
