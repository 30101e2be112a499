"""The page of an agreement: what proves each clause last, its amendments, at what cost."""

import datetime as dt

from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agreements import coverage
from conftest import START, report_breach, utc
from dashboard.tests.test_today import signed_in, statements
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.models import Matter
from safeguards.tests.builders import policy_of

HOUR = dt.timedelta(hours=1)
AT = utc("27 Mar 17:00")


def met_notice(cast) -> Matter:
    """Acme has received a notice after an hour."""
    report_breach(cast, [cast.a], AT)
    notice = Matter.objects.get(kind="breach_notice")
    advance([notice], "send", actor=cast.olga, at=AT, facts={"text": "We suspect."})
    advance([Matter.objects.get(pk=notice.pk)], "received", actor=cast.carl, at=AT + HOUR)
    return notice


def test_a_clause_shows_what_was_met_last_with_its_file_and_what_the_house_did_for_all(cast):
    notice, policy = met_notice(cast), policy_of(cast, AT, "access_control")
    facts = {"version": "2", "found": "All.", "document": evidence.kept("minutes.txt", [b"Minutes."])}
    advance([Matter.objects.get(pk=policy.pk)], "review", actor=cast.olga, at=AT + HOUR, facts=facts)
    found = coverage.last_proofs(cast.a, AT + 2 * HOUR)
    assert found["11.1a"].clock.row.matter_id == notice.pk
    assert found["11.1a"].clock.verdict.startswith("met on time") and found["11.1a"].evidence is None
    assert (found["A2.1"].clock.row.customer_id, found["A2.1"].evidence.title) == (None, "minutes.txt")
    assert "11.1a" not in coverage.last_proofs(cast.b, AT + 2 * HOUR)
    shown = signed_in(cast.aude).get(reverse("agreement", args=[cast.a.pk])).content.decode()
    assert "Last proof" in shown and "minutes.txt" in shown and "for the whole house" in shown


def test_the_page_of_an_agreement_shows_its_amendments_and_costs_the_same_with_more(cast):
    client, address = signed_in(cast.olga), reverse("agreement", args=[cast.a.pk])
    assert "the contract stands as it was signed" in client.get(address).content.decode()
    numbers = set()
    for title in ("Shorter forwarding", "Other hours", "A third"):
        facts = {"subject": title, "why": "Asked for."}
        open_matter("amendment", actor=cast.olga, at=START, facts=facts, title=title, agreement=cast.a)
        with CaptureQueriesContext(connection) as captured:
            shown = client.get(address).content.decode()
        numbers.add(len(statements(captured)))
        assert title in shown
    assert len(numbers) == 1
