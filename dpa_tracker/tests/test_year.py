"""A quarter (in `make test-long`: a year) of a processor: no alert missing, none double, every date explained."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

import pytest

from dpa_tracker.tests.year import Year
from obligations import duties, ladder, reading
from obligations.clauses import CLAUSES
from obligations.clock import Vague, earliest, reckon
from obligations.models import Matter, Message, Obligation
from obligations.models_agreement import calendar_from
from obligations.periods import parse_period
from obligations.tests.mailservers import MailServer
from proof import clocks

FIRST = dt.date(2026, 2, 2)


@pytest.fixture
def server(settings) -> Iterator[MailServer]:
    """One that is everybody's own: its acceptance proves receipt."""
    with MailServer() as found:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = found.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        settings.MAIL_DIRECT = {f"customer-{number:02}.example": found.address for number in range(50)}
        yield found


def alerts_due(row: Obligation, year: Year) -> set[tuple[int, dt.datetime]]:
    """(rung, instant) of every alert that had to ring, by an oracle of our own: the ladder against the ticks."""
    duty = CLAUSES[row.matter.kind].duty(row.duty)
    clock = duties.clock_of(row, row.owner, row.matter)
    moments = ladder.moments(duty.ladder, clock)
    found, passed, rang = set(), 0, False
    for tick in year.ticks:
        if tick <= year.born[row.pk] or (row.ended_at and row.ended_at < tick):
            continue
        crossed = [place for place in range(passed, len(moments)) if moments[place].at <= tick]
        passed += len(crossed)
        heard = [
            p for p in crossed if not (rang and moments[p].rung.when == "after start" and moments[p].rung.n)
        ]
        if heard:
            found.add((crossed[-1], tick))
            rang = True
    return found


def alerts_raised(row: Obligation) -> list[tuple[int, dt.datetime]]:
    """What rang, one for each rung and instant. A turn of "after due every" counts where it names a rung it skipped."""
    found = Message.objects.filter(obligation=row).values_list("rung", "queued_at", "repeat", "context")
    return sorted({(rung, at) for rung, at, repeat, context in found if repeat == 0 or context["skipped"]})


def recounted(row: Obligation) -> tuple[dt.datetime | None, dt.datetime | None]:
    """(due, target) counted again from nothing but what the reckoning says."""
    kept = row.reckoning
    place = {**kept["calendar"]}
    if "weekend" in place:
        place["weekend"] = [int(day) for day in place["weekend"]]
    calendar, start = calendar_from(place), dt.datetime.fromisoformat(kept["start"])
    period, target, minimum = parse_period(kept["value"])
    main = (earliest if minimum else reckon)(period, start, calendar).due_at
    if isinstance(period, Vague):
        return None, main
    return main, min(reckon(target, start, calendar).due_at, main) if target else None


@pytest.fixture
def lived(cast, server, request) -> Year:
    customers, days = request.param
    year = Year(cast, customers, FIRST)
    year.live(days)
    return year


QUARTER, WHOLE = (10, 91), (50, 365)
SIZES = [
    pytest.param(QUARTER, id="quarter"),
    pytest.param(WHOLE, id="year", marks=pytest.mark.long),
]


@pytest.mark.parametrize("lived", SIZES, indirect=True)
def test_in_the_life_of_a_processor_no_alert_is_missing_none_double_and_every_date_is_explained(lived):
    rows = list(Obligation.objects.select_related("matter__agreement", "owner").order_by("pk"))
    check_alerts(rows, lived)
    check_reckonings(rows)
    assert [wrong for looked in clocks.look(lived.now) for wrong in looked.wrong] == []
    verdicts = check_verdicts(rows, lived.now)
    kinds = set(Matter.objects.values_list("kind", flat=True))
    assert kinds == set(CLAUSES)
    print(
        f"{lived.steps} steps, {len(rows)} obligations, {Message.objects.count()} messages, {dict(verdicts)}"
    )


def check_alerts(rows: list[Obligation], year: Year) -> None:
    assert not [row for row in rows if row.fault]
    wrong = {
        f"{row.matter.kind}.{row.duty} {row.pk}": (sorted(due), raised)
        for row in rows
        if (due := alerts_due(row, year)) != set(raised := alerts_raised(row)) or len(due) != len(raised)
    }
    assert not wrong, "\n".join(
        f"{name}: due {due}, raised {raised}" for name, (due, raised) in wrong.items()
    )
    alerts = Message.objects.filter(entry=None)
    keys = list(alerts.values_list("obligation", "round", "rung", "repeat", "recipient", "queued_at"))
    assert len(keys) == len(set(keys)) > 100
    assert not Message.objects.filter(state__in=("queued", "failed")).exists()


def check_reckonings(rows: list[Obligation]) -> None:
    for row in rows:
        assert row.period and row.reckoning["start"] == row.started_at.isoformat(), row
        if "appointed" in row.reckoning:
            assert row.due_at == dt.datetime.fromisoformat(row.reckoning["appointed"])
        else:
            assert recounted(row) == (row.due_at, row.target_at), row.reckoning


def check_verdicts(rows: list[Obligation], now: dt.datetime) -> dict[str, int]:
    """Late is past due, over target is past the target alone; no row is called both."""
    found: dict[str, int] = defaultdict(int)
    for row in rows:
        shown = reading.clock(row, now)
        end = row.ended_at or now
        late = bool(row.due_at and end >= row.due_at)
        over = bool(row.target_at and end >= row.target_at)
        if row.state == "met":
            assert shown.verdict.startswith("met late") == late
            assert ("over target" in shown.verdict) == (over and not late)
            found["met late" if late else "met over target" if over else "met in time"] += 1
        elif row.is_open:
            assert shown.urgency in (
                ("late", "theirs-late") if late else ("over",) if over else ("soon", "ok")
            )
            found["late" if late else "over target" if over else "running"] += 1
    assert all(found[name] for name in ("met late", "met over target", "met in time", "running"))
    return found
