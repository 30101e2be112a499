"""Obligations by day: a month, a week, an agenda, and two years ahead by month."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Count
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.roles import Actor
from dashboard.charts import Chart, Series, counted, months
from dashboard.groups import groups
from dashboard.today import Line, house_calendar, line, next_instant, of
from obligations import reading
from obligations.calendars import is_business_day
from obligations.models import Obligation

VIEWS: Final = ("month", "week", "agenda", "timeline")
MOST: Final = 150  # obligations of one page
IN_CELL: Final = 3
YEARS_AHEAD: Final = 24  # months
COLOURS: Final = 8


@dataclass(frozen=True)
class Day:
    """One day with what is due on it, in the reader's zone. `free`: no business day of the house."""

    date: dt.date
    lines: Sequence[Line]
    free: bool
    outside: bool
    today: bool

    @property
    def shown(self) -> Sequence[Line]:
        return self.lines[:IN_CELL]

    @property
    def rest(self) -> int:
        return max(len(self.lines) - IN_CELL, 0)


def days(view: str, on: dt.date, who: str, actor: Actor, now: dt.datetime) -> dict[str, Any]:
    """The days of a view with their obligations: two statements. `more`: the page shows only the first."""
    first, last = span(view, on)
    start, end = _midnight(first), _midnight(last + dt.timedelta(days=1))
    rows = of(reading.open_obligations(), who, actor).annotate(next_at=next_instant())
    found = list(rows.filter(next_at__gte=start, next_at__lt=end).order_by("next_at", "id")[: MOST + 1])
    by_day: dict[dt.date, list[Line]] = {}
    for row in found[:MOST]:
        by_day.setdefault(timezone.localdate(row.next_at), []).append(line(row, actor, now))
    house, today = house_calendar(), timezone.localdate(now)
    made = [
        Day(
            day,
            by_day.get(day, []),
            not is_business_day(house, day),
            view == "month" and day.month != on.month,
            day == today,
        )
        for day in (first + dt.timedelta(days=n) for n in range((last - first).days + 1))
    ]
    return {
        "days": made,
        "weeks": [made[n : n + 7] for n in range(0, len(made), 7)],
        "more": len(found) > MOST,
        "first": first,
        "last": last,
    }


def span(view: str, on: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day of a view."""
    monday = on - dt.timedelta(days=on.weekday())
    if view == "week":
        return monday, monday + dt.timedelta(days=6)
    if view == "agenda":
        return on, on + dt.timedelta(days=30)
    first = on.replace(day=1)
    last = (first + dt.timedelta(days=32)).replace(day=1) - dt.timedelta(days=1)
    return first - dt.timedelta(days=first.weekday()), last + dt.timedelta(days=6 - last.weekday())


def neighbours(view: str, on: dt.date) -> tuple[dt.date, dt.date]:
    """Days that lead to the view before and after."""
    if view == "month":
        first = on.replace(day=1)
        return (first - dt.timedelta(days=1)).replace(day=1), (first + dt.timedelta(days=32)).replace(day=1)
    length = dt.timedelta(days=7 if view == "week" else 31)
    return on - length, on + length


def timeline(now: dt.datetime, who: str, actor: Actor) -> Chart:
    """What comes due in the next two years, by month and group of kinds: one statement."""
    keys = months(timezone.localdate(now), YEARS_AHEAD)
    end = _midnight(months(keys[-1], 2)[1])
    rows = of(Obligation.objects.filter(state="open"), who, actor).annotate(next_at=next_instant())
    ahead = rows.filter(next_at__gte=now, next_at__lt=end).annotate(month=TruncMonth("next_at"))
    found = list(ahead.values("month", "matter__kind").annotate(n=Count("pk")).order_by("month"))
    series = []
    for place, group in enumerate(groups()):
        numbers: dict[dt.date, int] = {}
        for row in found:
            if row["matter__kind"] in group.kinds:
                month = row["month"].date()
                numbers[month] = numbers.get(month, 0) + row["n"]
        series.append(Series(str(group.title), f"bar-{place % COLOURS}", counted(numbers.items(), keys)))
    total = sum(row["n"] for row in found)
    words = _("%(n)s obligations have a date in the next two years.") % {"n": total}
    return Chart(
        "timeline", _("Two years ahead"), words, [f"{key:%b %Y}" for key in keys], series, _("Month")
    )


def _midnight(day: dt.date) -> dt.datetime:
    return timezone.make_aware(dt.datetime.combine(day, dt.time()))
