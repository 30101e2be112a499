"""Figures for charts: met on time by month and by clause, the load ahead by week, by customer. Five statements."""

import datetime as dt
from typing import Any, Final

from django.db.models import Count, F, Q
from django.db.models.functions import TruncMonth, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from dashboard.charts import Chart, Series, counted, months
from dashboard.today import next_instant
from obligations.clauses import PROCESSOR
from obligations.models import Obligation

MONTHS, WEEKS, MOST = 12, 26, 15
LATE: Final = Q(due_at__isnull=False, met_at__gte=F("due_at"))


def read(now: dt.datetime) -> list[Chart]:
    """All charts of the reports page."""
    return [on_time(now), by_clause(now), load(now), by_customer()]


def on_time(now: dt.datetime) -> Chart:
    """What we owed and met in each of the last twelve months: on time or late."""
    today = timezone.localdate(now)
    keys = months((today.replace(day=1) - dt.timedelta(days=334)).replace(day=1), MONTHS)
    rows = list(
        _met(keys[0])
        .annotate(month=TruncMonth("met_at"))
        .values("month")
        .annotate(**_split())
        .order_by("month")
    )
    good = counted([(row["month"].date(), row["good"]) for row in rows], keys)
    bad = counted([(row["month"].date(), row["bad"]) for row in rows], keys)
    words = (
        _("%(share)s of %(all)s duties that ended in the last twelve months were met on time.")
        if sum(bad) or not sum(good)
        else _("Every duty that ended in the last twelve months was met on time: %(all)s.")
    )
    return Chart(
        "on-time",
        _("Met on time, by month"),
        words % {"share": share(sum(good), sum(bad)), "all": sum(good) + sum(bad)},
        [f"{key:%b %Y}" for key in keys],
        [Series(_("on time"), "bar-ok", good), Series(_("late"), "bar-late", bad)],
        _("Month"),
    )


def by_clause(now: dt.datetime) -> Chart:
    """The same by clause of the contract."""
    rows = list(
        _met(timezone.localdate(now) - dt.timedelta(days=365))
        .values("source")
        .annotate(**_split())
        .order_by("source")
    )
    worst = max(rows, key=lambda row: row["bad"], default=None)
    words = _("No duty was met late in the last twelve months.")
    if worst and worst["bad"]:
        words = _("Most were late under %(source)s: %(bad)s.") % worst
    return Chart(
        "by-clause",
        _("Met on time, by clause"),
        words,
        [row["source"] for row in rows],
        [
            Series(_("on time"), "bar-ok", [row["good"] for row in rows]),
            Series(_("late"), "bar-late", [row["bad"] for row in rows]),
        ],
        _("Clause"),
    )


def load(now: dt.datetime) -> Chart:
    """What we owe in each of the next 26 weeks, by the instant that counts next."""
    monday = timezone.localdate(now) - dt.timedelta(days=timezone.localdate(now).weekday())
    keys = [monday + dt.timedelta(weeks=n) for n in range(WEEKS)]
    end = now + dt.timedelta(weeks=WEEKS)
    rows = Obligation.objects.filter(state="open", owed_by=PROCESSOR).annotate(next_at=next_instant())
    ahead = rows.filter(next_at__gt=now, next_at__lt=end).annotate(week=TruncWeek("next_at"))
    found = [
        (row["week"].date(), row["n"])
        for row in ahead.values("week").annotate(n=Count("pk")).order_by("week")
    ]
    numbers = counted(found, keys)
    fullest = max(zip(numbers, keys, strict=True), key=lambda pair: pair[0])
    return Chart(
        "load",
        _("Load ahead, by week"),
        _("%(all)s duties come due in %(weeks)s weeks; the fullest week begins on %(day)s with %(n)s.")
        % {"all": sum(numbers), "weeks": WEEKS, "day": f"{fullest[1]:%-d %B}", "n": fullest[0]},
        [f"{key:%-d %b}" for key in keys],
        [Series(_("duties"), "bar-plain", numbers)],
        _("Week from"),
    )


def by_customer() -> Chart:
    """Open duties of ours by customer, the fifteen with most."""
    rows = Obligation.objects.filter(state="open", owed_by=PROCESSOR, customer__isnull=False)
    found: Any = rows.values("customer__name").annotate(n=Count("pk")).order_by("-n", "customer__name")[:MOST]
    pairs = [(row["customer__name"], row["n"]) for row in found]
    words = _("Nothing is open for a customer.")
    if pairs:
        words = _("Most is open for %(name)s: %(n)s.") % {"name": pairs[0][0], "n": pairs[0][1]}
    return Chart(
        "by-customer",
        _("Open duties, by customer"),
        words,
        [name for name, _n in pairs],
        [Series(_("open duties"), "bar-plain", [n for _name, n in pairs])],
        _("Customer"),
    )


def share(good: int, bad: int) -> str:
    """A percentage in words; nothing is not everything."""
    return f"{100 * good / (good + bad):.1f} %" if good + bad else _("none")


def _met(since: dt.date) -> Any:
    start = timezone.make_aware(dt.datetime.combine(since, dt.time()))
    return Obligation.objects.filter(state="met", owed_by=PROCESSOR, met_at__gte=start)


def _split() -> dict[str, Any]:
    return {"good": Count("pk", filter=~LATE), "bad": Count("pk", filter=LATE)}
