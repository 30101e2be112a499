"""Deadlines in people's own calendars: an update moves an event, a lapse cancels it, and the address is a secret."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from icalendar import Calendar

from accounts.models import Customer, Membership, User
from accounts.tests.people import sign_in
from conftest import add_many, report_breach, utc
from feeds import addresses, calendars
from feeds.models import Feed
from obligations.actions import advance
from obligations.corrections import correct
from obligations.models import Matter, Obligation, RestrictedTo
from obligations.tests.engine import REPORTED, fresh, later, reported

NOW = later(REPORTED, 1)


def read(who, customer=None, now=NOW) -> dict[str, object]:
    """The events of a new feed by UID."""
    feed, _secret = addresses.make("phone", customer=customer, actor=who, now=NOW)
    events = Calendar.from_ical(calendars.written(feed, who, now)).walk("VEVENT")
    found = {str(event["uid"]): event for event in events}
    assert len(found) == len(events)
    return found


def of(case, events, duty="notify_customer", matter="a"):
    reference = getattr(case, matter).public_reference
    return next(event for uid, event in events.items() if uid.startswith(f"{reference}-{duty}-"))


def test_everybody_finds_the_clocks_that_they_owe(cast):
    reported(cast)
    owned = Obligation.objects.filter(owner=cast.olga.user_id, state="open").exclude(
        due_at=None, target_at=None
    )
    assert len(read(cast.olga)) == owned.count() > 0 == len(read(cast.anna))


def test_a_customers_calendar_has_its_clocks_and_nobody_elses(cast):
    case = reported(cast)
    events = read(cast.carl, cast.a.customer)
    assert events and all(case.b.public_reference not in uid for uid in events)
    with pytest.raises(ValidationError):
        addresses.make("phone", customer=cast.b.customer, actor=cast.carl, now=NOW)


def test_an_hour_clock_ends_at_its_due_time_and_rings_before(cast):
    event = of(reported(cast), read(cast.olga))
    assert event["dtend"].dt == utc("28 Mar 17:00") and event["status"] == "CONFIRMED"
    assert [alarm["trigger"].dt for alarm in event.walk("VALARM")] == list(calendars.BEFORE)


def test_a_day_clock_fills_its_last_day(cast):
    case = reported(cast)
    midnight = dt.datetime(2026, 4, 9, 22, tzinfo=dt.UTC)  # the end of 9 April in Berlin
    Obligation.objects.filter(matter=case.a, duty="notify_customer").update(due_at=midnight)
    event = of(case, read(cast.olga))
    assert (event["dtstart"].dt, event["dtend"].dt) == (dt.date(2026, 4, 9), dt.date(2026, 4, 10))


def test_a_correction_moves_the_event_and_raises_its_sequence(cast):
    case = reported(cast)
    before = of(case, read(cast.olga))
    moved = utc("27 Mar 15:00")
    correct(fresh(case.breach), "suspected_at", moved, reason="The log.", actor=cast.olga, at=NOW)
    after = of(case, read(cast.olga))
    assert after["uid"] == before["uid"] and after["sequence"] > before["sequence"]
    assert after["dtend"].dt == later(moved, 24)


def test_what_is_met_is_done_and_what_lapsed_is_cancelled(cast):
    case = reported(cast)
    clocks = Obligation.objects.filter(matter=case.a, duty="notify_customer")
    for state, words in (("met", ("CONFIRMED", True)), ("lapsed", ("CANCELLED", False))):
        clocks.update(state=state, ended_at=NOW, met_at=NOW if state == "met" else None)
        event = of(case, read(cast.olga))
        assert (event["status"], event["summary"].startswith("Done: ")) == words
        assert not event.walk("VALARM") and event["sequence"] == fresh(case.a).version + 3
    assert len(read(cast.olga, now=NOW + calendars.KEPT)) == len(read(cast.olga)) - 1


def test_no_calendar_shows_a_restricted_matter_or_what_somebody_typed(cast):
    case = reported(cast)
    Matter.objects.filter(pk=case.a.pk).update(restricted=True)
    RestrictedTo.objects.create(matter=case.a, user_id=cast.olga.user_id)
    Matter.objects.filter(pk=case.b.pk).update(title="Zoe Zimmer")
    text = str(read(cast.olga)) + str(read(cast.olga, cast.a.customer))
    assert case.a.public_reference not in text and "Zimmer" not in text and case.b.public_reference in text


@pytest.mark.parametrize("number", [1, 100])
def test_a_calendar_costs_the_same_for_one_and_for_a_hundred(cast, number):
    report_breach(cast, add_many(cast, number), REPORTED)
    feed, _secret = addresses.make("phone", customer=None, actor=cast.olga, now=NOW)
    with CaptureQueriesContext(connection) as captured:
        calendars.written(feed, cast.olga, NOW)
    assert len([query for query in captured.captured_queries if query["sql"].startswith('SELECT "')]) == 3


# --- the address -----------------------------------------------------------------------------------------


@pytest.fixture
def secret(cast):
    reported(cast)
    return addresses.make("phone", customer=cast.a.customer, actor=cast.carl, now=NOW)[1]


def test_the_address_needs_no_sign_in_and_is_nowhere_in_the_database(cast, secret, client):
    answer = client.get(f"/calendars/{secret}.ics")
    assert answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/calendar")
    assert secret not in str(list(Feed.objects.values_list()))
    again = client.get(f"/calendars/{secret}.ics", HTTP_IF_NONE_MATCH=answer.headers["ETag"])
    assert (again.status_code, again.content) == (304, b"")


def test_an_address_ends_with_its_revocation_its_owner_and_its_owners_role(cast, secret, client):
    where = f"/calendars/{secret}.ics"
    held = Membership.objects.get(user=cast.carl.user_id)
    held.delete()
    assert client.get(where).status_code == 404
    Membership.objects.create(user_id=cast.carl.user_id, role="contact", customer=cast.a.customer)
    User.objects.filter(pk=cast.carl.user_id).update(is_active=False)
    assert client.get(where).status_code == 404
    User.objects.filter(pk=cast.carl.user_id).update(is_active=True)
    assert client.get(where).status_code == 200
    assert not addresses.revoke(Feed.objects.get().digest, actor=cast.sven, now=NOW)
    assert addresses.revoke(Feed.objects.get().digest, actor=cast.carl, now=NOW)
    assert client.get(where).status_code == 404


def test_who_guesses_is_slowed_down(client, db):
    answers = [client.get(f"/calendars/guess-{number}.ics").status_code for number in range(61)]
    assert (answers[0], answers[-1]) == (404, 429)


def test_a_person_makes_and_ends_an_address_on_the_page(cast):
    client = sign_in("carl")
    page = client.post("/calendars/", {"name": "phone", "customer": cast.a.customer.name}).content.decode()
    row = Feed.objects.get()
    assert row.customer == Customer.objects.get(pk=cast.a.customer_id) and "/calendars/" in page
    assert sign_in("sven").post(f"/calendars/{row.digest}/end/").status_code == 404
    assert client.post(f"/calendars/{row.digest}/end/").status_code == 302
    assert Feed.objects.get().revoked_at is not None


def test_a_customers_person_keeps_a_calendar_of_what_they_owe(cast):
    client = sign_in("carl")
    assert client.post("/calendars/", {"name": "tablet", "customer": ""}).status_code in (200, 422)
    row = Feed.objects.get(customer=None)
    assert "tablet" in client.get("/calendars/").content.decode()
    assert "tablet" not in sign_in("sven").get("/calendars/").content.decode()
    assert client.post(f"/calendars/{row.digest}/end/").status_code == 302
    assert Feed.objects.get().revoked_at is not None


# --- a real client ---------------------------------------------------------------------------------------


class Khal:
    """khal, a calendar program of Debian and PyPI, with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.config = folder, folder / "config"
        (folder / "events").mkdir()
        self.config.write_text(
            f"[calendars]\n[[ours]]\npath = {folder}/events\n[sqlite]\npath = {folder}/khal.db\n"
            "[locale]\nlocal_timezone = UTC\ndefault_timezone = UTC\ntimeformat = %H:%M\n"
            "dateformat = %Y-%m-%d\nlongdateformat = %Y-%m-%d\ndatetimeformat = %Y-%m-%d %H:%M\n"
            "longdatetimeformat = %Y-%m-%d %H:%M\n[default]\ndefault_calendar = ours\n"
        )

    def run(self, *words: str) -> str:
        program = str(Path(sys.executable).with_name("khal"))
        done = subprocess.run(
            [program, "-c", str(self.config), *words], capture_output=True, text=True, timeout=120,
            env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def take(self, content: bytes) -> None:
        (self.folder / "feed.ics").write_bytes(content)
        self.run("import", "--batch", str(self.folder / "feed.ics"))

    def shown(self, reference: str) -> list[str]:
        form = "{end-date} {end-time} {status} {title}"
        lines = self.run(
            "list", "--format", form, "--day-format", "", "2026-03-01", "2027-12-31"
        ).splitlines()
        return [line for line in dict.fromkeys(lines) if reference in line]


def test_khal_takes_the_feed_and_an_update_moves_the_event_and_a_lapse_cancels_it(cast, tmp_path):
    case, khal = reported(cast), Khal(tmp_path)
    feed, _secret = addresses.make("khal", customer=cast.a.customer, actor=cast.carl, now=NOW)
    title = "Acme: " + str(case.a.clause.duty("notify_customer").title)

    def taken() -> list[str]:
        khal.take(calendars.written(feed, cast.carl, NOW))
        return [line for line in khal.shown(case.a.public_reference) if title in line or "Done" in line]

    assert [line[:16] for line in taken()] == ["2026-03-28 17:00"]
    correct(fresh(case.breach), "suspected_at", utc("27 Mar 15:00"), reason="Log.", actor=cast.olga, at=NOW)
    assert [line[:16] for line in taken()] == ["2026-03-28 15:00"]
    Obligation.objects.filter(matter=case.a, duty="notify_customer", state="open").update(
        state="lapsed", ended_at=NOW
    )
    assert ["CANCELLED" in line for line in taken()] == [True]


def test_a_notice_that_is_received_is_done_in_the_calendar(cast):
    case = reported(cast)
    advance([fresh(case.a)], "send", actor=cast.olga, at=NOW, facts={"text": "We suspect."})
    advance([fresh(case.a)], "received", actor=cast.carl, at=NOW)
    assert of(case, read(cast.olga))["summary"].startswith("Done: ")
