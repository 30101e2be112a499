"""Matters of earlier years: played step by step, never twice, ringing nobody."""

import pytest

from exchange.tests.helping import NOW, errors, imported, judged
from jobs import working
from obligations import alerts
from obligations.models import Matter, Message, Obligation

PERSON = (
    "reference,kind,title,step,at,fact.hired_on,fact.left_on,fact.checked\n"
    "HR-1,person,Ida,,2023-01-02T09:00+01:00,2023-01-02,,\n"
    "HR-1,person,,leave,2024-06-28T17:00+02:00,,2024-06-28,\n"
    "HR-1,person,,access_removed,2024-06-28T18:00+02:00,,,Badge and accounts\n"
)


def test_a_matter_of_earlier_years_is_played_step_by_step_and_rings_nobody(cast):
    job = imported(cast, "matters", PERSON)
    assert working.counts(job) == {"done": 1}
    matter = Matter.objects.get(kind="person", title="Ida")
    steps = [(entry.step, f"{entry.at:%Y-%m-%d}") for entry in matter.entries.order_by("id")]
    assert steps == [("open", "2023-01-02"), ("leave", "2024-06-28"), ("access_removed", "2024-06-28")]
    assert matter.state == "left" and matter.closed_at.year == 2024
    alerts.sweep(NOW)
    assert not Obligation.objects.filter(matter=matter, state="open").exists()
    assert not Message.objects.filter(matter=matter).exists()


def test_a_matter_imported_again_is_unchanged_and_a_further_step_is_new(cast):
    first = "\n".join(PERSON.splitlines()[:3])
    imported(cast, "matters", first)
    assert dict(judged(cast, "matters", first).counts) == {"unchanged": 2}
    assert [line.verdict for line in judged(cast, "matters", PERSON).lines] == [
        "unchanged",
        "unchanged",
        "new",
    ]
    imported(cast, "matters", PERSON)
    assert Matter.objects.filter(kind="person").count() == 1
    other = PERSON.replace("2023-01-02,,", "2023-01-03,,")
    assert "It was imported as 2023-01-02" in errors(judged(cast, "matters", other))["fact.hired_on"]


@pytest.mark.parametrize(
    ("lines", "column", "words"),
    [
        (["1,person,,Ida,access_removed,2024-01-01T09:00Z,,"], "fact.checked", "This is needed"),
        (["1,person,,Ida,leave,2024-01-01T09:00Z,,"], "fact.left_on", "This is needed"),
        (["1,person,,Ida,fly,2024-01-01T09:00Z,,"], "step", "has no step 'fly'"),
        (["1,person,,Ida,,2024-01-01 09:00,2024-01-01,"], "at", "Write it as"),
        (["1,person,,Ida,,2027-01-01T09:00Z,2024-01-01,"], "at", "This lies ahead"),
        (["1,person,,,,2024-01-01T09:00Z,2024-01-01,"], "title", "needs a title"),
        (["1,dsar,,X,,2024-01-01T09:00Z,,"], "kind", "A data subject's data"),
        (["1,disclosure,,X,,2024-01-01T09:00Z,,"], "kind", "may be secret"),
        (["1,policy,,X,,2024-01-01T09:00Z,,"], "kind", "begins with a file"),
        (["1,person,,Ida,,2024-01-01T09:00Z,2024-01-01,x"], "fact.why", "no such fact"),
    ],
)
def test_a_step_that_cannot_be_is_wrong_in_the_dry_run_already(cast, lines, column, words):
    head = "reference,kind,customer,title,step,at,fact.hired_on,fact.why\n"
    assert words in errors(judged(cast, "matters", head + "\n".join(lines)))[column]
