"""One matter of each kind of this room, for the battery, and its duties' frozen due times."""

import datetime as dt
from types import SimpleNamespace

from breaches.models import Breach
from conftest import report_breach
from obligations.actions import open_matter
from obligations.models import Matter, Obligation


def _breach(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    """Of Customer Content and of our own data: every clock of a breach runs."""
    facts = {
        "suspected_at": at,
        "where": "processor",
        "categories": "both",
        "description": "Found in a log.",
        "agreements": [cast.a.pk],
    }
    return open_matter("breach", actor=cast.olga, at=at, facts=facts, title="Breach")


def _breach_notice(cast: SimpleNamespace, at: dt.datetime) -> Matter:
    return Matter.objects.get(parent=report_breach(cast, [cast.a], at))


def _recorded(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> None:
    """Nothing of our own runs any more, and the record of Art. 33(5) is whole."""
    rows = Obligation.objects.filter(matter=matter, state="open")
    rows.update(state="lapsed", ended_at=at, next_alert_at=None)
    record = {"nature": "Access.", "consequences": "None seen.", "measures": "Keys changed."}
    Breach.objects.filter(matter=matter).update(**record)


def _more_follows(cast: SimpleNamespace, matter: Matter, at: dt.datetime) -> dict[str, object]:
    return {"text": "More words.", "last": False}


BUILDERS = {"breach": _breach, "breach_notice": _breach_notice}
FACTS = {("breach_notice", "supplement"): _more_follows}
READY = {("breach", "close"): _recorded}

IMMEDIATELY = {"word": "immediately", "target": {"hours": 4}}
REASONABLE = {"word": "reasonable", "target": {"hours": 24}}
NOTIFY, REPORT, INFORM, TELEPHONE, SUPPLEMENT, GUIDE, BY_LAW = (
    ("breach_notice", "notify_customer"),
    ("breach_notice", "first_report"),
    ("breach_notice", "inform_authority"),
    ("breach_notice", "telephone"),
    ("breach_notice", "next_supplement"),
    ("breach_notice", "guide_customer"),
    ("breach_notice", "inform_authority_by_law"),
)
OURS, ASSESS, SUBJECTS, DESCRIBE = (
    ("breach", "own_authority"),
    ("breach", "assess_risk"),
    ("breach", "inform_subjects"),
    ("breach", "describe"),
)
WITHOUT_DELAY = {"word": "without undue delay", "target": {"hours": 72}}

# Hours are elapsed hours: the same instant in every place, whatever the clocks and holidays do.
EVERYWHERE = [
    (NOTIFY, IMMEDIATELY, "2026-03-27 16:40", "2026-03-27 20:40", None),
    (NOTIFY, {"hours": 24, "target": {"hours": 4}}, "2026-03-27 16:40", "2026-03-27 20:40", "2026-03-28 16:40"),
    (NOTIFY, {"hours": 24}, "2026-10-24 22:00", "2026-10-25 02:00", "2026-10-25 22:00"),  # 25 h on the wall
    (REPORT, REASONABLE, "2026-03-28 20:00", "2026-03-29 20:00", None),  # 25 h on the wall in Europe
    (INFORM, {"hours": 72}, "2026-03-27 17:30", None, "2026-03-30 17:30"),
    (INFORM, {"hours": 72}, "2026-10-23 22:15", None, "2026-10-26 22:15"),
    (INFORM, {"hours": 72}, "2026-12-24 23:59", None, "2026-12-27 23:59"),
    (BY_LAW, {"hours": 72}, "2026-03-27 09:10", None, "2026-03-30 09:10"),
    (OURS, {"hours": 72}, "2026-03-27 16:40", None, "2026-03-30 16:40"),  # 73 h on the wall in Europe
    (OURS, {"hours": 72}, "2026-10-24 12:17", None, "2026-10-27 12:17"),  # 71 h on the wall in Europe
    (OURS, {"hours": 96}, "2026-03-07 12:00", None, "2026-03-11 12:00"),  # over the change in New York
    (ASSESS, {"word": "without undue delay", "target": {"hours": 24}}, "2026-03-28 20:00", "2026-03-29 20:00", None),
    (SUBJECTS, WITHOUT_DELAY, "2026-10-24 12:00", "2026-10-27 12:00", None),
    (DESCRIBE, REASONABLE, "2026-12-31 23:30", "2027-01-01 23:30", None),
    (TELEPHONE, {"word": "immediately", "target": {"hours": 1}}, "2026-03-29 00:30", "2026-03-29 01:30", None),
    (SUPPLEMENT, REASONABLE, "2026-10-24 22:00", "2026-10-25 22:00", None),  # 25 h on the wall
    (GUIDE, REASONABLE, "2026-02-28 12:00", "2026-03-01 12:00", None),
]  # fmt: skip

# Days end at the local midnight; business days leave out the free days of the place.
BY_PLACE = [
    # Thursday 2 April, noon: two business days
    (NOTIFY, {"business_days": 2}, "Berlin", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-08 22:00"),
    (NOTIFY, {"business_days": 2}, "Madrid", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 22:00"),
    (NOTIFY, {"business_days": 2}, "Dublin", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 23:00"),
    (NOTIFY, {"business_days": 2}, "New York", "2026-04-02 10:00", "2026-04-02 14:00", "2026-04-07 04:00"),
    # Wednesday 25 November, the eve of Thanksgiving: one business day
    (NOTIFY, {"business_days": 1}, "Berlin", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-26 23:00"),
    (NOTIFY, {"business_days": 1}, "Madrid", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-26 23:00"),
    (NOTIFY, {"business_days": 1}, "Dublin", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-27 00:00"),
    (NOTIFY, {"business_days": 1}, "New York", "2026-11-25 15:00", "2026-11-25 19:00", "2026-11-28 05:00"),
    # Friday 27 March: two days, over the change of clocks in Europe
    (REPORT, {"days": 2}, "Berlin", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 22:00"),
    (REPORT, {"days": 2}, "Madrid", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 22:00"),
    (REPORT, {"days": 2}, "Dublin", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-29 23:00"),
    (REPORT, {"days": 2}, "New York", "2026-03-27 16:40", "2026-03-28 16:40", "2026-03-30 04:00"),
    # Thursday 30 April: one week, no roll, a target that cannot lie behind the due time
    (REPORT, {"weeks": 1}, "Berlin", "2026-04-30 21:30", "2026-05-01 21:30", "2026-05-07 22:00"),
    (REPORT, {"weeks": 1}, "Madrid", "2026-04-30 22:30", "2026-05-01 22:30", "2026-05-08 22:00"),  # 1 May
    (REPORT, {"weeks": 1}, "Dublin", "2026-04-30 22:30", "2026-05-01 22:30", "2026-05-07 23:00"),
    (REPORT, {"weeks": 1}, "New York", "2026-05-01 03:30", "2026-05-02 03:30", "2026-05-08 04:00"),
    # 31 January, 23:30 UTC: already February in Berlin and Madrid; one month
    (INFORM, {"months": 1}, "Berlin", "2026-01-31 23:30", None, "2026-03-01 23:00"),
    (INFORM, {"months": 1}, "Madrid", "2026-01-31 23:30", None, "2026-03-01 23:00"),
    (INFORM, {"months": 1}, "Dublin", "2026-01-31 23:30", None, "2026-03-01 00:00"),
    (INFORM, {"months": 1}, "New York", "2026-01-31 23:30", None, "2026-03-01 05:00"),
    # Sunday 3 May to Saturday 9 May; rolled to the next business day: Monday
    (INFORM, {"days": 6, "roll": True}, "Berlin", "2026-05-03 12:00", None, "2026-05-11 22:00"),
    (INFORM, {"days": 6, "roll": True}, "Madrid", "2026-05-03 12:00", None, "2026-05-11 22:00"),
    (INFORM, {"days": 6, "roll": True}, "Dublin", "2026-05-03 12:00", None, "2026-05-11 23:00"),
    (INFORM, {"days": 6, "roll": True}, "New York", "2026-05-03 12:00", None, "2026-05-12 04:00"),
]  # fmt: skip

PLACES = ("Berlin", "Madrid", "Dublin", "New York")
DUE_TIMES = [
    *((*line[:2], place, *line[2:]) for line in EVERYWHERE for place in PLACES),
    *BY_PLACE,
]
