"""What every answer carries, whatever the address, the reader and the outcome."""

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, Membership, User
from accounts.scope import scope
from dpa_tracker.tests.crowd import signed_in
from dpa_tracker.tests.test_routes import address, routes, samples
from obligations import alerts
from obligations.models import Agreement
from obligations.tests.engine import reported


@pytest.fixture
def answers(cast) -> list[tuple[str, str, object]]:
    known = samples(cast)
    alerts.beat("sweep", timezone.now())
    found = []
    for who, client in (("olga", signed_in("olga")), ("sven", signed_in("sven")), ("", Client())):
        client.raise_request_exception = False
        for text, _pattern in routes():
            where = address(text, known)
            if "logout" not in where:
                found.append((who, where, client.get(where)))
    return found


def test_every_answer_has_a_strict_policy_and_no_signed_in_one_is_kept_by_anybody(answers):
    assert len(answers) > 150
    for who, where, answer in answers:
        policy = answer["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy, where
        assert answer["X-Content-Type-Options"] == "nosniff" and answer["X-Frame-Options"] == "DENY", where
        assert answer["Referrer-Policy"] == "same-origin", where
        if who:
            assert "no-store" in answer["Cache-Control"], (who, where)
        for cookie in answer.cookies.values():
            assert cookie["httponly"] and cookie["path"] == "/" and not cookie["domain"], where


def test_cookies_are_bound_to_the_host_in_production():
    """What INSECURE_HTTP switches off for localhost is on everywhere else (`check --deploy` runs in `make lint`)."""
    text = (settings.BASE_DIR / "dpa_tracker" / "settings.py").read_text()
    assert '"session" if INSECURE_HTTP else "__Host-session"' in text
    assert '"csrf" if INSECURE_HTTP else "__Host-csrf"' in text
    assert "SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not INSECURE_HTTP" in text


def test_a_contact_of_several_customers_and_an_affiliate_sees_these_and_no_other(cast):
    affiliate = Customer.objects.create(name="Acme Nordic", affiliate_of=cast.a.customer)
    carl, case = User.objects.get(pk=cast.carl.user_id), reported(cast)
    for customer in (cast.c.customer, affiliate):
        Membership.objects.create(user=carl, role="contact", customer=customer)
    page = signed_in("carl")
    seen = {row: page.get(f"/matters/{row.public_reference}/").status_code for row in case.all}
    assert seen == {case.a: 200, case.b: 404, case.c: 200}
    with scope([affiliate.pk], "test"):
        assert not Agreement.objects.exists()
