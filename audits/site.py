"""Where and when an audit may take place: inside the business hours of the site (10.2)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from obligations.calendars import Calendar, is_business_day, skips
from obligations.clauses import Facts, Turns
from obligations.models import Agreement, Matter
from obligations.models_agreement import calendar_from
from obligations.terms import TermBook

HOURS = "audits.hours"
MOMENT, DAY = "%-d %B %Y, %H:%M", "%A %-d %B %Y"


def calendar_of(agreement: Agreement | None, book: TermBook | None = None) -> Calendar:
    """The site's calendar: the one that the agreement names for us, else the house's."""
    if agreement is not None and agreement.our_calendar:
        return calendar_from(agreement.our_calendar)
    house = (book or TermBook(())).house
    return calendar_from(house.settings.get("calendar") if house else None)


def today(agreement: Agreement | None, at: dt.datetime) -> dt.date:
    """The local date of an instant at the site."""
    return at.astimezone(ZoneInfo(calendar_of(agreement).tz)).date()


def slot_fits(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A slot lies ahead and inside business hours, unless the contract allows any time."""
    book = TermBook([matter.agreement for matter, _facts in pairs if matter.agreement], [HOURS])
    return [_ahead(facts, now) or _inside(matter, facts, book, now) for matter, facts in pairs]


def _ahead(facts: Facts, now: dt.datetime) -> str:
    if facts["ends_at"] <= facts["starts_at"]:
        return _("The slot ends before it starts. Give a later end.")
    if facts["starts_at"] <= now:
        return _("The slot does not lie ahead. Give a later one.")
    return ""


def _inside(matter: Matter, facts: Facts, book: TermBook, now: dt.datetime) -> str:
    calendar = calendar_of(matter.agreement, book)
    zone = ZoneInfo(calendar.tz)
    if book.read(matter.agreement, HOURS, when=now.astimezone(zone).date()).value == "any_time":
        return ""
    hours = working_hours(book)
    ends = [facts[name].astimezone(zone) for name in ("starts_at", "ends_at")]
    return next((words for at in ends if (words := _out_of_hours(at, calendar, hours))), "")


def working_hours(book: TermBook) -> tuple[dt.time, dt.time]:
    """When the house works, as its profile says."""
    known: Mapping[str, Any] = book.house.settings.get("working_hours", {}) if book.house else {}
    return dt.time.fromisoformat(known.get("starts", "09:00")), dt.time.fromisoformat(
        known.get("ends", "17:00")
    )


def _out_of_hours(at: dt.datetime, calendar: Calendar, hours: tuple[dt.time, dt.time]) -> str:
    known = {"day": f"{at:{DAY}}", "time": f"{at:%H:%M}", "zone": calendar.tz}
    if not is_business_day(calendar, at.date()):
        why = ", ".join(skip.reason for skip in skips(calendar, at.date(), at.date()))
        words = _("%(day)s is no business day at the site in %(zone)s: %(why)s. Choose another day (10.2).")
        return words % {**known, "why": why}
    if not hours[0] <= at.time() <= hours[1]:
        words = _(
            "%(time)s on %(day)s is outside business hours, %(starts)s to %(ends)s at the site in %(zone)s (10.2)."
        )
        return words % {**known, "starts": f"{hours[0]:%H:%M}", "ends": f"{hours[1]:%H:%M}"}
    return ""
