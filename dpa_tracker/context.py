"""The frame of every page: navigation, and whether the clock ticks."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from dashboard.groups import Group, groups
from dpa_tracker.demo.world import HOUSE, PASSWORD, PEOPLE
from obligations.models import Heartbeat
from obligations.reading import span
from portal import navigation as portal


def frame(request: HttpRequest) -> dict[str, Any]:
    """Context of base.html."""
    actor = getattr(request, "actor", None)
    if actor is None or not request.user.is_authenticated:
        return {"demo_sign_ins": _demo_sign_ins()} if settings.INSECURE_HTTP else {}
    return {
        "icons": static("icons.svg"),
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
    """The ways to go. Staff: groups, and of the open group its kinds; customers: the few pages that are theirs."""
    if not staff:
        return [_item(request, *item) for item in portal.items(request)]
    items = [(_("Today"), reverse("today"), "grid"), (_("Find"), reverse("find"), "search")]
    places = [_item(request, *item) for item in items]
    places += [_of_group(request, group) for group in groups()]
    more = [
        (_("Calendar"), reverse("calendar"), "calendar"),
        (_("Reports"), reverse("reports"), "chart"),
        (_("Mailbox"), reverse("mailbox"), "mail"),
        (_("People"), reverse("people"), "people"),
        (_("Proof"), reverse("proofs"), "shield"),
        (_("In and out"), reverse("exchange"), "arrow"),
    ]
    return [*places, *(_item(request, *item) for item in more)]


def _item(request: HttpRequest, label: Any, url: str, icon: str) -> dict[str, Any]:
    active = request.path == url if url == reverse("today") else request.path.startswith(url)
    return {"label": label, "url": url, "icon": icon, "active": active, "below": []}


def _of_group(request: HttpRequest, group: Group) -> dict[str, Any]:
    """A group, opened when the reader is on its board, on one of its pages, or on a matter of its kinds."""
    board = reverse("board", args=[group.key])
    below = [(clause.plural, reverse("matters", args=[clause.kind])) for clause in group.clauses]
    below += [(label, reverse(name)) for name, label in group.pages]
    here = request.path
    found = [{"label": label, "url": url, "active": here.startswith(url)} for label, url in below]
    kind = getattr(request, "kind_shown", "")
    inside = here.startswith(board) or kind in group.kinds or any(item["active"] for item in found)
    return {
        "label": group.title,
        "url": board,
        "icon": group.icon,
        "active": here == board,
        "inside": inside,
        "below": found if inside else [],
    }


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
