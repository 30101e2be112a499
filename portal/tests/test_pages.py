"""Asking, following, looking things up."""

from django.urls import reverse

from obligations.actions import advance
from obligations.clauses import CLAUSES
from obligations.models import Matter
from portal import asking, stations
from portal.tests.world import amendment, confirmed, consent, hours_ago, notice, signed_in


def labels(matter: Matter) -> list[tuple[str, bool]]:
    rows = stations.of(matter, list(matter.entries.order_by("pk")))
    return [(station.label, station.at is not None) for station in rows]


def test_a_matter_is_traced_from_station_to_station(cast):
    row = notice(cast, cast.b)
    assert labels(row) == [("owed", True), ("sent", True), ("received", False), ("authority informed", False)]
    assert labels(confirmed(cast, cast.b, cast.berta))[2] == ("received", True)


def test_nothing_lies_ahead_of_what_is_closed(cast):
    row = amendment(cast, cast.a)
    advance([row], "withdraw", actor=cast.olga, at=hours_ago(1), facts={"reason": "Dropped."})
    assert labels(Matter.objects.get(pk=row.pk))[-1] == ("withdrawn", True)


def test_the_way_ahead_is_the_one_on_which_nothing_goes_wrong():
    ways = {
        kind: stations.way(CLAUSES[kind], "") for kind in ("consent", "exit", "amendment", "dsar_forwarding")
    }
    assert ways == {
        "consent": ["owed", "sent", "received", "granted"],
        "exit": ["ended", "erasing", "settled", "complete", "certified"],
        "amendment": ["proposed", "agreed", "in_force"],
        "dsar_forwarding": ["owed", "sent", "received", "answered", "purged"],
    }


def test_each_request_says_what_happens_next_and_by_when(cast):
    page = signed_in(cast.carl).get(reverse("portal-ask")).content.decode()
    assert "Propose an amendment" in page and "Agree on the amendment" in page
    assert "reasonable efforts (target 30 days)" in page


def test_whatever_a_room_lets_a_customer_open_can_be_asked_for_here(cast):
    """A new room appears by itself."""
    wanted = {
        clause.kind
        for clause in CLAUSES.values()
        if clause.opened_by_hand
        and clause.of == "agreement"
        and clause.step("open").by & {"contact", "signatory"}
    }
    assert wanted
    assert {clause.kind for clause in asking.kinds(cast.sven)} | {
        c.kind for c in asking.kinds(cast.carl)
    } == wanted
    for kind in {clause.kind for clause in asking.kinds(cast.sven)}:
        assert signed_in(cast.sven).get(reverse("portal-ask-for", args=[kind])).status_code == 200


def test_an_amendment_asked_for_here_opens_and_can_be_followed(cast):
    client = signed_in(cast.carl)
    address = reverse("portal-ask-for", args=["amendment"])
    facts = {"title": "Shorter periods", "subject": "Forwarding", "why": "We answer faster."}
    answer = client.post(address, facts, follow=True)
    row = Matter.objects.get(kind="amendment")
    assert answer.redirect_chain[0][0] == reverse("portal-matter", args=[row.public_reference])
    assert (row.agreement, row.entries.get().actor_name) == (cast.a, "Carl")
    assert "Make the next move, owed by 365 AITECH" in answer.content.decode()


def test_what_only_the_house_opens_cannot_be_asked_for(cast):
    for kind in ("breach", "exit", "consent", "nothing"):
        assert signed_in(cast.sven).get(reverse("portal-ask-for", args=[kind])).status_code == 404


def test_the_agreement_shows_every_clause_with_terms_and_state(cast):
    confirmed(cast, cast.a, cast.carl)
    reference = Matter.objects.get(kind="agreement", agreement=cast.a).public_reference
    page = signed_in(cast.carl).get(reverse("portal-agreement", args=[reference])).content.decode()
    assert all(clause["title"].split(":")[0] in page for clause in cast.profile.clauses.values())
    assert "within 24 hours" in page and "negotiated" in page and "nothing due" in page


def test_sub_processors_show_place_answer_and_history(cast):
    consent(cast, cast.a)
    page = signed_in(cast.carl).get(reverse("portal-subprocessors")).content.decode()
    assert "Nimbus" in page and "(in the EEA)" in page and "It recognises speech." in page
    assert "MongoDB" in page, "those that the agreement names"


def test_own_matters_are_found_by_words_and_by_reference(cast):
    row, other = consent(cast, cast.a, "Nimbus"), amendment(cast, cast.a)
    client = signed_in(cast.carl)
    for words in ("nimb", row.public_reference):
        page = client.get(reverse("portal-matters"), {"q": words}).content.decode()
        assert row.public_reference in page and other.public_reference not in page
    assert "Nothing of yours fits" in client.get(reverse("portal-matters"), {"q": "zzz"}).content.decode()


def test_staff_have_no_business_in_the_portal(cast):
    for name in ("portal", "portal-ask", "portal-matters", "portal-contacts", "portal-subprocessors"):
        assert signed_in(cast.olga).get(reverse(name)).status_code == 403


def test_the_first_page_is_the_readers_own(cast):
    assert "What needs you" in signed_in(cast.carl).get("/").content.decode()
    assert "What needs you" not in signed_in(cast.olga).get("/").content.decode()


def test_who_asks_for_an_audit_sees_beforehand_when_the_next_one_is_free(cast):
    for address in (reverse("portal-ask"), reverse("portal-ask-for", args=["audit"])):
        page = signed_in(cast.sven).get(address).content.decode()
        assert "Your next audit is free, from today on." in page
