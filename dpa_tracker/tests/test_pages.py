"""The main path by hand: forms sent as a browser without JavaScript sends them."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.tests.people import proved
from conftest import add_many
from obligations import alerts, delivery
from obligations.models import Entry, Matter, Message, Obligation

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def signed_in(name: str) -> Client:
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@people.example"), backend=BACKEND)
    return client


def hidden(html: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', html)
    assert found, name
    return found.group(1)


def report(client: Client, agreements, /, **changes: object):
    """Send the form `Report a suspected breach` as it was filled in."""
    page = client.get(reverse("open", args=["breach"]))
    facts = {
        "title": "Unknown sign-ins",
        "suspected_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
        "where": "processor",
        "categories": "customer_content",
        "description": "Seen in the log.",
        "agreements": [agreement.pk for agreement in agreements],
        "key": hidden(page.content.decode(), "key"),
    }
    return client.post(reverse("open", args=["breach"]), facts | changes)


def take(client: Client, matter: Matter, step: str, **facts: object):
    """Open the form of a step and send it."""
    address = reverse("step", args=[matter.public_reference, step])
    chosen = facts.pop("chosen", [])
    page = client.get(address, {"chosen": chosen} if chosen else {})
    assert page.status_code == 200, page.status_code
    sent = {"seen": hidden(page.content.decode(), "seen"), **facts}
    return client.post(address, sent)


def test_a_breach_from_report_to_close_by_hand(cast):
    olga, berta, anna = signed_in("olga"), signed_in("berta"), proved(signed_in("anna"))
    assert report(olga, [cast.a, cast.b]).status_code == 302
    breach = Matter.objects.get(kind="breach")
    page = olga.get(reverse("matter", args=[breach.public_reference])).content.decode()
    assert "Agreement with Acme" in page and "Agreement with Bodega" in page
    alerts.sweep(timezone.now())
    notices = {m.agreement_id: m for m in Matter.objects.filter(parent=breach)}
    chosen = [m.public_reference for m in notices.values()]
    assert take(olga, breach, "send", chosen=chosen, text="We suspect a breach.").status_code == 302
    delivery.deliver(timezone.now())
    assert take(berta, notices[cast.b.pk], "received").status_code == 302
    assert take(signed_in("carl"), notices[cast.a.pk], "received").status_code == 302
    assert Message.objects.filter(proof="acknowledged").count() == 2
    assert take(olga, breach, "supplement", chosen=chosen, text="It was a test.").status_code == 302
    informed = timezone.localtime().strftime("%Y-%m-%dT%H:%M:%S")
    refused = take(olga, breach, "close", conclusion="Done.")
    assert refused.status_code == 422
    assert "the customer has until" in refused.content.decode()
    Obligation.objects.filter(duty="inform_authority").update(started_at=breach.opened_at)
    assert take(berta, notices[cast.b.pk], "authority_informed", informed_at=informed).status_code == 302
    assert take(olga, breach, "retract", chosen=chosen, reason="A test.").status_code == 302
    assert take(anna, breach, "retract", chosen=chosen).status_code == 302
    assert set(Matter.objects.filter(parent=breach).values_list("state", flat=True)) == {"retracted"}
    assert take(olga, breach, "close", conclusion="A test of the sub-processor.").status_code == 422
    record = {"nature": "Sign-ins.", "consequences": "None.", "measures": "The network is named now."}
    assert take(olga, breach, "describe", **record).status_code == 302
    assert take(olga, breach, "close", conclusion="A test of the sub-processor.").status_code == 302
    breach.refresh_from_db()
    assert breach.state == "closed"


def test_a_form_sent_twice_opens_one_matter(cast):
    olga = signed_in("olga")
    key = "6f1f1f0e-5d0c-4a34-9d33-0f6f3f6a5b11"
    assert [report(olga, [cast.a], key=key).status_code for _ in range(2)] == [302, 302]
    assert Matter.objects.filter(kind="breach").count() == 1


def test_a_step_sent_twice_is_refused_in_words(cast):
    olga = signed_in("olga")
    report(olga, [cast.a])
    notice = Matter.objects.get(kind="breach_notice")
    address = reverse("step", args=[notice.public_reference, "send"])
    seen = hidden(olga.get(address).content.decode(), "seen")
    assert olga.post(address, {"seen": seen, "text": "One."}).status_code == 302
    again = olga.post(address, {"seen": seen, "text": "Two."})
    assert again.status_code == 422
    assert "was already sent" in again.content.decode() and "by Olga" in again.content.decode()
    assert Entry.objects.filter(step="send").count() == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"suspected_at": "2099-01-01T10:00"}, "lies in the future"),
        ({"suspected_at": "soon"}, "Enter a valid date/time"),
        ({"suspected_at": ""}, "This field is required"),
        ({"where": "moon"}, "Select a valid choice"),
        ({"agreements": [999999]}, "Select a valid choice"),
        ({"agreements": []}, "Choose whose data may be affected"),
        ({"description": "with a NUL \x00"}, "Null characters are not allowed"),
    ],
)
def test_bad_input_is_answered_next_to_the_field_and_changes_nothing(cast, changes, words):
    before = Entry.objects.count(), Matter.objects.count()
    answer = report(signed_in("olga"), [cast.a], **changes)
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert (Entry.objects.count(), Matter.objects.count()) == before


def test_a_customer_sees_its_own_notice_and_nothing_of_the_others(cast):
    report(signed_in("olga"), [cast.a, cast.b])
    breach = Matter.objects.get(kind="breach")
    mine = Matter.objects.get(kind="breach_notice", agreement=cast.b)
    other = Matter.objects.get(kind="breach_notice", agreement=cast.a)
    berta = signed_in("berta")
    assert berta.get(reverse("matter", args=[mine.public_reference])).status_code == 200
    for matter in (other, breach):
        assert berta.get(reverse("matter", args=[matter.public_reference])).status_code == 404
        assert berta.get(reverse("step", args=[matter.public_reference, "received"])).status_code == 404
    assert b"Acme" not in berta.get(reverse("today")).content
    assert berta.get(reverse("agreement", args=[cast.a.pk])).status_code == 403
    assert berta.get(reverse("open", args=["breach"])).status_code == 403
    assert berta.get(reverse("roles")).status_code == 403


def test_nobody_signed_in_is_asked_to_sign_in(client, cast):
    for name in ("today", "mailbox", "agreements", "roles"):
        answer = client.get(reverse(name))
        assert answer.status_code == 302 and answer.url.startswith("/accounts/login/")
    assert client.get("/api/v1/breach/").status_code == 401


def test_health_is_red_until_both_loops_tick_and_again_when_they_stop(client, cast, settings):
    assert client.get("/healthz/").status_code == 503
    alerts.sweep(timezone.now())
    delivery.deliver(timezone.now())
    assert client.get("/healthz/").status_code == 200
    settings.HEARTBEAT_STALE_SECONDS = -1
    assert client.get("/healthz/").json()["status"] == "alerts are not being raised"


def test_a_contact_by_mail_link_acknowledges_only_by_post(cast):
    """A mail scanner that follows the link in the notice must not count as receipt."""
    report(signed_in("olga"), [cast.b])
    notice = Matter.objects.get(kind="breach_notice")
    take(signed_in("olga"), notice, "send", text="We suspect.")
    delivery.deliver(timezone.now())
    berta = signed_in("berta")
    for _ in range(3):
        berta.get(reverse("matter", args=[notice.public_reference]))
        berta.get(reverse("step", args=[notice.public_reference, "received"]))
    notice.refresh_from_db()
    assert notice.state == "sent"


def test_a_step_of_all_children_takes_those_that_can_and_says_how_many(cast):
    olga = signed_in("olga")
    report(olga, [cast.a, *add_many(cast, 60)])
    breach = Matter.objects.get(kind="breach")
    take(olga, Matter.objects.get(parent=breach, agreement=cast.a), "send", text="First.")
    page = olga.get(reverse("matter", args=[breach.public_reference])).content.decode()
    assert "11 more are not listed here" in page
    address = reverse("step", args=[breach.public_reference, "send"])
    form = olga.get(address, {"all": "1"}).content.decode()
    assert "60 matters" in form and len(form) < 150_000
    olga.post(address, {"seen": hidden(form, "seen"), "text": "We suspect."})
    assert set(Matter.objects.filter(parent=breach).values_list("state", flat=True)) == {"sent"}
    assert Entry.objects.filter(step="send").count() == 61


def test_a_batch_reports_what_was_refused_and_takes_the_rest(cast):
    olga = signed_in("olga")
    report(olga, [cast.a, cast.b])
    breach = Matter.objects.get(kind="breach")
    notices = list(Matter.objects.filter(parent=breach))
    chosen = [notice.public_reference for notice in notices]
    address = reverse("step", args=[breach.public_reference, "send"])
    form = olga.get(address, {"chosen": chosen}).content.decode()
    take(olga, notices[0], "send", text="Somebody was quicker.")
    answer = olga.post(
        address, {"seen": hidden(form, "seen"), "text": "We suspect."}, follow=True
    ).content.decode()
    assert "1 of 2 done" in answer and "was already sent" in answer
    assert Entry.objects.filter(step="send").count() == 2
