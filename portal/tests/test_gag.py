"""A gagged matter leaves no trace in the portal: not in lists, counts, references, search, clauses or the API."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from disclosures.tests.builders import demand_of
from obligations import alerts, delivery
from obligations.actions import advance
from obligations.models import Matter, Message, RestrictedTo
from portal import needs
from portal.tests.world import amendment, confirmed, consent, hours_ago, signed_in

PAGES = (
    "portal",
    "portal-ask",
    "portal-matters",
    "portal-agreements",
    "portal-subprocessors",
    "portal-contacts",
    "mailbox",
    "proofs",
    "feeds",
    "tokens",
)


def gagged(cast, row: Matter) -> Matter:
    """As `restricts` leaves it: named people of the house see it, nobody else."""
    Matter.objects.filter(pk=row.pk).update(restricted=True)
    RestrictedTo.objects.create(matter=row, user_id=cast.olga.user_id)
    return row


def seen(client, cast) -> dict[str, str]:
    """Every page of the portal as this client gets it, without what changes from one request to the next."""
    agreement = Matter.objects.get(kind="agreement", agreement=cast.a).public_reference
    addresses = [*(reverse(name) for name in PAGES), reverse("portal-agreement", args=[agreement])]
    addresses += [reverse("portal-matter", args=[agreement]), f"{reverse('portal-matters')}?q=i"]
    addresses += [reverse("audit-entitlement", args=[agreement]), reverse("proof", args=[agreement])]
    bodies = {address: client.get(address).content.decode() for address in addresses}
    passing = (
        r'(csrfmiddlewaretoken" value|name="key" value)="[^"]*"|\d\d:\d\d|\d+ min\b'  # a minute may pass
    )
    return {address: re.sub(passing, "", body) for address, body in bodies.items()}


@pytest.mark.parametrize("name", ["carl", "sven"])
def test_every_page_is_the_same_as_if_the_gagged_matters_did_not_exist(cast, name):
    client = signed_in(getattr(cast, name))
    before = seen(client, cast)
    for row in (consent(cast, cast.a), amendment(cast, cast.a), confirmed(cast, cast.a, cast.carl)):
        gagged(cast, row)
    assert seen(client, cast) == before


@pytest.mark.parametrize("name", ["carl", "sven"])
def test_a_demand_under_a_gag_leaves_no_trace_from_its_first_day_to_its_last(cast, name):
    client = signed_in(getattr(cast, name))
    before = seen(client, cast)
    row = demand_of(cast, hours_ago(30))
    facts = {"prohibition": "Nobody may be told.", "until": "the end", "measures": "A safe."}
    advance([row], "gag", actor=cast.olga, at=hours_ago(29), facts=facts | {"people": [cast.anna.user_id]})
    alerts.sweep(timezone.now())
    delivery.deliver(timezone.now())
    assert seen(client, cast) == before
    told = Message.objects.filter(matter=row).values_list("recipient", flat=True)
    assert set(told) <= {"olga@people.example", "anna@people.example"} and told


def test_a_gagged_matter_is_not_found_by_reference_or_search(cast):
    row = gagged(cast, consent(cast, cast.a, "Secret demand"))
    client = signed_in(cast.sven)
    for name in ("portal-matter", "portal-authority"):
        assert client.get(reverse(name, args=[row.public_reference])).status_code == 404
    for words in ("Secret", row.public_reference):
        page = client.get(reverse("portal-matters"), {"q": words}).content.decode()
        assert "Nothing of yours fits" in page
    assert client.get(reverse("portal-step", args=[row.public_reference, "grant"])).status_code == 404


def test_its_papers_are_not_found_either(cast):
    row = amendment(cast, cast.a)
    digest = row.evidence.get().sha256
    assert signed_in(cast.carl).get(reverse("portal-file", args=[digest])).status_code == 200
    gagged(cast, row)
    assert signed_in(cast.carl).get(reverse("portal-file", args=[digest])).status_code == 404


def test_what_needs_somebody_never_counts_it(cast):
    from accounts.scope import scope

    gagged(cast, consent(cast, cast.a))
    with scope([cast.a.customer_id], reason="test", reader=cast.sven.user_id):
        assert needs.find(cast.sven, timezone.now()) == []
