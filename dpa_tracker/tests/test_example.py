"""docs' example, line by line, with real mail servers: one that is the addressee's own, one relay, one that bounces."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.db import transaction

from dpa_tracker.demo.story import ANSWERS, LINES, SECONDS, Story, Wall, utc
from obligations import delivery, reading
from obligations.facts import InvalidFacts
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.mailservers import MailServer
from obligations.turn import Refused


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest.fixture
def servers(settings, wall) -> Iterator[tuple[MailServer, MailServer]]:
    """(the relay that Acme and staff sit behind, the other customers' own server)."""

    def heard(name: str) -> None:
        wall.answered(SECONDS.get(name, 0))

    with MailServer(ANSWERS, heard) as relay, MailServer(ANSWERS, heard) as own:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, _, port = relay.address.rpartition(":")
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = int(port), False
        settings.MAIL_CONNECTIONS = 1  # the servers move the clock on the wall: one after the other
        domains = ("bodega.example", "celtic.example", "second.example")
        settings.MAIL_DIRECT = dict.fromkeys(domains, own.address)
        yield relay, own


@pytest.fixture
def story(cast, servers, wall) -> Story:
    return Story(cast, carrier(wall))


def carrier(wall: Wall):
    """`deliver`, with the clock on the wall."""

    def deliver(now: dt.datetime) -> int:
        wall.begin(now)
        return delivery.deliver(now, clock=lambda: wall.now)

    return deliver


def obligations(story: Story, letter: str, duty: str) -> list[Obligation]:
    return list(Obligation.objects.filter(matter=story.notice(letter), duty=duty).order_by("round"))


def verdict(row: Obligation, now: dt.datetime) -> str:
    return reading.clock(row, now).verdict


def test_report_opens_one_notice_for_each_agreement_with_its_own_clock(story):
    story.report()
    assert story.breach.state == "suspected"
    assert Matter.objects.filter(kind="breach_notice", state="owed", parent=story.breach).count() == 3
    for letter, due in (("a", utc("28 Mar 16:40")), ("b", None), ("c", None)):
        (row,) = obligations(story, letter, "notify_customer")
        assert (row.started_at, row.target_at, row.due_at) == (utc("27 Mar 16:40"), utc("27 Mar 20:40"), due)
        assert (row.owner_id, row.round, row.rung) == (story.cast.olga.user_id, 1, 0)
        assert row.next_alert_at == utc("27 Mar 17:00")
    entries = Entry.objects.filter(step="open", matter__kind__startswith="breach")
    assert {(e.at, e.recorded_at) for e in entries} == {(utc("27 Mar 16:40"), utc("27 Mar 17:00"))}
    assert entries.count() == 4


def test_first_sweep_tells_olga_once_for_each_notice(story):
    play(story, until=1)
    alerts = Message.objects.filter(entry=None)
    assert {(m.recipient, m.round, m.rung, m.channel) for m in alerts} == {
        ("olga@people.example", 1, 0, "email")
    }
    assert alerts.count() == 3
    (row,) = obligations(story, "a", "notify_customer")
    assert row.next_alert_at == utc("27 Mar 17:40")


def test_send_queues_a_notice_to_each_first_contact_and_proves_nothing(story):
    play(story, until=3)
    notices = Message.objects.filter(entry__step="send")
    assert {m.recipient for m in notices} == {
        "carl@acme.example",
        "berta@bodega.example",
        "cora@celtic.example",
    }
    assert {(m.step_on_receipt, m.step_on_failure, m.sent_at) for m in notices} == {
        ("received", "bounced", None)
    }
    assert {story.notice(letter).state for letter in "abc"} == {"sent"}
    assert {story.notice(letter).version for letter in "abc"} == {2}
    assert Entry.objects.filter(step="send", facts__text__startswith="We suspect").count() == 3


def test_acceptance_by_the_addressees_own_server_is_receipt_and_starts_their_72_hours(story):
    play(story, until=4)
    (met,) = obligations(story, "b", "notify_customer")
    assert (met.state, met.met_at) == ("met", utc("27 Mar 17:30:10"))
    assert verdict(met, utc("27 Mar 18:00")) == "met, under target"
    (theirs,) = obligations(story, "b", "inform_authority")
    assert (theirs.due_at, theirs.owed_by, theirs.provisional) == (
        utc("30 Mar 17:30:10"),
        "controller",
        False,
    )
    notice = Message.objects.get(recipient="berta@bodega.example", entry__step="send")
    assert notice.sent_at == notice.received_at == utc("27 Mar 17:30:10")
    received = Entry.objects.get(matter=story.notice("b"), step="received")
    assert (received.actor_name, received.at) == ("system", utc("27 Mar 17:30:10"))


def test_acceptance_by_a_relay_proves_nothing_and_starts_a_provisional_clock(story):
    play(story, until=4)
    assert story.notice("a").state == "sent"
    (ours,) = obligations(story, "a", "notify_customer")
    (theirs,) = obligations(story, "a", "inform_authority")
    assert (ours.state, theirs.provisional, theirs.due_at) == ("open", True, utc("30 Mar 17:30:11"))
    notice = Message.objects.get(recipient="carl@acme.example", entry__step="send")
    assert (notice.sent_at, notice.received_at) == (utc("27 Mar 17:30:11"), None)
    assert Entry.objects.get(matter=story.notice("a"), step="relayed").actor_name == "system"


def test_a_bounce_opens_the_second_round_tries_the_next_contact_and_tells_the_owner(story, servers):
    play(story, until=5)
    assert story.notice("c").state == "bounced"
    first, second = obligations(story, "c", "notify_customer")
    assert (first.state, second.round, second.started_at) == ("lapsed", 2, first.started_at)
    assert (second.target_at, second.due_at) == (first.target_at, None)
    failed = Message.objects.get(recipient="cora@celtic.example", entry__step="send")
    assert failed.state == "failed" and "no such mailbox" in failed.error
    assert failed.failed_at == first.ended_at == utc("27 Mar 17:31")
    assert Message.objects.filter(obligation=second, recipient="olga@people.example", round=2).count() == 1
    again = Message.objects.get(recipient="conor@second.example", entry=failed.entry)
    assert (again.state, again.queued_at) == ("queued", utc("27 Mar 17:31"))


def test_the_second_contact_meets_round_two_and_a_processor_has_no_72_hours(story, servers):
    play(story, until=6)
    assert story.notice("c").state == "received"
    first, second = obligations(story, "c", "notify_customer")
    assert (first.state, second.state, second.met_at) == ("lapsed", "met", utc("27 Mar 17:32"))
    assert Message.objects.get(recipient="conor@second.example").received_at == utc("27 Mar 17:32")
    assert obligations(story, "c", "inform_authority") == []
    assert [e.step for e in story.notice("c").entries.order_by("id")] == [
        "open",
        "send",
        "bounced",
        "received",
    ]
    assert [address for address, *_ in servers[1].taken] == ["berta@bodega.example", "conor@second.example"]


def test_escalation_to_the_deputy_stops_when_olga_acknowledges_but_the_duty_goes_on(story):
    play(story, until=7)
    (alert,) = Message.objects.filter(queued_at=utc("27 Mar 17:40"))
    assert (alert.recipient, alert.rung, alert.matter_id) == ("dora@people.example", 1, story.notice("a").pk)
    story.acknowledge()
    (row,) = obligations(story, "a", "notify_customer")
    assert (row.state, row.acknowledged_by_id) == ("open", story.cast.olga.user_id)
    assert row.next_alert_at == utc("27 Mar 20:10")  # 30 minutes before the target
    assert Entry.objects.get(step="acknowledge").matter_id == story.notice("a").pk


def test_acknowledgment_by_the_contact_is_on_time_over_target_and_fixes_the_72_hours(story):
    play(story, until=9)
    (ours,) = obligations(story, "a", "notify_customer")
    assert (ours.state, ours.met_at) == ("met", utc("28 Mar 08:15"))
    assert verdict(ours, utc("28 Mar 09:00")) == "met on time, over target by 11 h 35 min"
    provisional, firm = obligations(story, "a", "inform_authority")
    assert provisional.state == "lapsed"
    assert (firm.round, firm.provisional, firm.due_at) == (2, False, utc("31 Mar 08:15"))
    notice = Message.objects.get(recipient="carl@acme.example", entry__step="send")
    assert (notice.received_at, notice.proof) == (utc("28 Mar 08:15"), "acknowledged")


def test_supplement_reaches_the_three_who_were_told_and_meets_the_first_report(story):
    play(story, until=10)
    rows = Message.objects.filter(entry__step="supplement")
    assert {m.recipient for m in rows} == {
        "carl@acme.example",
        "berta@bodega.example",
        "conor@second.example",
    }
    assert {obligations(story, letter, "first_report")[0].state for letter in "abc"} == {"met"}


def test_correction_after_the_notice_keeps_every_verdict_and_both_times(story):
    play(story, until=11)
    before = [
        verdict(obligations(story, letter, "notify_customer")[-1], utc("29 Mar 10:00")) for letter in "abc"
    ]
    story.correct()
    after = [
        verdict(obligations(story, letter, "notify_customer")[-1], utc("29 Mar 10:00")) for letter in "abc"
    ]
    assert before == after
    made = Entry.objects.get(step="correct", matter=story.breach)  # its notices have one each, too
    assert (made.facts["old"], made.facts["new"]) == (
        "2026-03-27T16:40:00+00:00",
        "2026-03-27T15:10:00+00:00",
    )
    story.breach.refresh_from_db()
    assert story.breach.breach.suspected_at == utc("27 Mar 15:10")
    assert story.breach.breach.history.count() == 2


def test_closing_early_is_refused_in_words_and_changes_nothing(story):
    play(story, until=12)
    entries = Entry.objects.count()
    with pytest.raises(Refused) as refusal:
        story.close()
    assert str(refusal.value) == (
        "Agreement with Bodega: the customer has until Mon 30 March, 17:30 UTC to inform its authority. "
        "You can close when it has, or after that time."
    )
    assert Entry.objects.count() == entries


def test_what_the_customer_says_happened_earlier_counts_from_then(story):
    play(story, until=14)
    (row,) = obligations(story, "b", "inform_authority")
    assert (row.state, row.met_at) == ("met", utc("30 Mar 15:30"))
    assert verdict(row, utc("30 Mar 16:00")) == "met on time"
    made = Entry.objects.get(step="authority_informed")
    assert (made.at, made.recorded_at) == (utc("30 Mar 15:30"), utc("30 Mar 16:00"))
    with pytest.raises(Refused, match="until Tue 31 March, 08:15 UTC"):
        story.close()


def test_the_customers_lateness_is_theirs_and_both_sides_hear_of_it(story):
    play(story, until=15)
    theirs = obligations(story, "a", "inform_authority")[-1]
    shown = reading.clock(theirs, utc("31 Mar 08:15"))
    assert (shown.verdict, shown.urgency, shown.theirs) == ("late", "theirs-late", True)
    told = Message.objects.filter(obligation=theirs, queued_at=utc("31 Mar 08:15"))
    assert {(m.recipient, m.template) for m in told} == {
        ("olga@people.example", "obligations/alert"),
        ("carl@acme.example", "obligations/reminder"),
    }


def test_retraction_needs_two_people_and_tells_everybody_who_was_told(story):
    play(story, until=16)
    assert {story.notice(letter).state for letter in "abc"} == {"received", "informed"}
    play(story, since=17, until=17)
    assert {story.notice(letter).state for letter in "abc"} == {"retracted"}
    assert not Obligation.objects.filter(matter__parent=story.breach, state="open").exists()
    told = Message.objects.filter(entry__step="retract")
    assert {m.recipient for m in told} == {
        "carl@acme.example",
        "berta@bodega.example",
        "conor@second.example",
    }
    approvals = Entry.objects.filter(step="retract", proposed=False)
    assert {(e.actor_name, e.proposer_name, e.two_people) for e in approvals} == {("Anna", "Olga", True)}


def play(story: Story, *, since: int = 0, until: int, times: int = 1) -> None:
    """Play lines `since`..`until` of LINES; a line that is refused (a double click) changes nothing."""
    for line in LINES[since : until + 1]:
        for _ in range(times):
            try:
                getattr(story, line[0])(*line[1:])
            except (Refused, InvalidFacts):
                assert times > 1 or line == ("close",), line


def rows(story: Story) -> dict[str, list[tuple[object, ...]]]:
    """Everything the story wrote, without keys."""
    matters = Matter.objects.exclude(kind="agreement").order_by("id")
    return {
        "matters": [(m.kind, m.title, m.state, m.version) for m in matters],
        "obligations": list(
            Obligation.objects.order_by("matter__id", "duty", "round").values_list(
                "matter__title",
                "duty",
                "occurrence",
                "round",
                "state",
                "started_at",
                "target_at",
                "due_at",
                "met_at",
                "rung",
            )
        ),
        "messages": sorted(
            map(
                str,
                Message.objects.values_list(
                    "matter__title",
                    "template",
                    "recipient",
                    "round",
                    "rung",
                    "repeat",
                    "state",
                    "sent_at",
                    "received_at",
                ),
            )
        ),
        "entries": sorted(
            map(str, Entry.objects.values_list("matter__title", "step", "to_state", "at", "recorded_at"))
        ),
    }


def test_every_line_played_twice_leaves_the_same_rows(cast, servers, wall):
    with transaction.atomic():
        once = Story(cast, carrier(wall))
        play(once, until=len(LINES) - 1)
        expected = rows(once)
        transaction.set_rollback(True)
    for server in servers:
        server.forget()
    twice = Story(cast, carrier(wall))
    play(twice, until=len(LINES) - 1, times=2)
    assert rows(twice) == expected
    assert len(expected["matters"]) == 4
