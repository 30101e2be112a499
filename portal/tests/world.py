"""Matters as a customer meets them, at the real clock: pages read it."""

import datetime as dt
import io
from types import SimpleNamespace
from typing import Any

from django.test import Client
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from conftest import report_breach
from obligations import delivery, evidence
from obligations.actions import advance, open_matter
from obligations.models import Matter
from subprocessors.tests.builders import entered, proposed

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def hours_ago(number: float) -> dt.datetime:
    return timezone.now().replace(microsecond=0) - dt.timedelta(hours=number)


def signed_in(who: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(pk=who.user_id), backend=BACKEND)
    return client


def notice(cast: SimpleNamespace, agreement: Any, text: str = "We suspect a breach.") -> Matter:
    """A breach notice that was sent and mailed, not confirmed."""
    breach = report_breach(cast, [agreement], hours_ago(3))
    row = Matter.objects.get(parent=breach)
    advance([row], "send", actor=cast.olga, at=hours_ago(2), facts={"text": text})
    delivery.deliver(timezone.now())
    return Matter.objects.get(pk=row.pk)


def confirmed(cast: SimpleNamespace, agreement: Any, who: Any, text: str = "We suspect a breach.") -> Matter:
    """The same, received: the customer's 72 hours run."""
    row = notice(cast, agreement, text)
    advance([row], "received", actor=who, at=hours_ago(1))
    return Matter.objects.get(pk=row.pk)


def consent(cast: SimpleNamespace, agreement: Any, name: str = "Nimbus") -> Matter:
    """A question about a sub-processor, sent."""
    day = timezone.localdate() + dt.timedelta(days=60)
    row = proposed(cast, entered(cast, hours_ago(5), name), hours_ago(4), [agreement], day)[0]
    advance([row], "send", actor=cast.olga, at=hours_ago(3), facts={"text": "It recognises speech."})
    return Matter.objects.get(pk=row.pk)


def amendment(cast: SimpleNamespace, agreement: Any, title: str = "Shorter forwarding") -> Matter:
    """An amendment with an agreed text that waits for the customer's signature."""
    facts = {"subject": title, "why": "It was asked for."}
    row = open_matter(
        "amendment", actor=cast.olga, at=hours_ago(5), facts=facts, title=title, agreement=agreement
    )
    text = evidence.kept("amendment.txt", [b"Five business days."])
    agreed = {"text": text, "changes": "dsars.forward.within: {business_days: 5}"}
    advance([row], "agree", actor=cast.olga, at=hours_ago(4), facts=agreed)
    return Matter.objects.get(pk=row.pk)


def hidden(html: str, name: str) -> str:
    """The value of a hidden field."""
    return html.split(f'name="{name}" value="')[1].split('"')[0]


def paper_words(content: bytes) -> str:
    """The words of a PDF, each after one space."""
    pages = PdfReader(io.BytesIO(content)).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def words_of(sha256: str) -> str:
    """The words of a kept PDF."""
    return paper_words(evidence.path(sha256).read_bytes())
