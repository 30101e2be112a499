"""Logs and error mails say what went wrong and where, never about whom.

An error's own words quote values (`Key (email)=(olga@...) already exists`), an address may hold the secret of a link,
and Django's error mail shows forms and variables. So: errors by type and place, addresses by their pattern.
"""

import datetime as dt
import json
import logging
import re
import traceback
from collections.abc import Iterator
from typing import Any

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.log import AdminEmailHandler

from accounts import request_ids

ADDRESS = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
HIDDEN = "(its words are not kept: they may name a person)"


class Quiet(logging.Formatter):
    """One line an event; of an error its types and frames, without its words."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        quiet = logging.makeLogRecord(record.__dict__)
        number = request_ids.current()
        quiet.msg, quiet.args = words_of(record) + (f" [{number}]" if number else ""), None
        quiet.exc_text = None  # another handler may have kept the words there
        return super().format(quiet)

    def formatException(self, ei: Any) -> str:
        """Frames and types of the error and of what led to it, the first cause first."""
        lines: list[str] = []
        for error in _chain(ei[1]):
            kind = f"{type(error).__module__}.{type(error).__qualname__}"
            lines[:0] = [*traceback.format_tb(error.__traceback__), f"{kind} {HIDDEN}\n"]
        return "".join(lines).rstrip()


class Json(Quiet):
    """The same as one JSON object a line, with the number of the request in which it was said."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        said: dict[str, Any] = {"at": at, "level": record.levelname, "logger": record.name}
        if request_ids.current():
            said["request_id"] = request_ids.current()
        said |= {"message": words_of(record), **getattr(record, "fields", {})}
        if record.exc_info and record.exc_info[1]:
            said["error"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


class ErrorMail(AdminEmailHandler):
    """The same words as in the log, to ADMINS; no form, no cookie, no variable."""

    def emit(self, record: logging.LogRecord) -> None:
        """Send it."""
        subject = self.format_subject(f"{record.levelname}: {words_of(record)}")
        self.send_mail(subject, Quiet().format(record), fail_silently=True)


def words_of(record: logging.LogRecord) -> str:
    """The message of a record. What was asked for stands in it as a pattern, a person's address not at all."""
    words = record.getMessage()
    request = getattr(record, "request", None)
    if isinstance(request, HttpRequest):
        for path in (request.get_full_path(), request.path, request.path_info):
            words = words.replace(path, pattern_of(request.path_info)) if len(path) > 1 else words
    for error in _chain(record.exc_info[1] if record.exc_info else None):
        words = words.replace(str(error), HIDDEN) if str(error) else words
    return ADDRESS.sub("(address)", words)


def pattern_of(path: str) -> str:
    """The pattern that a path fits, without the keys and secrets in it."""
    try:
        return f"<{resolve(path).route or 'the first page'}>"
    except Resolver404:
        return "<an address that does not exist>"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
