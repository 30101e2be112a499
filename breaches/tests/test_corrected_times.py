"""A time that is corrected moves the clocks that began with it, before and after the notice, and no others."""

from breaches.tests.cases import AT, TEXT, breach, clocks, mail, notice, running, step
from breaches.tests.test_traps import counts_from_confirmation
from conftest import utc
from obligations.corrections import correct
from obligations.mailing import DELIVERED
from obligations.models import Matter


def test_a_corrected_confirmation_moves_the_clocks_that_began_with_it_and_leaves_what_was_met(cast):
    for agreement in (cast.a, cast.b):
        counts_from_confirmation(cast, agreement)
    found = breach(cast, [cast.a, cast.b, cast.c])
    step(found, "confirm", cast.olga, utc("29 Mar 09:00"), confirmed_at=utc("29 Mar 08:00"))
    step(notice(found, cast.b), "send", cast.olga, utc("29 Mar 09:10"), **TEXT)
    mail(utc("29 Mar 09:11"), berta=DELIVERED)
    fixed = {"reason": "The lab's mail came earlier.", "actor": cast.olga, "at": utc("29 Mar 10:00")}
    correct(Matter.objects.get(pk=found.pk), "confirmed_at", utc("28 Mar 20:00"), **fixed)
    moved = notice(found, cast.a)
    for duty in ("notify_customer", "first_report", "guide_customer"):
        assert (running(moved, duty).started_at, running(moved, duty).round) == (utc("28 Mar 20:00"), 2)
    (met,) = clocks(notice(found, cast.b), "notify_customer")
    assert (met.state, met.started_at) == ("met", utc("29 Mar 08:00"))
    assert running(notice(found, cast.c), "notify_customer").started_at == AT  # a suspicion was enough


def test_a_correction_of_the_suspicion_leaves_a_customer_of_whom_we_learned_later(cast):
    found, learned = breach(cast, [cast.a]), utc("28 Mar 10:00")
    told = {"agreements": [cast.b.pk], "reason": "A log."}
    step(found, "add_affected", cast.olga, utc("28 Mar 11:00"), known_at=learned, **told)
    fixed = {"reason": "The log.", "actor": cast.olga, "at": utc("28 Mar 12:00")}
    correct(Matter.objects.get(pk=found.pk), "suspected_at", utc("27 Mar 12:00"), **fixed)
    assert running(notice(found, cast.a), "guide_customer").started_at == utc("27 Mar 12:00")
    assert running(notice(found, cast.b), "guide_customer").started_at == learned


def test_a_corrected_time_of_the_call_moves_the_customers_72_hours(cast):
    found = breach(cast, [cast.b])
    step(notice(found, cast.b), "send", cast.olga, utc("27 Mar 17:10"), **TEXT)
    call = {"called_at": utc("27 Mar 19:00"), "spoke_with": "Berta", "number": "+34 91"}
    step(notice(found, cast.b), "telephoned", cast.olga, utc("27 Mar 19:10"), **call)
    fixed = {"reason": "The list of calls.", "actor": cast.olga, "at": utc("27 Mar 20:00")}
    correct(notice(found, cast.b), "called_at", utc("27 Mar 18:30"), **fixed)
    assert running(notice(found, cast.b), "inform_authority").due_at == utc("30 Mar 18:30")
