"""Notes beside a matter's entries, the differences of its facts, and the order of its children."""

import json
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from conftest import add_agreement, add_many, report_breach, utc
from obligations import histories, views
from obligations.actions import advance, note
from obligations.facts import InvalidFacts
from obligations.models import Matter
from obligations.tests.engine import nothing_changes, reported
from obligations.tests.kinds import facts_for
from obligations.turn import Refused

BUDGETS = json.loads((Path(__file__).parent / "budgets.json").read_text())
AT = utc("27 Mar 18:00")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def text_of(actor, address: str) -> str:
    client = Client()
    client.force_login(User.objects.get(pk=actor.user_id), backend=BACKEND)
    return client.get(address).content.decode()


def test_a_note_changes_nothing_and_is_read_by_staff_alone(cast):
    case = reported(cast)
    note(case.a, "Called their lawyer.", actor=cast.anna, at=AT)
    row = Matter.objects.get(pk=case.a.pk)
    assert (row.state, row.version) == (case.a.state, case.a.version)
    page = reverse("matter", args=[case.a.public_reference])
    assert "Called their lawyer." in text_of(cast.aude, page)
    assert "Called their lawyer." not in text_of(cast.carl, page)


def test_a_note_needs_words_and_somebody_who_may_write(cast):
    case = reported(cast)
    with nothing_changes(), pytest.raises(InvalidFacts):
        note(case.a, "  ", actor=cast.olga, at=AT)
    with nothing_changes(), pytest.raises(Refused):
        note(case.a, "I was here.", actor=cast.aude, at=AT)


def test_a_note_does_not_hide_who_took_a_step_before_you(cast):
    case = reported(cast)
    advance([case.a], "send", actor=cast.dora, at=AT, facts={"text": "We suspect."})
    note(Matter.objects.get(pk=case.a.pk), "Sent.", actor=cast.anna, at=AT)
    with pytest.raises(Refused) as found:
        advance([case.a], "send", actor=cast.olga, at=AT, facts={"text": "We suspect."})
    assert "Dora" in str(found.value.reasons)


def test_history_names_what_a_fact_was_and_became(cast):
    breach = report_breach(cast, [cast.a], utc("27 Mar 17:00"))
    step = breach.clause.step("classify")
    choice = next(field for field in step.fields if field.name == "categories").choices[-1][0]
    facts = {**facts_for(step.fields, cast, AT), "categories": choice}
    advance([breach], "classify", actor=cast.olga, at=AT, facts=facts)
    (change,) = histories.of(breach)
    assert change.by == "Olga"
    labels = {str(field.label).capitalize() for field in step.fields}
    assert {label for label, *_ in change.lines} <= labels
    assert "Customer Content" in {was for _, was, _ in change.lines}


def test_the_child_that_is_due_next_comes_first(cast):
    late = add_agreement(cast, "Zebra")
    breach = report_breach(cast, [late, cast.a], utc("27 Mar 17:00"))
    children = Matter.objects.filter(parent=breach)
    found = [row.agreement.title for row in views._by_next(children.select_related("agreement"))]
    assert found == ["Agreement with Zebra", "Agreement with Acme"]  # 4 hours to target, 24 hours to the end


@pytest.mark.parametrize("number", [2, 200])
def test_the_page_of_a_breach_keeps_its_statements(cast, number):
    breach = report_breach(cast, add_many(cast, number), utc("27 Mar 17:00"))
    client = Client()
    client.force_login(User.objects.get(pk=cast.olga.user_id), backend=BACKEND)
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(reverse("matter", args=[breach.public_reference]))
    frame = ("SAVEPOINT", "RELEASE", "SELECT set_config")
    asked = [q["sql"] for q in captured.captured_queries if not q["sql"].startswith(frame)]
    assert len(answer.content) < 150_000
    assert len(asked) == BUDGETS[connection.vendor]["page breach"], asked
