"""The frame of every page: navigation, and whether the clock ticks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dpa_tracker.demo.world import HOUSE, PASSWORD, PEOPLE
from obligations.clauses import CLAUSES
from obligations.models import Heartbeat
from obligations.reading import span

ICONS = {"breach": "warning", "breach_notice": "bell", "agreement": "document"}


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html."""
    actor = getattr(request, "actor", None)
    if actor is None or not request.user.is_authenticated:
        return {"demo_sign_ins": _demo_sign_ins()} if settings.INSECURE_HTTP else {}
    return {
        "nav": _navigation(request, actor.is_staff),
        "heartbeat": _heartbeat() if actor.is_staff else None,
        "actor": actor,
        "today_line": timezone.localtime().strftime("%A %-d %B %Y"),
        "reader_zone": request.user.time_zone,
    }


def _demo_sign_ins() -> list[dict[str, str]]:
    """On localhost, the people of the demo: nobody should have to look for their passwords."""
    people = User.objects.filter(email__in=[f"{key}@{HOUSE}" for key, *_ in PEOPLE])
    roles = {f"{key}@{HOUSE}": str(role.label) for key, _, role in PEOPLE}
    return [
        {"role": roles[user.email], "email": user.email, "password": PASSWORD}
        for user in people.order_by("pk")
    ]


def _navigation(request: HttpRequest, staff: bool) -> list[dict[str, Any]]:
    items = [(_("Today"), reverse("today"), "grid")]
    for clause in CLAUSES.values():
        if clause.kind == "agreement":
            items.append((clause.plural, reverse("agreements"), "document"))
        elif staff or clause.kind == "breach_notice":
            items.append(
                (clause.plural, reverse("matters", args=[clause.kind]), ICONS.get(clause.kind, "document"))
            )
    items.append((_("Mailbox"), reverse("mailbox"), "mail"))
    if staff:
        items.append((_("People"), reverse("people"), "people"))
    return [
        {"label": label, "url": url, "icon": icon, "active": _active(request.path, url)}
        for label, url, icon in items
    ]


def _active(path: str, url: str) -> bool:
    return path == url if url == reverse("today") else path.startswith(url)


def _heartbeat() -> dict[str, Any]:
    beat = Heartbeat.objects.filter(pk="sweep").first()
    if beat is None:
        return {"age_seconds": None, "stale": True, "text": _("never")}
    age = timezone.now() - beat.at
    seconds = int(age.total_seconds())
    text = (
        _("%(seconds)s s ago") % {"seconds": seconds}
        if seconds < 60
        else _("%(span)s ago") % {"span": span(age)}
    )
    return {"age_seconds": seconds, "stale": seconds > settings.HEARTBEAT_STALE_SECONDS, "text": text}
