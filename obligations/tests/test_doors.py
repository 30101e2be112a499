"""Pages and API: one declaration behind both, and a person of another customer finds nothing."""

import datetime as dt
from base64 import b64encode
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from accounts.roles import SYSTEM
from accounts.tests.people import proved
from accounts.tests.test_tokens import same
from conftest import report_breach
from obligations import evidence, restrictions
from obligations.actions import advance
from obligations.clauses import CLAUSES, Step
from obligations.models import Entry, Matter, Message, Obligation
from obligations.tests.engine import nothing_changes, proof
from obligations.tests.kinds import built, opening, put_in, ready, states_of

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
PEOPLE = ("olga", "anna", "adam", "aude", "carl", "sven")
STEPS = [
    (kind, step.name)
    for kind, clause in sorted(CLAUSES.items())
    for step in clause.steps
    if step.name != "open"
]
BY_HAND = sorted(kind for kind, clause in CLAUSES.items() if clause.opened_by_hand)


def hours_ago(number: int) -> dt.datetime:
    """A whole minute of the real clock: the doors read it, and forms know no seconds."""
    return timezone.now().replace(second=0, microsecond=0) - dt.timedelta(hours=number)


def signed_in(who: Any) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(pk=who.user_id), backend=BACKEND)
    return client


def as_form(facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as a browser sends them: instants in the zone of the cast, files as files."""
    return {name: _typed(value) for name, value in facts.items()}


def _typed(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return value.astimezone(ZoneInfo("Europe/Berlin")).strftime("%Y-%m-%dT%H:%M")
    if isinstance(value, dict):
        return SimpleUploadedFile(value["name"], evidence.path(value["sha256"]).read_bytes())
    return value


def as_json(step: Step, facts: dict[str, Any]) -> dict[str, Any]:
    """Facts as a machine sends them: files in base64, agreements and people by name instead of key."""
    types = {field.name: field.type for field in step.fields}
    return {name: _encoded(value, types.get(name, "")) for name, value in facts.items()}


def _encoded(value: Any, kind: str) -> Any:
    if kind == "agreements":
        rows = Matter.objects.filter(kind="agreement", agreement__in=value)
        return list(rows.values_list("public_reference", flat=True))
    if kind == "people":
        return list(User.objects.filter(pk__in=value).values_list("email", flat=True))
    if kind == "person":
        return User.objects.get(pk=value).email
    if isinstance(value, dict):
        content = evidence.path(value["sha256"]).read_bytes()
        return {"name": value["name"], "content": b64encode(content).decode()}
    return value


def by_web(client: Client, row: Matter, step: Step, facts: dict[str, Any]) -> bool:
    address = reverse("step", args=[row.public_reference, step.name])
    answer = client.post(address, {"seen": f"{row.pk}:{row.version}", **as_form(facts)})
    assert answer.status_code in (302, 403, 422), answer.status_code
    return answer.status_code == 302


def by_portal(client: Client, row: Matter, step: Step, facts: dict[str, Any]) -> bool:
    """The customers' own form at the same address; who signs has proved who they are and confirms what it means."""
    form = {"seen": row.version, "intends": "on", **as_form(facts)}
    answer = client.post(reverse("step", args=[row.public_reference, step.name]), form)
    assert answer.status_code in (302, 404, 422), answer.status_code
    return answer.status_code == 302


def by_api(client: Client, row: Matter, step: Step, facts: dict[str, Any]) -> bool:
    address = f"/api/v1/{row.kind}/{row.public_reference}/steps/{step.name}/"
    body = {"version": row.version, "facts": as_json(step, facts)}
    answer = client.post(address, body, content_type="application/json")
    assert answer.status_code in (200, 403, 409), answer.content
    return answer.status_code == 200


def result(matter: Matter) -> dict[str, Any]:
    """What a step left behind, without keys and the instants of the real clock."""
    row = Matter.objects.get(pk=matter.pk)
    entries = Entry.objects.filter(matter=row).order_by("pk")
    clocks = Obligation.objects.filter(matter=row).order_by("pk")
    return {
        "matter": (row.state, row.version, row.proposal_id is not None, row.closed_at is not None),
        "entries": list(entries.values_list("step", "to_state", "actor", "proposed", "facts")),
        "clocks": list(clocks.values_list("duty", "occurrence", "round", "state", "source")),
        "messages": sorted(Message.objects.filter(matter=row).values_list("template", "recipient")),
    }


def tried(how: Any, client: Client, row: Matter, step: Step, facts: dict[str, Any]) -> tuple[bool, Any]:
    """Whether the door took the step and what it left; undone afterwards."""
    before = result(row)
    with transaction.atomic():
        done = how(client, row, step, facts)
        left = result(row)
        transaction.set_rollback(True)
    assert done or left == before
    return done, left


@pytest.mark.parametrize(("kind", "name"), STEPS)
def test_form_and_api_give_the_same_result(cast, kind, name):
    matter = built(kind, cast, hours_ago(3))
    step = CLAUSES[kind].step(name)
    wrong = [state for state in states_of(CLAUSES[kind]) if state not in step.from_states][:1]
    facts = ready(matter, step, cast, hours_ago(1))
    named = restrictions.readers([matter.pk]).get(matter.pk)  # of a gagged matter; nobody else finds it
    asked: set[Any] = set()
    for who in PEOPLE:
        if named is not None and getattr(cast, who).user_id not in named:
            client = signed_in(getattr(cast, who))
            assert client.get(f"/api/v1/{kind}/{matter.public_reference}/").status_code == 404
            assert client.get(reverse("step", args=[matter.public_reference, name])).status_code == 404
            continue
        if matter.customer_id is None and who in ("carl", "sven"):
            continue  # a house matter: the next test says that they do not find it
        may = bool(getattr(cast, who).roles_at(matter.customer_id) & _starters(step))
        web = by_portal if who in ("carl", "sven") else by_web
        if (web, may) in asked:
            continue  # one who may and one who may not of each side: the battery asks every role in every state
        asked.add((web, may))
        client = proved(signed_in(getattr(cast, who)))
        facts |= {"typed_name": getattr(cast, who).name} if "typed_name" in facts else {}
        for state in (step.from_states[0], *(wrong if may else ())):
            row = put_in(matter, state)
            form, api = tried(web, client, row, step, facts), tried(by_api, client, row, step, facts)
            assert form == api or (web is by_portal and signed(step) and form[0] == api[0]), (who, state)
            assert form[0] == (may and state in step.from_states), (who, state)
        wrong = [] if may else wrong


def signed(step: Step) -> bool:
    """The portal adds the signed document to the facts."""
    return any(field.name == "signed_document" for field in step.fields)


def _starters(step: Step) -> frozenset[str]:
    """Roles that can begin the step: of two people, those who propose."""
    return step.proposed_by if step.two_people else frozenset(step.by)


@pytest.mark.parametrize("kind", BY_HAND)
def test_form_and_api_open_the_same_matter(cast, kind):
    client = signed_in(cast.olga)
    facts = opening(kind, cast, hours_ago(2))
    of_one = CLAUSES[kind].of == "agreement"
    reference = Matter.objects.get(kind="agreement", agreement=cast.a).public_reference
    by_form, by_json = ({"agreement": cast.a.pk}, {"agreement": reference}) if of_one else ({}, {})
    found = []
    for api in (False, True):
        with transaction.atomic():
            if api:
                body = {"title": "Opened", "facts": as_json(CLAUSES[kind].step("open"), facts), **by_json}
                answer = client.post(f"/api/v1/{kind}/", body, content_type="application/json")
                assert answer.status_code == 201, answer.content
            else:
                form = {"title": "Opened", **by_form, **as_form(facts)}
                answer = client.post(reverse("open", args=[kind]), form)
                assert answer.status_code == 302, answer.content
            found.append(result(Matter.objects.get(kind=kind, title="Opened")))
            transaction.set_rollback(True)
    assert found[0] == found[1]


@pytest.fixture
def foreign(cast) -> Matter:
    """Acme's notice, sent, with a message and a letter; Cora of Celtic reads the pages."""
    report_breach(cast, [cast.a], hours_ago(3))
    row = Matter.objects.get(kind="breach_notice")
    advance([row], "send", actor=cast.olga, at=hours_ago(2), facts={"text": "We suspect."})
    proof(row, cast)
    return Matter.objects.get(pk=row.pk)


def addresses(row: Matter) -> list[str]:
    letter = row.messages.first()
    return [
        reverse("matter", args=[row.public_reference]),
        *(reverse("step", args=[row.public_reference, step.name]) for step in row.clause.steps),
        reverse("message", args=[letter.pk]),
        f"/api/v1/{row.kind}/{row.public_reference}/",
    ]


def test_a_person_of_another_customer_finds_no_page(cast, foreign):
    client = signed_in(cast.cora)
    assert {client.get(address).status_code for address in addresses(foreign)} == {404}


def test_the_customers_own_people_find_their_pages(cast, foreign):
    client = signed_in(cast.carl)
    assert client.get(reverse("matter", args=[foreign.public_reference])).status_code == 200
    assert client.get(f"/api/v1/{foreign.kind}/{foreign.public_reference}/").status_code == 200


def test_a_person_of_another_customer_takes_no_step(cast, foreign):
    client = signed_in(cast.cora)
    body = {"version": foreign.version, "facts": {}}
    with nothing_changes():
        for step in foreign.clause.steps:
            page = reverse("step", args=[foreign.public_reference, step.name])
            assert client.post(page, {"seen": f"{foreign.pk}:{foreign.version}"}).status_code == 404
            api = f"/api/v1/{foreign.kind}/{foreign.public_reference}/steps/{step.name}/"
            assert client.post(api, body, content_type="application/json").status_code == 404


def test_a_foreign_and_an_unknown_matter_are_answered_alike(cast, foreign):
    client = signed_in(cast.cora)
    for address in ("/api/v1/breach_notice/{}/", "/matters/{}/", "/matters/{}/steps/received/"):
        foreign_answer = client.get(address.format(foreign.public_reference))
        unknown = client.get(address.format("00000-00000"))
        assert foreign_answer.status_code == unknown.status_code
        if address.startswith("/api/"):
            assert same(foreign_answer, unknown)


def test_lists_show_only_the_readers_own(cast, foreign):
    client = signed_in(cast.cora)
    for address in ("/", "/portal/matters/", "/portal/agreements/", "/mailbox/", "/api/v1/breach_notice/"):
        page = client.get(address)
        assert page.status_code == 200 and b"Acme" not in page.content, address


def test_a_house_matter_is_not_for_customers(cast, foreign):
    for who in (cast.carl, cast.sven, cast.cora):
        client = signed_in(who)
        assert client.get(reverse("matter", args=[foreign.parent.public_reference])).status_code == 404
        assert client.get(f"/api/v1/breach/{foreign.parent.public_reference}/").status_code == 404


def test_a_mail_scanner_that_follows_the_link_acknowledges_nothing(cast, foreign):
    client = signed_in(cast.carl)
    with nothing_changes():
        page = client.get(reverse("step", args=[foreign.public_reference, "received"]))
    assert page.status_code == 200


def test_the_system_reads_no_step_from_a_form(cast, foreign):
    """Steps of the system alone have no door: nobody who signs in may take them."""
    alone = [step for step in foreign.clause.steps if step.takers == SYSTEM.house and step.name != "open"]
    for who in PEOPLE:
        client = signed_in(getattr(cast, who))
        with nothing_changes():
            web = by_portal if who in ("carl", "sven") else by_web
            assert not any(web(client, foreign, step, {}) for step in alone)
    assert alone


@pytest.mark.parametrize(
    "body", [{"version": "2"}, {"version": 2, "at": "soon"}, {"version": 2, "facts": []}]
)
def test_a_request_that_cannot_be_read_is_answered_with_what_is_missing(cast, foreign, body):
    client = signed_in(cast.olga)
    address = f"/api/v1/{foreign.kind}/{foreign.public_reference}/steps/supplement/"
    with nothing_changes():
        answer = client.post(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        ({"version": 1, "facts": {"text": "More."}}, 409, "wrong-state"),
        ({"version": 2, "facts": {}}, 422, "invalid-facts"),
        ({"version": 2, "at": "2099-01-01T00:00:00Z", "facts": {"text": "More."}}, 409, "impossible-time"),
    ],
)
def test_refusals_of_the_api_are_problem_details(cast, foreign, body, status, kind):
    address = f"/api/v1/{foreign.kind}/{foreign.public_reference}/steps/supplement/"
    with nothing_changes():
        answer = signed_in(cast.olga).post(address, body, content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (status, f"/problems/{kind}")
