"""Rendering a message and handing it to a mail server."""

import datetime as dt
import smtplib
from collections.abc import Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template import Context, Template, engines
from django.urls import reverse
from django.utils import translation
from django.utils.module_loading import import_string

from obligations import receipts
from obligations.languages import spoken
from obligations.models import Message

DELIVERED = "delivered"  # the addressee's own server took it
RELAYED = "relayed"  # a relay took it: on its way
SMTP = "django.core.mail.backends.smtp.EmailBackend"


class Rejected(Exception):
    """The server said no. `permanent`: it will not change its mind."""

    def __init__(self, words: str, *, permanent: bool) -> None:
        self.permanent = permanent
        super().__init__(words)


@dataclass(frozen=True)
class Rendered:
    """A message as its receiver reads it."""

    subject: str
    text: str
    html: str


def render(message: Message) -> Rendered:
    """Render template and frozen context in the agreement's language. Nothing is read from the database."""
    context = {**_instants(message.context), "base_url": settings.BASE_URL, "message_id": message.pk}
    signed = receipts.token(message)
    context["receipt_url"] = f"{settings.BASE_URL}{reverse('receipt', args=[signed])}" if signed else ""
    subject, text, html = parts(
        message.template, message.context.get("language", "en"), context, ("subject.txt", "txt", "html")
    )
    return Rendered(subject, text, html)


def parts(
    template: str, language: str, context: dict[str, Any], endings: Sequence[str] = ("subject.txt", "txt")
) -> list[str]:
    """The parts of a mail in that language, as far as it may have it."""
    with translation.override(spoken(template, language)):
        # What is no HTML is not escaped: an apostrophe stays one.
        found = [
            _template(f"mail/{template}.{ending}").render(Context(context, autoescape=ending == "html"))
            for ending in endings
        ]
    return [" ".join(found[0].split()), found[1].strip() + "\n", *found[2:]]


def _template(name: str) -> Template:
    """Of Django's own language, without the wrapper that always escapes."""
    found: Template = engines["django"].engine.get_template(name)  # type: ignore[attr-defined]
    return found


def _instants(context: dict[str, Any]) -> dict[str, Any]:
    """Keys ending in `_at` (and `at`) hold ISO instants: templates get them as datetimes in the contract's zone."""
    zone = ZoneInfo(context.get("zone", "UTC"))
    found = {
        key: dt.datetime.fromisoformat(value).astimezone(zone)
        for key, value in context.items()
        if (key == "at" or key.endswith("_at")) and value
    }
    return {**context, **found}


class Post:
    """Open connections to mail servers, one per route, for the messages of one run."""

    def __init__(self) -> None:
        self._open: dict[str, Any] = {}

    def __enter__(self) -> "Post":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for route in list(self._open):
            self._drop(route)

    def send(self, message: Message) -> str:
        """Hand it over; returns DELIVERED or RELAYED. Rejected says why not."""
        domain = message.recipient.rpartition("@")[2].lower()
        route = settings.MAIL_DIRECT.get(domain, "")
        try:
            self._connection(route).send_messages([_mail(message)])
        except smtplib.SMTPRecipientsRefused as error:
            code, words = next(iter(error.recipients.values()))
            raise Rejected(f"{code} {_text(words)}", permanent=code >= 500) from error
        except smtplib.SMTPResponseException as error:
            self._drop(route)
            raise Rejected(
                f"{error.smtp_code} {_text(error.smtp_error)}", permanent=error.smtp_code >= 500
            ) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop(route)
            raise Rejected(f"{type(error).__name__}: {error}", permanent=False) from error
        return DELIVERED if route else RELAYED

    def _connection(self, route: str) -> Any:
        if route not in self._open:
            connection = _direct(route) if route else get_connection()
            connection.open()
            self._open[route] = connection
        return self._open[route]

    def _drop(self, route: str) -> None:
        connection = self._open.pop(route, None)
        if connection is not None:
            connection.close()


def _direct(route: str) -> Any:
    host, _, port = route.rpartition(":")
    return import_string(SMTP)(host=host, port=int(port), username="", password="", use_tls=False)


def _text(words: bytes | str) -> str:
    return words.decode("utf-8", "replace") if isinstance(words, bytes) else words


def _mail(message: Message) -> EmailMultiAlternatives:
    host = settings.BASE_URL.partition("://")[2].partition(":")[0].partition("/")[0]
    mail = EmailMultiAlternatives(
        message.subject,
        message.text,
        to=[message.recipient],
        headers={"Message-ID": f"<{message.pk}@{host}>", "Auto-Submitted": "auto-generated"},
    )
    mail.attach_alternative(message.html, "text/html")
    return mail
