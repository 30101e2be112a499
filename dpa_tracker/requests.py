"""Every request has a number, and a line in the log that says what was asked and how it ended, never by whom."""

import logging
import re
import time
import uuid
from collections.abc import Callable
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from accounts import request_ids
from dpa_tracker.silence import pattern_of

log = logging.getLogger("request")
HEADER: Final = "X-Request-ID"
USABLE: Final = re.compile(r"[A-Za-z0-9-]{8,64}")
Answer = Callable[[HttpRequest], HttpResponse]


def numbered(get_response: Answer) -> Answer:
    """The outermost middleware. A number that comes with the request counts only from a proxy of ours."""

    def middleware(request: HttpRequest) -> HttpResponse:
        sent = request.headers.get(HEADER, "") if settings.BEHIND_PROXY else ""
        number = sent if USABLE.fullmatch(sent) else str(uuid.uuid4())
        began, token = time.monotonic(), request_ids.set_current(number)
        try:
            response = get_response(request)
            response.headers[HEADER] = number
            _note(request, response, began)
            return response
        finally:
            request_ids.reset(token)

    return middleware


def _note(request: HttpRequest, response: HttpResponse, began: float) -> None:
    if not log.isEnabledFor(logging.INFO):
        return
    took = round((time.monotonic() - began) * 1000)
    method = (
        request.method if request.method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE") else "other"
    )
    known = {"method": method, "route": pattern_of(request.path_info), "status": response.status_code}
    words = f"{known['method']} {known['route']} {response.status_code} in {took} ms"
    log.info("%s", words, extra={"fields": {**known, "milliseconds": took}})
