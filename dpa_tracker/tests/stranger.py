"""Cora of Celtic, everything that is hers, and the ids of Acme's rows with which she tries her luck."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Count, Sum
from django.http import QueryDict
from django.test import Client
from django.utils import timezone

from accounts.models import Customer, Membership, User
from accounts.roles import Actor, actor_of
from accounts.scope import Scoped
from conftest import forget_tries
from feeds import addresses
from obligations import evidence
from obligations.clauses import Step
from obligations.models import Agreement, Entry, Evidence, Matter, Message, NoticeContact, Obligation
from obligations.tests.kinds import BUILDERS
from webhooks import endpoints

NOBODYS = {"number": "999999999", "reference": "AAAAA-AAAAA", "digest": "a" * 64}
NOBODYS["uuid"] = "00000000-0000-4000-8000-000000000000"
FAR = 70_000
# Tokens, the clock, and the secret and the key of a calendar that a form has just made.
OF_ONE_REQUEST = re.compile(
    r'name="(csrfmiddlewaretoken|key)" value="[^"]+"|\d\d:\d\d(:\d\d)?|/calendars/([\w-]{43}\.ics|[0-9a-f]{64}/)'
)


@dataclass(frozen=True)
class Foreign:
    """An id of Acme's and one of the same shape that nobody has."""

    what: str
    theirs: str
    nobodys: str


def world(cast: SimpleNamespace) -> dict[str, Matter]:
    """One matter of every kind for Celtic, of which Cora is contact and signatory. By kind."""
    user = User.objects.get(pk=cast.cora.user_id)
    Membership.objects.create(user=user, role="signatory", customer=cast.c.customer)
    cora = actor_of(user)
    hers = {"a": cast.c, "b": cast.a, "carl": cora, "sven": cora, "berta": cora}
    side = SimpleNamespace(**{**vars(cast), **hers})
    at = timezone.now().replace(microsecond=0)
    for kind in sorted(BUILDERS):
        if not Matter.objects.filter(kind=kind, agreement=cast.c).exists():
            BUILDERS[kind](side, at)
    found = Matter.objects.filter(customer=cast.c.customer).order_by("-pk")
    return {row.kind: row for row in found}


def belongings(agreement: Agreement, contact: Actor) -> dict[str, Any]:
    """What an address may name of one customer: the words of test_routes.samples."""
    now = timezone.now()
    notice = Matter.objects.filter(kind="breach_notice", agreement=agreement).latest("pk")
    kept = evidence.kept("paper.txt", [f"Paper of {agreement.customer}.".encode()])
    paper = Evidence.objects.create(
        matter=notice, customer=notice.customer, title="p", sha256=kept["sha256"], size=kept["size"]
    )
    sent = Message.objects.create(
        matter=notice, customer=notice.customer, template="accounts/none", recipient="x@x.example",
        entry=notice.entries.first(), queued_at=now,
    )  # fmt: skip
    return {
        "reference": notice.public_reference,
        "agreement_reference": Matter.objects.get(kind="agreement", agreement=agreement).public_reference,
        "digest": kept["sha256"],
        "place": 1,
        "kind": notice.kind,
        "step": "received",
        "fact": "suspected_at",
        "verb": "extend",
        "obligation": notice.obligations.latest("pk").pk,
        "evidence": paper.pk,
        "message": sent.pk,
        "agreement": agreement.pk,
        "customer": agreement.customer_id,
        "person": contact.user_id,
        "proof": agreement.customer_id,
        "calendar": addresses.make("x", customer=agreement.customer, actor=contact, now=now)[0].digest,
        "endpoints": endpoints.make(
            "https://hooks.example/", (), customer=agreement.customer, actor=contact, now=now
        )[0].reference,
    }


def foreign_ids(customer: Customer, hers: Customer) -> list[Foreign]:
    """Ids of Acme's, of each shape: as few numbers as name a row of each model, none of them also a key of hers."""
    own, theirs = _keys(hers), _keys(customer)
    hers_too = set().union(*own.values())
    left = {label: keys - hers_too for label, keys in theirs.items() if keys - hers_too}
    found = list[Foreign]()
    while left:
        one, _ = Counter(key for keys in left.values() for key in keys).most_common(1)[0]
        named = [label for label, keys in left.items() if one in keys]
        shape = "number" if isinstance(one, int) else "uuid"
        found.append(Foreign(" or ".join(named), str(one), NOBODYS[shape]))
        left = {label: keys for label, keys in left.items() if one not in keys}
    for row in Matter.objects.filter(customer=customer, kind__in=("agreement", "breach_notice")):
        found.append(Foreign(f"{row.kind} by reference", row.public_reference, NOBODYS["reference"]))
    found.append(Foreign("a matter by its form", f"{row.pk}:{row.version}", f"{NOBODYS['number']}:1"))
    digest = Evidence.objects.filter(customer=customer).exclude(sha256="").latest("pk").sha256
    return [*found, Foreign("a file's digest", digest, NOBODYS["digest"])]


def _keys(customer: Customer) -> dict[str, set[Any]]:
    """The keys of that customer's rows and people, by model."""
    rows = {
        model._meta.label: set(model.objects.filter(customer=customer).values_list("pk", flat=True))
        for model in apps.get_models()
        if issubclass(model, Scoped)
    }
    people = Membership.objects.filter(customer=customer).values_list("user_id", flat=True)
    return {**rows, "accounts.Customer": {customer.pk}, "accounts.User": set(people)}


@contextmanager
def names_read() -> Iterator[set[str]]:
    """The parameters of queries and forms that are looked up in this block, also those that nobody sent."""
    seen = set[str]()

    def noted(method: Any) -> Any:
        def note(found: Any, name: Any, *rest: Any, **more: Any) -> Any:
            seen.add(str(name))
            return method(found, name, *rest, **more)

        return note

    lookups = {name: getattr(QueryDict, name) for name in ("__getitem__", "__contains__", "getlist")}
    for name, method in lookups.items():
        setattr(QueryDict, name, noted(method))
    try:
        yield seen
    finally:
        for name in lookups:
            delattr(QueryDict, name)  # they are its parents' own
    seen.discard("csrfmiddlewaretoken")


def far_keys() -> None:
    """Keys of all models go on at one high number: no page shows it as a count, no form as a version."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence")
        for model in apps.get_models():
            table, key = model._meta.db_table, model._meta.auto_field
            if key is None or model._meta.proxy:
                continue
            if connection.vendor == "sqlite":
                cursor.execute("INSERT INTO sqlite_sequence VALUES (%s, %s)", [table, FAR])
            else:  # undone with the transaction, which setval() would not be
                cursor.execute(f'ALTER TABLE "{table}" ALTER COLUMN "{key.column}" RESTART WITH {FAR}')


def steps_of(rows: Mapping[str, Matter], roles: Set[str]) -> Iterator[tuple[Matter, Step]]:
    """Each step that these roles can take, with its matter put where it can be taken."""
    for row in rows.values():
        for step in row.clause.steps:
            if step.name != "open" and step.takers & roles:
                Matter.objects.filter(pk=row.pk).update(state=step.from_states[0])
                yield row, step


def bare(answer: Any, *ids: object) -> tuple[int, str, str]:
    """What is left of an answer once values of this one request are taken out."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    text = OF_ONE_REQUEST.sub("", body.decode(errors="replace")).replace(answer.headers["X-Request-ID"], "")
    of_one_request = ("Set-Cookie", "Content-Length", "X-Request-ID")
    headers = str({k: v for k, v in answer.headers.items() if k not in of_one_request})
    for one in sorted({form for key in ids for form in (str(key), quote(str(key)))}, key=len, reverse=True):
        text, headers = (re.sub(rf"\b{re.escape(one)}\b", "ID", said) for said in (text, headers))
    return answer.status_code, text, headers


def tried(
    client: Client, method: str, where: str, body: bytes = b"", kind: str = "application/json", **headers: str
) -> Any:
    """The answer, with nothing left behind."""
    forget_tries()
    with transaction.atomic():
        answer = client.generic(method, where, body, content_type=kind, **headers)
        answer.touched = None if method == "GET" else acmes_ledger()
        transaction.set_rollback(True)
    return answer


def acmes_ledger() -> tuple[Any, ...]:
    """Sums that change with every change of Acme's rows."""
    acmes = {"customer__name": "Acme"}
    matters = Matter.objects.filter(**acmes).aggregate(Count("pk"), Sum("version"))
    rows = [m.objects.filter(**acmes).count() for m in (Entry, Message, Evidence, NoticeContact, Obligation)]
    return (*matters.values(), *rows)
