"""Tables that are read in: the dry run says what would change, a file with errors changes nothing, twice is once."""

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Customer, Invitation
from exchange import importing
from exchange.sheets import WRONG
from exchange.tests.helping import AGREEMENT, NORTH, NOW, errors, imported, judged
from jobs import working
from obligations.models import Agreement, Entry, Matter, NoticeContact
from subprocessors.models import SubProcessor


def test_a_new_agreement_comes_with_its_customer_and_its_signatures(cast):
    job = imported(cast, "agreements", AGREEMENT + NORTH)
    assert working.counts(job) == {"done": 1}
    made = Agreement.objects.get(title="DPA North")
    assert (made.customer.name, made.region, made.their_calendar["tz"]) == (
        "North Ltd",
        "EU",
        "Europe/Madrid",
    )
    assert Matter.objects.get(kind="agreement", agreement=made).state == "in_force"
    assert made.history.get().history_user_id == cast.olga.user_id


SERVER = "name,service,country,list_version\n", "Host-North,Hosting,DE,1\n"
HIRE = (
    "reference,kind,title,step,at,fact.hired_on,fact.left_on\n",
    "North,person,Ida-North,,2023-01-02T09:00+01:00,2023-01-02,\n"
    "North,person,,leave,2024-06-28T17:00+02:00,,2024-06-28\n",
)
TAPE = (
    "reference,kind,customer,title,step,at,fact.suspected_at,fact.where,fact.categories,fact.description,"
    "fact.agreements,fact.text\n",
    "North,breach,,Tape-North,,2024-03-04T09:00Z,2024-03-04T09:00Z,processor,customer_content,A tape,Acme,\n"
    "North,breach_notice,Acme,,send,2024-03-04T10:00Z,,,,,,We lost a tape.\n"
    "North,breach_notice,Acme,,received,2024-03-04T11:00Z,,,,,,\n",
)


@pytest.mark.parametrize(
    ("sheet", "head", "lines"),
    [
        ("agreements", AGREEMENT, NORTH),
        ("subprocessors", *SERVER),
        ("matters", *HIRE),
        ("matters", *TAPE),
    ],
)
def test_two_lines_of_a_kind_cost_as_many_statements_as_nine(cast, sheet, head, lines):
    asked, before = [], Matter.objects.filter(parent=None).count()
    for number in (2, 9):
        table = head + "".join(lines.replace("North", f"{number}-{place}") for place in range(number))
        found = judged(cast, sheet, table)
        with CaptureQueriesContext(connection) as captured:
            found.sheet.write(found.lines, cast.olga, NOW)
        asked.append(len(captured))
    assert asked[0] == asked[1] and Matter.objects.filter(parent=None).count() == before + 11


def test_of_lines_written_together_one_that_is_refused_holds_back_no_other(cast):
    """An administrator records an agreement, but no signatures."""
    head = AGREEMENT.replace("region", "language")
    other = "Other,DPA Other,controller,de,DE-BE Europe/Berlin,,\n"
    job = imported(cast, "agreements", head + NORTH.replace("EU", "en") + other, cast.adam)
    assert [row.state for row in job.rows.order_by("number")] == ["refused", "done"]
    assert "may not take" in job.rows.get(number=1).words
    assert list(Customer.objects.filter(name__in=("Other", "North Ltd")).values_list("name", flat=True)) == [
        "Other"
    ]


def test_the_same_file_again_changes_nothing(cast):
    imported(cast, "agreements", AGREEMENT + NORTH)
    again = judged(cast, "agreements", AGREEMENT + NORTH)
    assert (dict(again.counts), again.may_start) == ({"unchanged": 1}, False)
    with pytest.raises(ValueError, match="changes nothing"):
        importing.start(again, cast.olga, NOW, None, "")


def test_a_dry_run_shows_old_and_new_of_each_cell_and_the_import_keeps_both(cast):
    table = "customer,agreement,customer_role,region,language\nAcme,Agreement with Acme,controller,EU,de\n"
    found = judged(cast, "agreements", table)
    assert found.lines[0].changes == [("language", "en", "de"), ("region", "", "EU")]
    imported(cast, "agreements", table)
    versions = cast.a.history.order_by("history_date", "history_id")
    assert [(row.language, row.region) for row in versions] == [("en", ""), ("de", "EU")]


def test_an_empty_cell_leaves_what_is_there(cast):
    table = "customer,agreement,customer_role,language,owner\nAcme,Agreement with Acme,controller,,\n"
    assert dict(judged(cast, "agreements", table).counts) == {"unchanged": 1}


def test_errors_stand_at_their_cells_and_say_what_would_be_right(cast):
    table = (
        "customer,agreement,customer_role,owner,their_calendar,signed_by_us_on,signed_by_customer_on\n"
        "X,Y,contoller,nobody@x.example,Spain,5.1.2026,2026-01-07\n"
    )
    found = errors(judged(cast, "agreements", table))
    assert found["customer_role"] == "'contoller' is not known here. Write one of: controller, processor."
    assert "DE-BE Europe/Berlin" in found["their_calendar"]
    assert "Write it as 2026-03-27" in found["signed_by_us_on"]


@pytest.mark.parametrize(
    ("line", "column", "words"),
    [
        ("Acme,Agreement with Acme,processor,,,", "customer_role", "It is controller"),
        ("Acme,Agreement with Acme,controller,nobody@x.example,,", "owner", "Nobody of the house"),
        ("Acme,Agreement with Acme,controller,,2026-01-01,", "signed_by_customer_on", "Both signatures"),
        ("Acme,Agreement with Acme,controller,,2027-01-01,2027-01-01", "signed_by_us_on", "lies ahead"),
        (",Agreement with Acme,controller,,,", "customer", "This is needed"),
    ],
)
def test_what_cannot_be_is_wrong_in_the_dry_run_already(cast, line, column, words):
    head = "customer,agreement,customer_role,owner,signed_by_us_on,signed_by_customer_on\n"
    assert words in errors(judged(cast, "agreements", f"{head}{line}\n"))[column]


def test_a_line_twice_in_a_file_is_wrong(cast):
    found = judged(cast, "agreements", AGREEMENT + NORTH + NORTH)
    assert [line.verdict for line in found.lines] == ["new", WRONG]
    assert "Line 2 is about the same" in errors(found)["agreement"]


def test_contacts_are_added_and_changed_and_know_their_agreement(cast):
    head = "customer,agreement,name,email,phone\n"
    acme = "Acme,Agreement with Acme"
    table = f"{head}{acme},Carla,carl@acme.example,+49 30 1\n{acme},Desk,desk@acme.example,\n"
    assert [line.verdict for line in judged(cast, "contacts", table).lines] == ["changed", "new"]
    imported(cast, "contacts", table)
    rows = NoticeContact.objects.filter(agreement=cast.a).values_list("position", "name", "email")
    assert list(rows) == [(1, "Carla", "carl@acme.example"), (2, "Desk", "desk@acme.example")]
    assert dict(judged(cast, "contacts", table).counts) == {"unchanged": 2}
    found = errors(judged(cast, "contacts", f"{head}Acme,Other,Desk,d@acme.example,\n"))
    assert "It has: Agreement with Acme." in found["agreement"]


def test_people_are_invited_once_and_nobody_gives_more_than_they_may(cast):
    head, nadja = "email,name,role,customers\n", "new@acme.example,Nadja,contact,Acme;Bodega\n"
    table = f"{head}{nadja}carl@people.example,Carl,contact,Acme\n"
    job = imported(cast, "people", table)
    assert working.counts(job) == {"done": 1, "same": 1}
    assert [message.to for message in mail.outbox] == [["new@acme.example"]]
    assert {customer.name for customer in Invitation.objects.get().customers.all()} == {"Acme", "Bodega"}
    assert dict(judged(cast, "people", table).counts) == {"unchanged": 2}
    found = errors(judged(cast, "people", "email,name,role\nx@y.example,X,approver\n"))
    assert "given by an administrator" in found["role"]


def test_subprocessors_are_entered_and_corrected_with_both_values_kept(cast):
    head = "name,service,country,list_version\n"
    imported(cast, "subprocessors", f"{head}Nimbus,Hosting,DE,1\n")
    changed = f"{head}Nimbus,Hosting and backup,FR,1\n"
    assert judged(cast, "subprocessors", changed).lines[0].changes == [
        ("service", "Hosting", "Hosting and backup"),
        ("country", "DE", "FR"),
    ]
    assert working.counts(imported(cast, "subprocessors", changed)) == {"done": 1}
    assert SubProcessor.objects.get().service == "Hosting and backup"
    kept = [row.facts for row in Entry.objects.filter(step="correct").order_by("pk")]
    assert [(row["old"], row["new"]) for row in kept] == [("Hosting", "Hosting and backup"), ("DE", "FR")]
    assert "country" in errors(judged(cast, "subprocessors", f"{head}X,Y,Germany,1\n"))


def test_a_subprocessor_that_no_list_names_was_not_in_use_from_the_beginning(cast):
    imported(cast, "agreements", AGREEMENT + NORTH)
    table = "name,service,country,list_version,in_use_since\nUnlisted,Hosting,DE,1,2025-01-01\n"
    assert "does not name Unlisted" in errors(judged(cast, "subprocessors", table))["in_use_since"]
