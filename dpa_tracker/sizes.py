"""Refuses what is too large before a byte of it is read, kept in memory or written to disk.

The header that counts is also what Django reads by: a body without it is empty, a longer one is cut there.
"""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from accounts import request_ids


def nothing_too_large(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """413 with words; forms with files may be larger, for people who are signed in."""

    def middleware(request: HttpRequest) -> HttpResponse:
        size, small = _size(request), settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if size <= small:
            return get_response(request)
        with_files = request.content_type == "multipart/form-data" and request.user.is_authenticated
        most = settings.REQUEST_MAX_SIZE if with_files else small
        return get_response(request) if size <= most else _refused(request, most)

    return middleware


def _size(request: HttpRequest) -> int:
    """Read as Django reads it, which takes anything else for an empty body."""
    try:
        return int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        return 0


def _refused(request: HttpRequest, most: int) -> HttpResponse:
    words = _("At most %(most)d MB can be sent at once. Nothing was kept.") % {"most": most // 2**20}
    if request.path.startswith("/api/"):
        problem = {"type": "/problems/too-large", "title": _("Too large"), "status": 413, "detail": words}
        problem["request_id"] = request_ids.current()
        return JsonResponse(problem, status=413, content_type="application/problem+json")
    return HttpResponse(render_to_string("413.html", {"words": words}), status=413)
