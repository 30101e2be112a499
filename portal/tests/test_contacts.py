"""Who is told: read and written by the customer's own people, with history; a warning when nobody is left."""

from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from accounts.tests.people import user
from conftest import report_breach
from obligations import told
from obligations.actions import advance
from obligations.models import Agreement, Matter, Message, NoticeContact
from portal.tests.world import hours_ago, notice, signed_in


def address(agreement: Agreement, name: str, *place: int) -> str:
    reference = Matter.objects.get(kind="agreement", agreement=agreement).public_reference
    return reverse(name, args=[reference, *place])


def page(who) -> str:
    return signed_in(who).get(reverse("portal-contacts")).content.decode()


def emails(agreement: Agreement) -> list[str]:
    return list(
        NoticeContact.objects.filter(agreement=agreement).order_by("position").values_list("email", flat=True)
    )


def test_a_contact_is_added_last_and_the_history_says_by_whom(cast):
    body = {"name": "Petra", "email": "Petra@acme.example", "phone": "030 1"}
    assert signed_in(cast.carl).post(address(cast.a, "portal-contact-add"), body).status_code == 302
    row = NoticeContact.objects.get(email="petra@acme.example")
    assert (row.position, row.history.get().history_user.name) == (2, "Carl")


def test_a_contact_is_told_earlier_and_both_keep_one_place(cast):
    assert emails(cast.c) == ["cora@celtic.example", "conor@second.example"]
    assert signed_in(cast.cora).post(address(cast.c, "portal-contact-up", 2)).status_code == 302
    assert emails(cast.c) == ["conor@second.example", "cora@celtic.example"]
    assert [row.history.first().position for row in NoticeContact.objects.filter(agreement=cast.c)] == [1, 2]


def test_the_last_contact_stays(cast):
    client = signed_in(cast.carl)
    answer = client.post(address(cast.a, "portal-contact-remove", 1), follow=True)
    assert "This is the only contact" in answer.content.decode() and emails(cast.a) == ["carl@acme.example"]
    assert signed_in(cast.cora).post(address(cast.c, "portal-contact-remove", 1)).status_code == 302
    assert emails(cast.c) == ["conor@second.example"]
    gone = NoticeContact.history.get(email="cora@celtic.example", history_type="-")
    assert gone.history_user.name == "Cora"


def test_after_one_is_removed_the_next_gets_a_place_of_its_own(cast):
    client = signed_in(cast.cora)
    client.post(address(cast.c, "portal-contact-remove", 1))
    client.post(address(cast.c, "portal-contact-add"), {"name": "New", "email": "new@celtic.example"})
    assert emails(cast.c) == ["conor@second.example", "new@celtic.example"]


def test_a_wrong_address_is_put_right_and_the_old_one_is_kept(cast):
    body = {"name": "Carl", "email": "carl@new.example", "phone": ""}
    assert signed_in(cast.sven).post(address(cast.a, "portal-contact", 1), body).status_code == 302
    row = NoticeContact.objects.get(agreement=cast.a)
    assert [old.email for old in row.history.all()] == ["carl@new.example", "carl@acme.example"]


def test_two_contacts_do_not_share_an_address(cast):
    body = {"name": "Twice", "email": "conor@second.example"}
    answer = signed_in(cast.cora).post(address(cast.c, "portal-contact-add"), body)
    assert answer.status_code == 422 and "already exists" in answer.content.decode()


def test_a_notice_goes_out_in_the_language_of_the_person_who_gets_it(cast):
    """The agreement speaks Spanish, Berta prefers German; nobody else's notice changes."""
    Agreement.objects.filter(pk=cast.b.pk).update(language="es")
    body = {"name": "Berta", "email": "berta@bodega.example", "phone": "", "language": "de"}
    assert signed_in(cast.berta).post(address(cast.b, "portal-contact", 1), body).status_code == 302
    row = notice(cast, cast.b)
    advance([row], "supplement", actor=cast.olga, at=hours_ago(1), facts={"text": "More."})
    found = Message.objects.filter(matter=row).values_list("recipient", "context__language")
    assert set(found) == {("berta@bodega.example", "de")} and len(found) == 2
    report_breach(cast, [cast.a], hours_ago(1))
    other = Matter.objects.get(kind="breach_notice", agreement=cast.a)
    advance([other], "send", actor=cast.olga, at=hours_ago(1), facts={"text": "We suspect."})
    assert Message.objects.get(matter=other).context["language"] == "en"


def test_the_language_of_notices_is_chosen_with_history(cast):
    assert (
        signed_in(cast.berta).post(address(cast.b, "portal-language"), {"language": "es"}).status_code == 302
    )
    found = Agreement.objects.get(pk=cast.b.pk)
    assert (found.language, found.history.first().history_user.name) == ("es", "Berta")


def test_it_warns_when_the_only_contact_bounced_until_something_arrives(cast):
    notice(cast, cast.a)
    Message.objects.filter(recipient="carl@acme.example").update(state="failed", failed_at=timezone.now())
    assert "Your only contact cannot be reached" in page(cast.carl)
    assert "Your only contact cannot be reached" in signed_in(cast.carl).get("/").content.decode()
    Message.objects.filter(recipient="carl@acme.example").update(state="received")
    assert "cannot be reached" not in page(cast.carl)


def test_it_warns_when_the_only_contact_has_left(cast):
    NoticeContact.objects.filter(agreement=cast.a).update(user=user("carl"))
    assert "cannot be reached" not in page(cast.sven)
    Membership.objects.filter(user=user("carl")).delete()
    assert "has left: can no longer sign in here" in page(cast.sven)
    assert "Your only contact cannot be reached" in page(cast.sven)


def test_one_of_two_that_bounced_is_no_alarm(cast):
    notice(cast, cast.c)
    Message.objects.filter(recipient="cora@celtic.example").update(state="failed", failed_at=timezone.now())
    body = page(cast.cora)
    assert "the last message came back" in body and "cannot be reached" not in body


def test_nobody_changes_the_contacts_of_another_customer(cast):
    client = signed_in(cast.carl)
    for name, place in (("portal-contact-add", ()), ("portal-contact", (1,)), ("portal-contact-up", (2,)),
                        ("portal-contact-remove", (1,)), ("portal-language", ())):  # fmt: skip
        body = {"name": "X", "email": "x@evil.example", "language": "de"}
        assert client.post(address(cast.c, name, *place), body).status_code == 404
    assert emails(cast.c) == ["cora@celtic.example", "conor@second.example"]


def test_people_who_can_sign_in_are_the_customers_own(cast):
    body = page(cast.carl)
    assert "sven@people.example" in body and "carl@people.example" in body
    assert not any(name in body for name in ("cora@people", "berta@people", "olga@people"))


def test_a_contact_gets_the_notices_it_chose_and_the_others_go_to_who_comes_first(cast):
    """Conor, the second, wants breach notices alone: they go to him first, and consents stay Cora's."""
    body = {"name": "Conor", "email": "conor@second.example", "kinds": ["breach_notice"], "reminders": "on"}
    assert signed_in(cast.cora).post(address(cast.c, "portal-contact", 2), body).status_code == 302
    assert {row.recipient for row in Message.objects.filter(matter=notice(cast, cast.c))} == {body["email"]}
    theirs = list(NoticeContact.objects.filter(agreement=cast.c))
    assert [one.name for one in told.in_order(theirs, "consent")] == ["Cora", "Conor"]
    assert "Breach notices; reminders" in page(cast.cora) and "All notices; reminders" in page(cast.cora)


def test_reminders_go_to_everybody_who_chose_them_and_to_the_first_when_nobody_did(cast):
    theirs = list(NoticeContact.objects.filter(agreement=cast.c))
    assert told.reminded(theirs, "consent") == theirs
    theirs[1].kinds = ["breach_notice"]
    assert told.reminded(theirs, "consent") == theirs[:1]
    theirs[0].reminders = theirs[1].reminders = False
    assert told.reminded(theirs, "consent") == theirs[:1]
    assert told.reminded(theirs, "breach_notice") == theirs[1:]
