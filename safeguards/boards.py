"""Boards of clause 6 and Appendix 2: people with undertaking and training, policies with their reviews."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.doors import Request, door
from accounts.roles import STAFF
from obligations import reading
from obligations.models import Entry, Matter
from safeguards.clause_policy import TOPICS

PAGE = 100


@dataclass(frozen=True)
class Person:
    """What is on record of somebody with access. `clock`: what is due first."""

    matter: Matter
    hired_on: dt.date | None
    undertaken_at: dt.datetime | None
    trained_on: dt.date | None
    reviewed_at: dt.datetime | None
    clock: reading.Clock | None


@dataclass(frozen=True)
class PolicyLine:
    """A policy in force, when it was last reviewed, and the clock of the next review."""

    matter: Matter
    topic: str
    reviewed_at: dt.datetime
    clock: reading.Clock | None


@door(*STAFF)
@require_safe
def people(request: Request) -> HttpResponse:
    """People with access, newest first: bound, trained, reviewed, and what is due of each."""
    rows = Matter.objects.filter(kind="person", closed_at=None)
    before = request.GET.get("before", "")
    found, older = reading.page_before(rows, int(before) if before.isdecimal() else None, PAGE)
    lines = _people(found)
    unfit = [line for line in lines if not (line.undertaken_at and line.trained_on)]
    context = {"lines": lines, "older": older, "unfit": unfit}
    return render(request, "safeguards/people.html", context)


def _people(found: Sequence[Matter]) -> list[Person]:
    """Two statements for any number of people."""
    clocks = reading.next_clocks(found, timezone.now())
    last = _last(found, ("open", "undertake", "train", "authorise", "review_access"))
    lines = []
    for row in found:
        done = last.get(row.pk, {})
        undertaken = done.get("undertake")
        reviewed = done.get("review_access") or done.get("authorise")
        lines.append(
            Person(
                matter=row,
                hired_on=_date(done.get("open"), "hired_on"),
                undertaken_at=undertaken.at if undertaken else None,
                trained_on=_date(done.get("train"), "trained_on"),
                reviewed_at=reviewed.at if reviewed else None,
                clock=clocks.get(row.pk),
            )
        )
    return lines


@door(*STAFF)
@require_safe
def policies(request: Request) -> HttpResponse:
    """Policies in force: version, last review, next review."""
    rows = Matter.objects.filter(kind="policy", closed_at=None).select_related("policy", "owner")
    before = request.GET.get("before", "")
    found, older = reading.page_before(rows, int(before) if before.isdecimal() else None, PAGE)
    clocks = reading.next_clocks(found, timezone.now())
    last, topics = _last(found, ("open", "review")), dict(TOPICS)
    lines = []
    for row in found:
        reviewed = last.get(row.pk, {}).get("review")
        at = reviewed.at if reviewed else row.opened_at
        lines.append(PolicyLine(row, str(topics.get(row.policy.topic, "")), at, clocks.get(row.pk)))
    return render(request, "safeguards/policies.html", {"lines": lines, "older": older})


def _last(found: Iterable[Matter], steps: Sequence[str]) -> dict[int, dict[str, Entry]]:
    """The last entry of each of these steps; what was only proposed has not happened. One statement."""
    rows = Entry.objects.filter(matter__in=[row.pk for row in found], step__in=steps, proposed=False)
    last: dict[int, dict[str, Entry]] = {}
    for entry in rows.order_by("pk"):
        last.setdefault(entry.matter_id, {})[entry.step] = entry
    return last


def _date(entry: Entry | None, fact: str) -> dt.date | None:
    return dt.date.fromisoformat(entry.facts[fact]) if entry and entry.facts.get(fact) else None
