"""Two mirrored customers, a canary in every text of each and of the house: nobody reads another's canary.

The pages are walked as a person would: from the first one, every link. With the first wall off, on PostgreSQL, too.
"""

import datetime as dt
import re
from io import BytesIO
from itertools import cycle
from types import SimpleNamespace
from typing import Any
from urllib.parse import urljoin, urlsplit
from zipfile import ZipFile

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.models import Value
from django.db.models.functions import Cast, Concat
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from accounts import scope as scopes
from accounts.models import Customer, User
from accounts.scope import Scoped
from accounts.tests.people import proved
from dpa_tracker.tests.stranger import NOBODYS, belongings
from dpa_tracker.tests.test_routes import address as filled_in
from dpa_tracker.tests.test_routes import routes
from obligations import alerts, append_only, evidence
from obligations.models import Evidence, Matter, Message, NoticeContact
from obligations.tests.kinds import BUILDERS
from webhooks.models import Endpoint

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Words that steer the program: a canary there would break it, and none of them is anybody's own.
STEERING = {
    *("kind", "state", "public_reference", "duty", "source", "owed_by", "start_fact", "template"),
    *("step", "from_state", "to_state", "channel", "key", "category", "proof", "sha256", "language", "link"),
    *("step_on_receipt", "step_on_relay", "step_on_failure", "step_on_exhausted", "pending_step", "number"),
    *("secret", "old_secret", "customer_role", "code", "digest"),
}
# Columns whose words have a form: the canary stands in it, with the row's key, since some must be unique.
FORMED = {"email": "@mail.example", "recipient": "@mail.example", "url": ".hooks.example/"}


PROGRAMS_JSON = {"value", "reckoning", "scopes", "wants"}  # terms and what the program wrote itself


def scoped_models() -> list[type[models.Model]]:
    """Every model behind the wall, and the histories of those that have one."""
    found = [model for model in apps.get_models() if issubclass(model, Scoped)]
    return found + [model.history.model for model in found if hasattr(model, "history")]


def texts(model: type[models.Model]) -> list[str]:
    """Its free texts: columns that a person fills and that no code compares."""
    return [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, (models.CharField, models.TextField))
        and not field.choices
        and not field.primary_key
        and field.name not in STEERING | FORMED.keys()
        and not field.name.startswith("history_")
        and (isinstance(field, models.TextField) or (field.max_length or 0) >= 60)
    ]


def sown(value: Any, canary: str) -> Any:
    """Words inside JSON replaced; what has no blank is a key, a state or an instant."""
    if isinstance(value, dict):
        return {key: sown(inner, canary) for key, inner in value.items()}
    if isinstance(value, list):
        return [sown(inner, canary) for inner in value]
    return canary if isinstance(value, str) and " " in value else value


def with_key(before: str, after: str) -> Concat:
    """A text of which every row has its own."""
    text = models.CharField()
    return Concat(Value(before), Cast("pk", text), Value(after), output_field=text)


def plant(canary: str, customer: Customer | None) -> int:
    """The canary in every free text and fact of that customer's rows; returns how many columns hold it."""
    columns = 0
    with append_only.lifted():
        for model in scoped_models():
            rows = model.objects.filter(customer=customer)
            names = texts(model)
            if names and rows.exists():
                rows.update(**dict.fromkeys(names, canary))
                columns += len(names)
            for name in {field.name for field in model._meta.concrete_fields} & FORMED.keys():
                before = f"https://{canary}-" if name == "url" else f"{canary}-"
                rows.update(**{name: with_key(before, FORMED[name])})
            for field in model._meta.concrete_fields:
                if isinstance(field, models.JSONField) and field.name not in PROGRAMS_JSON:
                    for pk, value in rows.values_list("pk", field.name):
                        rows.filter(pk=pk).update(**{field.name: sown(value, canary)})
    if customer is not None:
        Customer.objects.filter(pk=customer.pk).update(name=canary)
        NoticeContact.objects.filter(customer=customer).update(name=canary)
        people = User.objects.filter(memberships__customer=customer)
        people.update(email=with_key(f"{canary}-of-", FORMED["email"]))
    return columns


@pytest.fixture
def mirrored(cast) -> SimpleNamespace:
    """A matter of every kind for Acme and the same for Bodega, with alerts and a file on each."""
    now = timezone.now().replace(microsecond=0)
    at, known = now - dt.timedelta(hours=3), []
    for side in (cast, SimpleNamespace(**{**vars(cast), "a": cast.b, "b": cast.a, "carl": cast.berta})):
        for kind in sorted(BUILDERS):
            if not Matter.objects.filter(kind=kind, agreement=side.a).exists():
                BUILDERS[kind](side, at)
        known.append(belongings(side.a, side.carl))
        # It is told all that ever happened.
        Endpoint.objects.filter(reference=known[-1]["endpoints"]).update(after=0)
    alerts.sweep(now)
    for name in ("sweep", "deliver"):
        alerts.beat(name, now)  # else the health page says 503
    for matter in Matter.objects.all():
        name = f"canary-{matter.customer_id or 'house'}"
        kept = evidence.kept("proof.txt", [f"{name} file".encode()])
        Evidence.objects.create(
            matter=matter, customer=matter.customer, title="p", sha256=kept["sha256"], size=kept["size"]
        )
    found = SimpleNamespace(
        cast=cast,
        own=f"canary-{cast.a.customer_id}",
        other=f"canary-{cast.b.customer_id}",
        known={**known[0], "sheet": "agreements", "job": NOBODYS["uuid"]},
    )
    assert plant(found.own, cast.a.customer) > 10
    assert plant(found.other, cast.b.customer) > 10
    assert plant("canary-house", None) > 5
    return found


def signed_in(who: SimpleNamespace) -> Client:
    client = Client(raise_request_exception=True)
    client.force_login(User.objects.get(pk=who.user_id), backend=BACKEND)
    return client


def links(body: str, address: str) -> set[str]:
    found = re.findall(r'(?:href|action)="([^"#]+)"', body)
    there = {urlsplit(urljoin(f"http://testserver{address}", link)) for link in found}
    return {
        f"{part.path}?{part.query}".rstrip("?")
        for part in there
        if part.netloc == "testserver" and "/static/" not in part.path and "logout" not in part.path
    }


def everything(answer) -> str:
    """All that a receiver gets: headers, and the body, streamed or not, packed or drawn."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return f"{dict(answer.headers)} {readable(body)}"


def readable(body: bytes) -> str:
    """The words of a PDF, the members of an archive with their names, else the text."""
    if body.startswith(b"%PDF"):
        return "\n".join(page.extract_text() for page in PdfReader(BytesIO(body)).pages)
    if body.startswith(b"PK\x03\x04"):
        with ZipFile(BytesIO(body)) as packed:
            return "\n".join(f"{name} {readable(packed.read(name))}" for name in packed.namelist())
    return body.decode(errors="replace")


def walked(client: Client, *starts: str) -> dict[str, str]:
    """Every page that can be reached, with all that it said."""
    seen: dict[str, str] = {}
    waiting = list(starts)
    while waiting and len(seen) < 600:
        address = waiting.pop()
        if address in seen:
            continue
        answer = client.get(address)
        assert answer.status_code < 500, address
        seen[address] = everything(answer)
        waiting += sorted(links(seen[address], address) - seen.keys())
    return seen


def starts() -> list[str]:
    """The first page, and every list of the pages and of the API."""
    kinds = sorted(BUILDERS)
    return [
        "/",
        "/mailbox/",
        "/proof/",
        *(f"/portal/{page}/" for page in ("ask", "matters", "agreements", "sub-processors", "contacts")),
        *(f"/portal/ask/{k}/" for k in kinds),
        *(f"/api/v1/{k}/" for k in kinds),
    ]


def by_route(known: dict[str, Any]) -> list[str]:
    """Every address of the program, with these keys in it: a new one is walked by the next run."""
    apart = ("/admin/", "/static/", "/accounts/logout")
    return [filled_in(text, known) for text, _pattern in routes() if not text.startswith(apart)]


def own_addresses(customer: Customer) -> list[str]:
    """What belongs to a customer, by address: pages and API."""
    matters = Matter.objects.filter(customer=customer)
    return [
        *(reverse("matter", args=[m.public_reference]) for m in matters),
        *(f"/api/v1/{m.kind}/{m.public_reference}/" for m in matters),
        *(reverse("step", args=[m.public_reference, s.name]) for m in matters for s in m.clause.steps),
        *(f"/portal/matters/{m.public_reference}/" for m in matters),
        *(f"/portal/matters/{m.public_reference}/steps/{s.name}/" for m in matters for s in m.clause.steps),
        *(f"/portal/agreements/{m.public_reference}/" for m in matters.filter(kind="agreement")),
        *(
            f"/portal/contacts/{m.public_reference}/{page}/"
            for m in matters.filter(kind="agreement")
            for page in ("add", "language", "1")
        ),
        *(f"/portal/matters/{m.public_reference}/authority/" for m in matters.filter(kind="breach_notice")),
        *(f"/portal/files/{digest}/" for digest in digests_of(customer)),
        *(reverse("message", args=[row.pk]) for row in Message.objects.filter(customer=customer)),
        *(reverse("proof", args=[m.public_reference]) for m in matters.filter(kind="agreement")),
        *(reverse("audit-entitlement", args=[m.public_reference]) for m in matters.filter(kind="audit")),
    ]


def digests_of(customer: Customer) -> set[str]:
    """Of its files alone: a file that two customers have is each one's own."""
    held = Evidence.objects.exclude(sha256="")
    others = held.exclude(customer=customer).values("sha256")
    return set(held.filter(customer=customer).exclude(sha256__in=others).values_list("sha256", flat=True))


def of_nobody(address: str) -> str:
    """The same address with a key that nothing has."""
    address = re.sub(r"[0-9A-Z]{5}-[0-9A-Z]{5}", "AAAAA-AAAAA", address)
    address = re.sub(r"[0-9a-f]{64}", "a" * 64, address)
    address = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "00000000-0000-4000-8000-000000000000", address)
    return re.sub(r"/\d+/", "/999999999/", address)


def lasting(answer) -> str:
    """The body without what is new in every answer."""
    body = answer.content.decode().replace(answer.headers["X-Request-ID"], "")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", body)


def same_headers(answer) -> dict[str, str]:
    return {
        name: value for name, value in answer.headers.items() if name not in ("Set-Cookie", "X-Request-ID")
    }


@pytest.mark.parametrize(("name", "wall"), [("carl", "all walls"), ("sven", "the last wall alone")])
def test_a_customers_people_meet_no_canary_but_their_own(mirrored, monkeypatch, name, wall):
    """The last wall is row-level security on PostgreSQL; on SQLite the first one is the last."""
    if wall == "the last wall alone" and connection.vendor == "postgresql":
        monkeypatch.setattr(scopes, "narrowed", lambda rows, customer, matter: rows)
    addresses = [*starts(), *own_addresses(mirrored.cast.a.customer), *by_route(mirrored.known)]
    pages = walked(signed_in(getattr(mirrored.cast, name)), *addresses)
    assert sum(mirrored.own in text for text in pages.values()) > 20, "the walk has met too little"
    foreign = [where for where, text in pages.items() if mirrored.other in text]
    house = [where for where, text in pages.items() if "canary-house" in text]
    assert (foreign, house) == ([], [])


def test_whatever_is_the_others_answers_like_what_does_not_exist(mirrored):
    """Each address is asked for by one of Acme's two people in turn."""
    asking = cycle([signed_in(mirrored.cast.carl), signed_in(mirrored.cast.sven)])
    addresses = own_addresses(mirrored.cast.b.customer)
    assert len(addresses) > 50
    of_nobodys: dict[Any, Any] = {}
    for address, client in zip(addresses, asking, strict=False):
        known = (client, of_nobody(address))
        if known not in of_nobodys:
            of_nobodys[known] = client.get(known[1])
        foreign, unknown = client.get(address), of_nobodys[known]
        assert (foreign.status_code, unknown.status_code) == (404, 404), address
        assert lasting(foreign) == lasting(unknown), address
        assert same_headers(foreign) == same_headers(unknown), address


def test_the_others_keys_are_not_accepted_in_bodies(mirrored):
    """Each of our own forms and steps, sent with a matter, an agreement or a person of the other."""
    client = proved(signed_in(mirrored.cast.sven))
    theirs = Matter.objects.filter(customer=mirrored.cast.b.customer)
    before = list(theirs.order_by("pk").values_list("pk", "state", "version"))
    seen = ",".join(f"{row.pk}:{row.version}" for row in theirs)
    reference = theirs.get(kind="agreement").public_reference
    for own in Matter.objects.filter(customer=mirrored.cast.a.customer):
        for step in own.clause.steps:
            address = reverse("step", args=[own.public_reference, step.name])
            assert client.post(address, {"seen": seen}).status_code in (404, 422, 403), address
    for kind in sorted(BUILDERS):
        answers = [
            client.post(reverse("open", args=[kind]), {"title": "X", "agreement": mirrored.cast.b.pk}),
            client.post(
                f"/api/v1/{kind}/", {"title": "X", "agreement": reference}, content_type="application/json"
            ),
        ]
        assert all(400 <= answer.status_code < 500 for answer in answers), kind
    assert list(theirs.order_by("pk").values_list("pk", "state", "version")) == before
    assert not Matter.objects.filter(title="X").exists()
