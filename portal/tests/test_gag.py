"""A gagged matter leaves no trace in the portal: not in lists, counts, references, search, clauses or the API."""

import re

import pytest
from django.urls import reverse
from django.utils import timezone

from obligations.models import Matter, RestrictedTo
from portal import needs
from portal.tests.world import amendment, confirmed, consent, signed_in

PAGES = (
    "portal",
    "portal-ask",
    "portal-matters",
    "portal-agreements",
    "portal-subprocessors",
    "portal-contacts",
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
    bodies = {address: client.get(address).content.decode() for address in addresses}
    return {address: re.sub(r'(csrfmiddlewaretoken" value|name="key" value)="[^"]*"', "", body)
            for address, body in bodies.items()}  # fmt: skip


@pytest.mark.parametrize("name", ["carl", "sven"])
def test_every_page_is_the_same_as_if_the_gagged_matters_did_not_exist(cast, name):
    client = signed_in(getattr(cast, name))
    before = seen(client, cast)
    for row in (consent(cast, cast.a), amendment(cast, cast.a), confirmed(cast, cast.a, cast.carl)):
        gagged(cast, row)
    assert seen(client, cast) == before


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
