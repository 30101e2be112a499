"""The command line: the same verbs, the same refusals, in tables and in JSON."""

import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from conftest import report_breach, utc
from obligations import actions
from obligations.models import Entry, Matter, Obligation
from obligations.turn import Refused

NOW = utc("27 Mar 17:00")
OPEN = (
    "open", "breach", "--title", "Lost laptop", "--at", "2026-03-27T18:00+01:00",
    "--fact", "suspected_at=2026-03-27T17:40+01:00", "--fact", "where=processor",
    "--fact", "categories=customer_content", "--fact", "description=Left.", "--fact", "agreements=Acme; Bodega",
)  # fmt: skip


def asked(*words: str, who: str = "olga@people.example", form: str = "json"):
    said = io.StringIO()
    call_command("tracker", "--as", who, "--format", form, *words, stdout=said)
    return json.loads(said.getvalue()) if form == "json" else said.getvalue()


def refused(*words: str, who: str = "olga@people.example") -> str:
    with pytest.raises(CommandError) as caught:
        asked(*words, who=who, form="table")
    assert caught.value.returncode == 1
    return str(caught.value)


def test_a_matter_is_opened_and_moved_as_a_named_person_and_the_ledger_says_where(cast):
    made = asked(*OPEN)
    assert (made["kind"], made["state"], made["opened_at"]) == ("breach", "suspected", "2026-03-27T16:40:00Z")
    notice = Matter.objects.get(kind="breach_notice", agreement=cast.a)
    told = asked("step", notice.reference, "send", "--fact", "text=We suspect a breach.")
    assert told["entries"][-1]["step"] == "send"
    entry = Entry.objects.get(matter=notice, step="send")
    assert (entry.actor_id, entry.actor_name) == (cast.olga.user_id, "Olga (command line)")


def test_what_the_page_refuses_the_command_line_refuses_in_the_same_words(cast):
    notice = Matter.objects.get(parent=report_breach(cast, [cast.a], NOW))
    with pytest.raises(Refused) as page:
        actions.advance([notice], "send", actor=cast.aude, at=NOW, facts={"text": "x"})
    words = refused("step", notice.public_reference, "send", "--fact", "text=x", who="aude@people.example")
    assert words == str(page.value).replace("Aude", "Aude (command line)")
    assert "text: This is needed." in refused("step", notice.public_reference, "send")
    assert "has no step 'fly'" in refused("step", notice.public_reference, "fly")
    assert "changed" in refused("step", notice.reference, "send", "--fact", "text=x", "--version", "9")
    assert Entry.objects.filter(matter=notice).count() == 1


def test_a_refusal_in_json_is_a_problem_and_ends_with_one(cast):
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("tracker", "--as", "olga@people.example", "--format", "json", *OPEN[:4], stdout=said)
    found = json.loads(said.getvalue())
    assert found["type"] == "/problems/invalid-facts"
    assert {"pointer": "#/facts/where", "detail": "This is needed."} in found["errors"]


def test_a_second_persons_yes_is_not_given_on_the_command_line(cast):
    breach = report_breach(cast, [cast.a], NOW)
    words = ("step", breach.reference, "not_a_breach", "--fact", "reason=A test of the alarm.")
    asked(*words)
    assert "A second person's yes is given on the step's page" in refused(*words, who="anna@people.example")
    breach.refresh_from_db()
    assert breach.state != "not_a_breach"


def test_what_is_due_stands_in_order_of_what_counts_and_in_the_readers_own_scope(cast):
    breach = report_breach(cast, [cast.a, cast.b], NOW)
    found = asked("due")["results"]
    counts = [one["target_at"] or one["due_at"] for one in found]
    assert counts == sorted(counts) and found[0]["matter"]["customer"] == "Acme"
    assert asked("due", "--customer", "Bodega")["results"][0]["matter"]["customer"] == "Bodega"
    assert {one["matter"]["customer"] for one in asked("due", who="berta@people.example")["results"]} <= {
        "Bodega"
    }
    assert asked("due", "--limit", "1")["more"] is True
    assert f"BR-{breach.pk}" in asked("due", form="table")


def test_a_customers_person_meets_a_foreign_matter_like_one_that_is_not(cast):
    breach = report_breach(cast, [cast.a], NOW)
    notice = Matter.objects.get(parent=breach)
    words = refused("show", notice.public_reference, who="cora@people.example")
    assert words == f"There is no matter {notice.public_reference}."
    assert refused("show", notice.reference, who="carl@people.example").startswith("There is no matter")
    assert asked("show", notice.public_reference, who="carl@people.example")["kind"] == "breach_notice"
    told = asked("show", notice.public_reference, who="carl@people.example", form="table")
    assert notice.public_reference in told and notice.reference not in told  # nothing counts our matters
    pk = Obligation.objects.filter(matter=notice).first().pk
    assert refused("explain", str(pk), who="cora@people.example") == f"{pk} has no deadline."


def test_a_deadline_is_explained_with_its_term_its_calendar_and_its_last_day(cast):
    notice = Matter.objects.get(parent=report_breach(cast, [cast.a], NOW))
    told = asked("explain", notice.reference, "--duty", "notify_customer", form="table")
    assert "24 hours" in told and "DE-BE, Europe/Berlin" in told and "breaches.notify_customer.within" in told
    row = Obligation.objects.get(matter=notice, duty="notify_customer")
    found = asked("explain", str(row.pk))[0]
    assert asked("explain", found["id"]) == [found] and found["id"].startswith(notice.public_reference)
    assert (found["due_at"], found["reckoning"]) == ("2026-03-28T17:00:00Z", row.reckoning)


def test_what_others_typed_moves_no_cursor_of_a_terminal(cast):
    breach = report_breach(cast, [cast.a], timezone.now() - dt.timedelta(hours=1))
    Matter.objects.filter(pk=breach.pk).update(title="\x1b[2J\u202egone\nSecond line")
    told = asked("show", breach.reference, form="table")
    assert "\x1b" not in told and "\u202e" not in told and "gone Second line" in told


def test_nobody_acts_as_somebody_who_has_left(cast):
    User.objects.filter(email="olga@people.example").update(is_active=False)
    assert refused("due") == "Nobody who may sign in has the address olga@people.example."
