"""Who keeps endpoints: the house all, a customer its own; secrets are shown once and stored sealed."""

import re

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.tests.people import sign_in
from webhooks import endpoints
from webhooks.models import Delivery, Endpoint
from webhooks.tests.helping import MADE, URL, collected, customers, house


def pages(client, row) -> list[int]:
    """What the page of an endpoint answers, and then each of its verbs."""
    shown = client.get(f"/endpoints/{row.reference}/").status_code
    verbs = ("off", "on", "rotate", "remove")
    return [shown, *(client.post(f"/endpoints/{row.reference}/{verb}/").status_code for verb in verbs)]


def test_a_customers_person_makes_an_endpoint_whose_secret_is_shown_once_and_stored_sealed(cast):
    client = sign_in("carl")
    answer = client.post("/endpoints/", {"url": URL, "customer": "Acme"})
    secret = re.search(r"whsec_[\w+/=]+", answer.content.decode())[0]
    row = Endpoint.objects.get()
    assert (row.customer_id, row.owner_id) == (cast.a.customer_id, cast.carl.user_id)
    assert secret not in str(Endpoint.objects.values_list().get())
    assert secret not in client.get("/endpoints/").content.decode()


@pytest.mark.parametrize("customer", ["", "other"])
def test_a_customers_person_makes_none_for_the_house_or_for_others(cast, customer):
    chosen = "Bodega" if customer else ""
    answer = sign_in("carl").post("/endpoints/", {"url": URL, "customer": chosen})
    assert answer.status_code == 422 and not Endpoint.objects.exists()
    with pytest.raises(ValidationError):
        endpoints.make(URL, (), customer=cast.b.customer if customer else None, actor=cast.carl, now=MADE)


def test_a_customers_person_reaches_its_own_and_no_other(cast):
    client = sign_in("carl")
    foreign = house(cast), endpoints.make(URL, (), customer=cast.b.customer, actor=cast.olga, now=MADE)[0]
    assert [pages(client, row) for row in foreign] == [[404] * 5] * 2
    assert pages(client, customers(cast)) == [200, 302, 302, 200, 302]


def test_the_auditor_and_the_approver_keep_none(cast):
    row = house(cast)
    assert [pages(sign_in(who), row) for who in ("aude", "anna")] == [[403] * 5] * 2


def test_the_log_shows_deliveries_and_nothing_of_restricted_matters(cast):
    row, case = house(cast), collected(cast)
    client = sign_in("olga")
    assert case.a.public_reference in client.get(f"/endpoints/{row.reference}/").content.decode()
    type(case.a).objects.filter(pk=case.a.pk).update(restricted=True)
    assert case.a.public_reference not in client.get(f"/endpoints/{row.reference}/").content.decode()


def test_a_range_is_replayed_from_the_page(cast):
    row = house(cast)
    collected(cast, timezone.now())
    Delivery.objects.update(state="delivered")
    wide = {"since": "2020-01-01T00:00", "until": "2099-01-01T00:00"}
    assert sign_in("olga").post(f"/endpoints/{row.reference}/replay/", wide).status_code == 302
    assert set(Delivery.objects.values_list("state", flat=True)) == {"waiting"}
    wrong = sign_in("olga").post(f"/endpoints/{row.reference}/replay/", {**wide, "until": "2019-01-01T00:00"})
    assert wrong.status_code == 422


def test_a_wish_that_is_wrong_is_refused_in_words(cast):
    for url, wants in (("http://hooks.example/", ()), (URL, ("everything",)), (URL, ("a.b.c",))):
        with pytest.raises(ValidationError):
            endpoints.make(url, wants, customer=None, actor=cast.olga, now=MADE)
    assert not Endpoint.objects.exists()


def test_there_are_no_more_than_twenty(cast):
    for _ in range(endpoints.MOST):
        house(cast)
    with pytest.raises(ValidationError):
        house(cast)
