"""A calendar (RFC 5545) of clocks: one event for each duty of each turn, however often it moves.

The UID is of the duty, not of the row: a new round, a corrected fact or an extension moves the same event, with a
higher SEQUENCE. What lapsed or was waived is CANCELLED, so that clients take it out; what is met stays for a while,
without alarms. No title and no words that somebody typed: the address may lie with a provider.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F, Max, Q, QuerySet
from django.db.models.functions import Coalesce
from icalendar import Alarm, Calendar, Event

from accounts.roles import Actor
from accounts.scope import ALL, scope
from feeds.models import Feed
from obligations.clauses import CLAUSES, CONTROLLER
from obligations.models import Entry, Obligation

MOST: Final = 2000
KEPT: Final = dt.timedelta(days=60)  # an ended clock
EVERY: Final = dt.timedelta(hours=1)  # how often a client may look
MOMENT: Final = dt.timedelta(minutes=30)  # a timed event ends when the duty is due
BEFORE: Final = (dt.timedelta(days=-1), dt.timedelta(hours=-2))  # alarms of a timed event
MORNINGS: Final = (
    dt.timedelta(hours=-15),
    dt.timedelta(hours=9),
)  # of a whole day: 9:00 the day before, and then
State = Obligation.State


def written(feed: Feed, actor: Actor, now: dt.datetime) -> bytes:
    """The feed, in its reader's own scope: the customers that they see. Restricted matters are in no calendar."""
    seen: Any = ALL if actor.is_staff else actor.at_customers.keys()
    if feed.customer_id:
        seen = [feed.customer_id]
    with scope(seen, reason=f"calendar {feed.pk}", reader=actor.user_id):
        rows = list(_clocks(feed, actor, now))
        changed = _changed({row.matter_id for row in rows})
        calendar = _calendar(feed)
        for row in _newest(rows):
            calendar.add_component(_event(row, changed.get(row.matter_id, row.started_at)))
    return bytes(calendar.to_ical())


def _clocks(feed: Feed, actor: Actor, now: dt.datetime) -> "QuerySet[Obligation]":
    """Open ones, and those that ended lately; the nearest first."""
    rows: QuerySet[Obligation] = Obligation.objects.filter(
        Q(state=State.OPEN) | Q(ended_at__gt=now - KEPT), matter__restricted=False
    )
    if not feed.customer_id:
        rows = rows.filter(owner=actor.user_id) if actor.is_staff else rows.filter(owed_by=CONTROLLER)
    when = Coalesce("due_at", "target_at")
    rows = rows.annotate(when=when).exclude(when=None)
    return rows.select_related("matter", "customer").order_by(
        F("ended_at").asc(nulls_first=True), "when", "pk"
    )[:MOST]


def _newest(rows: Iterable[Obligation]) -> Iterable[Obligation]:
    """Of each turn of a duty its last round: the others are how it came about."""
    last: dict[tuple[int, str, int], Obligation] = {}
    for row in rows:
        key = (row.matter_id, row.duty, row.occurrence)
        if key not in last or row.round > last[key].round:
            last[key] = row
    return last.values()


def _changed(matters: set[int]) -> dict[int, dt.datetime]:
    """When anything last happened to each matter: one statement."""
    rows = Entry.objects.filter(matter__in=matters).values("matter").annotate(at=Max("recorded_at"))
    return {row["matter"]: row["at"] for row in rows}


def _calendar(feed: Feed) -> Calendar:
    found = Calendar()
    found.add("prodid", "-//DPA Tracker//Deadlines//EN")
    found.add("version", "2.0")
    name = f"Deadlines: {feed.customer or feed.owner}"
    found.add("name", name)
    found.add("x-wr-calname", name)
    found.add("refresh-interval", EVERY, parameters={"VALUE": "DURATION"})
    found.add("x-published-ttl", EVERY)
    return found


def _event(row: Any, changed: dt.datetime) -> Event:
    matter = row.matter
    duty = CLAUSES[matter.kind].duty(row.duty)
    found = Event()
    host = settings.BASE_URL.partition("://")[2].partition("/")[0]
    found.add("uid", f"{matter.public_reference}-{row.duty}-{row.occurrence}@{host}")
    found.add("sequence", _sequence(row))
    found.add("dtstamp", changed)
    found.add("last-modified", changed)
    done = row.state == State.MET
    whose = f"{row.customer}: " if row.customer else ""
    words = f"{whose}{duty.title} ({matter.public_reference})"
    found.add("summary", f"Done: {words}" if done else words)
    limit = "due" if row.due_at else "target"
    found.add("description", f"{row.source}, {row.period} ({limit}). Owed by the {row.owed_by}.")
    found.add("url", f"{settings.BASE_URL}/matters/{matter.public_reference}/")
    found.add("status", "CANCELLED" if row.state in (State.LAPSED, State.WAIVED) else "CONFIRMED")
    found.add("transp", "TRANSPARENT")
    alarms = _when(found, row)
    if row.state == State.OPEN:
        for before in alarms:
            found.add_component(_alarm(before, words))
    return found


def _sequence(row: Any) -> int:
    """Rises with every step of the matter, with every round and when the clock ends; it never falls."""
    return int(row.matter.version) + 2 * row.round + (row.state != State.OPEN)


def _when(found: Event, row: Any) -> tuple[dt.timedelta, ...]:
    """Its place in time, and when to ring. What ends with a local day fills that day, not the midnight after it."""
    zone = ZoneInfo(row.reckoning.get("calendar", {}).get("tz", "UTC"))
    local = row.when.astimezone(zone)
    if local.time() == dt.time(0):
        day = (local - dt.timedelta(seconds=1)).date()
        found.add("dtstart", day)
        found.add("dtend", day + dt.timedelta(days=1))
        return MORNINGS
    end = row.when.astimezone(dt.UTC)
    found.add("dtstart", end - MOMENT)
    found.add("dtend", end)
    return BEFORE


def _alarm(before: dt.timedelta, words: str) -> Alarm:
    found = Alarm()
    found.add("action", "DISPLAY")
    found.add("trigger", before)
    found.add("description", words)
    return found
