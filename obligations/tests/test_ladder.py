"""When an obligation rings and for whom: pure arithmetic, no database."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from conftest import utc
from obligations.clauses import LINE_OF_ALERTS, Rung
from obligations.clock import Calendar
from obligations.ladder import Clock, Desk, Ring, first, moments, ring

HOUR = dt.timedelta(hours=1)
BERLIN = Calendar("DE", "BE", tz="Europe/Berlin")  # 3 April 2026 is Good Friday, 6 April Easter Monday
DESK = Desk(BERLIN, ZoneInfo("Europe/Berlin"))
NOTIFY = (
    Rung("after start", 0),
    Rung("after start", 1, "hours", to="deputy"),
    Rung("before target", 30, "minutes"),
    Rung("at target", to="approvers"),
    Rung("before due", 4, "hours"),
    Rung("after due every", 1, "hours", to="admins"),
)
BREACH = Clock(utc("27 Mar 16:40"), utc("27 Mar 20:40"), utc("28 Mar 16:40"), None)


def days(due: str | None, target: str | None = None, desk: Desk = DESK) -> Clock:
    """A day clock at a desk in Berlin, 9 to 17 (7 to 15 UTC in summer)."""
    return Clock(utc("1 Apr 08:00"), target and utc(target), due and utc(due), desk)


def times(ladder: tuple[Rung, ...], clock: Clock) -> list[dt.datetime]:
    return [moment.at for moment in moments(ladder, clock)]


def rang(
    now: dt.datetime,
    ladder: tuple[Rung, ...] = NOTIFY,
    clock: Clock = BREACH,
    rung: int = 0,
    repeat: int = 0,
    rang_at: dt.datetime | None = None,
    acknowledged: bool = False,
    escalates: bool = True,
) -> Ring:
    return ring(
        ladder,
        clock,
        now=now,
        rung=rung,
        repeat=repeat,
        rang_at=rang_at,
        acknowledged=acknowledged,
        escalates=escalates,
    )


def played(
    ladder: tuple[Rung, ...], clock: Clock, until: dt.datetime, escalates: bool = True
) -> list[tuple[dt.datetime, Ring]]:
    """Every ring until `until` and when it was raised: swept at the very moments, never acknowledged."""
    found, now = [], first(ladder, clock, clock.started_at)
    rung, repeat, rang_at = 0, 0, None
    while now is not None and now <= until:
        said = rang(now, ladder, clock, rung, repeat, rang_at, escalates=escalates)
        rung, repeat = said.next_rung, said.repeat
        if said.at is not None:
            rang_at = now
            found.append((now, said))
        now = said.next_at
    return found


def test_moments_are_the_one_off_rungs_in_order_of_time():
    assert times(NOTIFY, BREACH) == [
        utc("27 Mar 16:40"),
        utc("27 Mar 17:40"),
        utc("27 Mar 20:10"),
        utc("27 Mar 20:40"),
        utc("28 Mar 12:40"),
    ]


def test_rungs_without_an_anchor_have_no_moment():
    vague = Clock(BREACH.started_at, BREACH.target_at, None, None)
    assert times(NOTIFY, vague)[-1] == utc("27 Mar 20:40")
    assert len(times(NOTIFY, vague)) == 4
    assert times(NOTIFY, Clock(BREACH.started_at, None, None, None)) == [
        utc("27 Mar 16:40"),
        utc("27 Mar 17:40"),
    ]


def test_hour_clocks_ring_at_night_on_a_sunday():
    clock = Clock(utc("26 Mar 06:00"), None, utc("29 Mar 06:00"), None)
    assert times((Rung("before due", 4, "hours"), Rung("at due")), clock) == [
        utc("29 Mar 02:00"),
        utc("29 Mar 06:00"),
    ]


@pytest.mark.parametrize(
    ("rung", "due", "expected"),
    [
        # due is the end of the day before, in Berlin: 22:00 UTC
        (Rung("before due", 2, "business days"), "10 Apr 22:00", ["8 Apr 07:00"]),
        (Rung("before due", 2, "business days"), "8 Apr 22:00", ["2 Apr 07:00"]),  # Easter lies between
        (Rung("before due", 3, "days"), "10 Apr 22:00", ["7 Apr 07:00"]),  # whole days: that morning
        (Rung("before due", 4, "hours"), "8 Apr 22:00", ["8 Apr 15:00"]),  # 20:00 is too late: end of work
        (Rung("before due", 10, "hours"), "8 Apr 22:00", ["8 Apr 12:00"]),  # 14:00 is in working hours
        (Rung("before due", 20, "hours"), "8 Apr 22:00", ["8 Apr 07:00"]),  # 04:00 waits for 09:00
        (Rung("at due"), "7 Apr 22:00", ["8 Apr 07:00"]),  # midnight waits for the morning
    ],
)
def test_day_clocks_keep_to_working_hours(rung, due, expected):
    assert times((rung,), days(due)) == [utc(text) for text in expected]


@pytest.mark.parametrize(
    ("rung", "due", "expected"),
    [
        # Saturday 4 April, 09:00: Thursday's end of work and Tuesday's beginning
        (Rung("before due", 3, "days"), "7 Apr 22:00", ["2 Apr 15:00", "7 Apr 07:00"]),
        # the same, but Tuesday would be after the due time: only before it
        (Rung("before due", 1, "days"), "5 Apr 22:00", ["2 Apr 15:00"]),
        # due at midnight before Easter Monday
        (Rung("at due"), "5 Apr 22:00", ["2 Apr 15:00", "7 Apr 07:00"]),
        (Rung("at due"), "3 Apr 12:00", ["2 Apr 15:00", "7 Apr 07:00"]),
    ],
)
def test_what_falls_on_a_free_day_also_rings_on_the_last_working_moment_before(rung, due, expected):
    assert times((rung,), days(due)) == [utc(text) for text in expected]


def test_the_desk_is_the_owners_own_zone_and_hours():
    desk = Desk(BERLIN, ZoneInfo("America/New_York"), dt.time(8), dt.time(12))
    clock = days("10 Apr 22:00", desk=desk)
    assert times((Rung("before due", 2, "business days"),), clock) == [utc("8 Apr 12:00")]  # 08:00 EDT


def test_business_days_of_an_hour_clock_are_monday_to_friday():
    clock = Clock(utc("1 Apr 08:00"), None, utc("7 Apr 12:00"), None)
    (at,) = times((Rung("before due", 2, "business days"),), clock)
    assert at.date() == dt.date(2026, 4, 3)


def test_first_alert_is_the_first_moment_but_never_before_now():
    assert first(NOTIFY, BREACH, utc("27 Mar 16:00")) == utc("27 Mar 16:40")
    assert first(NOTIFY, BREACH, utc("27 Mar 17:00")) == utc("27 Mar 17:00")


def test_an_obligation_without_moments_has_no_first_alert():
    assert first((Rung("at due"),), Clock(utc("1 Apr 08:00"), None, None, None), utc("1 Apr 08:00")) is None


def test_a_day_clock_that_only_rings_after_due_begins_in_working_hours():
    ladder = (Rung("after due every", 1, "days"),)
    assert first(ladder, days("8 Apr 22:00"), utc("1 Apr 08:00")) == utc("9 Apr 07:00")


def test_nothing_rings_before_its_moment():
    said = rang(utc("27 Mar 17:10"), rung=1, rang_at=utc("27 Mar 16:40"))
    assert (said.at, said.to, said.next_rung) == (None, (), 1)
    assert said.next_at == utc("27 Mar 17:40")


def test_the_first_rung_rings_for_the_owner_and_names_the_next_moment():
    said = rang(utc("27 Mar 17:00:15"))
    assert (said.words, said.to, said.skipped) == ("start", ("owner",), ())
    assert (said.rung, said.repeat, said.next_rung) == (0, 0, 1)
    assert said.next_at == utc("27 Mar 17:40")


def test_after_downtime_only_the_latest_crossed_rung_rings_and_names_the_skipped():
    said = rang(utc("27 Mar 21:00"))
    assert (said.at, said.words, said.to) == (utc("27 Mar 20:40"), "at target", ("approvers",))
    assert said.skipped == ("start", "1 hour after start", "30 minutes before target")
    assert said.next_rung == 4


def test_rungs_of_one_moment_ring_together():
    ladder = (Rung("at target", to=("owner", "approvers")), Rung("after start", 4, "hours", to="deputy"))
    said = rang(utc("27 Mar 20:40"), ladder)
    assert set(said.to) == {"owner", "approvers", "deputy"}
    assert said.next_rung == 2


def test_after_due_it_rings_every_hour_and_after_downtime_only_the_latest_turn():
    said = rang(utc("28 Mar 19:00"))
    assert (said.at, said.words, said.to) == (utc("28 Mar 18:40"), "every 1 hour after due", ("admins",))
    assert said.skipped[-2:] == ("at target", "4 hours before due")
    again = rang(utc("28 Mar 19:40"), rung=said.next_rung, repeat=said.repeat, rang_at=utc("28 Mar 19:00"))
    assert (said.next_at, again.at) == (utc("28 Mar 19:40"), utc("28 Mar 19:40"))
    assert again.repeat == said.repeat + 1


def test_after_due_a_day_clock_rings_once_each_working_day():
    ladder = (Rung("at due"), Rung("after due every", 1, "days", to="owner"))
    found = played(ladder, days("1 Apr 22:00"), utc("9 Apr 08:00"), escalates=False)
    mornings = ["2 Apr 07:00", "7 Apr 07:00", "8 Apr 07:00", "9 Apr 07:00"]
    assert [now for now, _ in found] == [utc(text) for text in mornings]


def test_without_acknowledgment_it_climbs_the_line_and_stays_at_the_top():
    clock = Clock(utc("27 Mar 10:00"), None, utc("27 Mar 20:00"), None)
    found = played((Rung("before due", 8, "hours"),), clock, utc("27 Mar 17:00"))
    assert [said.to for _, said in found] == [
        *((name,) for name in LINE_OF_ALERTS),
        ("admins",),
        ("admins",),
    ]
    assert {said.words for _, said in found[1:]} == {"nobody has acknowledged"}


def test_a_day_clock_repeats_on_the_next_working_morning():
    said = rang(utc("2 Apr 07:00"), (Rung("before due", 2, "business days"),), days("8 Apr 22:00"))
    assert said.next_at == utc("7 Apr 07:00")


def test_a_duty_that_does_not_escalate_never_repeats():
    said = rang(utc("27 Mar 12:00"), (Rung("after start", 0),), BREACH, escalates=False)
    later = rang(
        utc("29 Mar 12:00"), (Rung("after start", 0),), BREACH, 1, 0, utc("27 Mar 16:40"), escalates=False
    )
    assert (said.next_at, later.at, later.next_at) == (utc("27 Mar 16:40"), None, None)


def test_acknowledgment_silences_the_rungs_after_start():
    said = rang(utc("27 Mar 17:40"), rung=1, rang_at=utc("27 Mar 17:00"), acknowledged=True)
    assert (said.at, said.next_at) == (None, utc("27 Mar 20:10"))


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("27 Mar 20:10", "30 minutes before target"),
        ("27 Mar 20:40", "at target"),
        ("28 Mar 12:40", "4 hours before due"),
        ("28 Mar 16:40", "every 1 hour after due"),
    ],
)
def test_acknowledgment_silences_nothing_that_comes_nearer_to_target_or_due(at, words):
    said = rang(utc(at), rung=2, rang_at=utc("27 Mar 17:40"), acknowledged=True)
    assert said.words == words


def test_what_rings_anew_after_an_acknowledgment_climbs_the_line_again():
    said = rang(utc("27 Mar 20:10"), rung=2, rang_at=utc("27 Mar 17:40"), acknowledged=True)
    unheard = rang(utc("27 Mar 21:10"), rung=said.next_rung, repeat=said.repeat, rang_at=utc("27 Mar 20:10"))
    assert said.next_at == utc("27 Mar 20:40")
    assert (unheard.words, unheard.to) == ("at target", ("approvers",))


def test_an_acknowledged_obligation_without_a_due_time_falls_silent_after_its_target():
    vague = Clock(BREACH.started_at, BREACH.target_at, None, None)
    said = rang(utc("27 Mar 22:00"), NOTIFY, vague, 4, 0, utc("27 Mar 20:40"), acknowledged=True)
    assert (said.at, said.next_at) == (None, None)


def test_no_two_rings_share_their_rung_and_repeat():
    found = played(NOTIFY, BREACH, utc("30 Mar 12:00"))
    keys = [(said.rung, said.repeat) for _, said in found]
    assert len(keys) > 40
    assert len(set(keys)) == len(keys)


def test_next_alert_always_lies_ahead():
    for hours in range(0, 60):
        now = utc("27 Mar 16:40") + hours * HOUR
        said = rang(now, rang_at=None if hours < 1 else now - HOUR)
        assert said.next_at is not None and said.next_at > now


@pytest.mark.parametrize(
    ("rung", "words"),
    [
        (Rung("after start", 0), "start"),
        (Rung("after start", 1, "hours"), "1 hour after start"),
        (Rung("before due", 2, "business days"), "2 business days before due"),
        (Rung("at target"), "at target"),
        (Rung("after due every", 1, "hours"), "every 1 hour after due"),
    ],
)
def test_a_rung_says_itself_in_words(rung, words):
    assert rung.words == words
