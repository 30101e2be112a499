"""Appendix 2 against what is in place: a gap is red."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from obligations.models import Matter
from safeguards.clause_policy import TOPICS
from safeguards.models import ITEMS

REQUIRED = ("access_control", "change_management")  # A2.2 names these two policies


@door(*STAFF)
@require_safe
def measures(request: Request) -> HttpResponse:
    """Each item of Appendix 2 with its live measures, and the two policies that it names."""
    live = Matter.objects.filter(kind="measure", closed_at=None).select_related("measure").order_by("pk")
    by_item: dict[str, list[Matter]] = {}
    for row in live:
        by_item.setdefault(row.measure.item, []).append(row)
    policies = Matter.objects.filter(kind="policy", closed_at=None).select_related("policy").order_by("pk")
    by_topic: dict[str, list[Matter]] = {}
    for row in policies:
        by_topic.setdefault(row.policy.topic, []).append(row)
    labels = dict(TOPICS)
    lines: list[tuple[Any, list[Matter]]] = [(label, by_item.get(item, [])) for item, label in ITEMS]
    lines += [(_("Policy: %s") % labels[topic], by_topic.get(topic, [])) for topic in REQUIRED]
    return render(
        request,
        "safeguards/measures.html",
        {"lines": lines, "gaps": [label for label, found in lines if not found]},
    )
