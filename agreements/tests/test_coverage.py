"""Every id of the register is carried by something in the product, and the page says how it stands."""

import dataclasses as dc
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from accounts.models import User
from agreements import matrix
from agreements.tests.test_profile_file import REGISTER
from conftest import report_breach, utc
from obligations.clauses import CLAUSES, term_specs
from obligations.models import Matter

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def printed(*args: str) -> str:
    out = StringIO()
    call_command("coverage", *args, stdout=out)
    return out.getvalue()


def test_what_carries_an_id_exists():
    for found in matrix.carriers().values():
        for carrier in found:
            if carrier.what == "term":
                assert carrier.name in term_specs()
            elif carrier.what != "finding":
                assert carrier.kind in CLAUSES


def test_no_room_carries_an_id_that_the_register_does_not_have():
    assert set(matrix.carriers()) <= set(REGISTER)


def test_an_id_that_nothing_carries_fails_by_name(monkeypatch):
    monkeypatch.setitem(CLAUSES, "breach_notice", dc.replace(CLAUSES["breach_notice"], duties=()))
    with pytest.raises(CommandError, match=r"Nothing carries .*11\.2b"):
        printed()


def test_the_page_of_an_agreement_tells_late_from_running(cast):
    report_breach(cast, [cast.a], utc("27 Feb 16:00"))
    matter = Matter.objects.get(kind="agreement", agreement=cast.a)
    client = Client()
    client.force_login(User.objects.get(email="olga@people.example"), backend=BACKEND)
    answer = client.get(reverse("agreement-coverage", args=[matter.public_reference]))
    states = {state.row.id: state for state in answer.context["states"]}
    assert states["11.1a"].urgency == "late"  # 24 hours were negotiated, and months have passed
    assert states["14.1"].words == "nothing due"
    assert states["4.1b"].words == "in place"
