"""Every id in an address, a query and a body replaced by another customer's: answered like one that does not exist.

Addresses, parameters, forms and steps are found, not listed: what is new is tried by the next run. Once with both
walls; on PostgreSQL once more without the first one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Set
from functools import partial
from html import unescape
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from accounts import scope as scopes
from accounts.roles import CUSTOMER_SIDE
from accounts.tests.people import proved
from accounts.tests.test_tokens import bearer
from conftest import build_cast
from dpa_tracker.tests.crowd import FORM, JSON, signed_in
from dpa_tracker.tests.stranger import (
    NOBODYS,
    Foreign,
    acmes_ledger,
    bare,
    belongings,
    far_keys,
    foreign_ids,
    names_read,
    steps_of,
    tried,
    world,
)  # fmt: skip
from dpa_tracker.tests.test_routes import address, routes, samples
from obligations import alerts
from obligations.clauses import CLAUSES, Clause, Step
from obligations.models import Matter

# Secrets of a mail, keys of the reader's own account, rows of the admin site: not a customer's.
OTHERWISE = (
    "/admin/",
    "/accounts/",
    "/people/",
    "/invitations/",
    "/receipt/",
    "/webhooks/",
    "/static/",
    "/healthz/",
)
KEYS = ("<int:", "<uuid:", "reference>", "<str:", "<slug:digest>")
# A place in one's own list: any number is one.
PLACES = {"before", "after", "cursor", "limit", "order"}
WALLS = ["both walls", pytest.param("the second wall alone", marks=pytest.mark.postgresql)]


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """Built anew, with keys that are no other numbers."""
    far_keys()
    return build_cast()


@pytest.fixture(params=WALLS)
def case(request, cast, monkeypatch) -> Iterator[SimpleNamespace]:
    """Acme's rows and ids, Celtic's own, and Cora at the door."""
    theirs = samples(cast)
    alerts.sweep(Matter.objects.get(public_reference=theirs["reference"]).opened_at)
    rows = world(cast)
    found = SimpleNamespace(
        cast=cast,
        theirs=theirs,
        rows=rows,
        own={**theirs, **belongings(cast.c, cast.cora)},
        ids=foreign_ids(cast.a.customer, cast.c.customer),
        cora=proved(signed_in("cora")),
        machine=bearer(cast.olga, "*:write", customer=cast.c.customer),
    )
    assert {one.nobodys for one in found.ids} == {*NOBODYS.values(), f"{NOBODYS['number']}:1"}
    if request.param != WALLS[0]:
        monkeypatch.setattr(scopes, "narrowed", lambda rows, customer, matter: rows)
    before = acmes_ledger()
    yield found
    assert acmes_ledger() == before


class Judge:
    """Asks with an id of Acme's and with nobody's; keeps what was answered differently."""

    def __init__(self, case: SimpleNamespace) -> None:
        self.case, self.asked, self.wrong = case, 0, list[Any]()
        self.before, self.known = acmes_ledger(), dict[Any, Any]()

    def compare(self, one: Foreign, ask: Any, *about: Any) -> None:
        """`ask(id)` sends the request with that id."""
        self.asked += 1
        if (about, one.nobodys) not in self.known:
            self.known[about, one.nobodys] = ask(one.nobodys)
        foreign, ids = ask(one.theirs), (one.theirs, one.nobodys)
        equal = bare(foreign, *ids) == bare(self.known[about, one.nobodys], *ids)
        if not equal:  # a minute may have passed since
            again = self.known[about, one.nobodys] = ask(one.nobodys)
            equal = bare(ask(one.theirs), *ids) == bare(again, *ids)
        if not equal or foreign.touched not in (None, self.before):
            self.wrong.append((about, one.what, foreign.status_code))


def keyed(text: str) -> bool:
    return any(key in text for key in KEYS) and not text.startswith(OTHERWISE)


def nobodys(known: Mapping[str, Any]) -> dict[str, Any]:
    shapes = {
        **dict.fromkeys(("obligation", "evidence", "agreement", "customer", "person", "proof"), "number"),
        **dict.fromkeys(("reference", "agreement_reference", "endpoints"), "reference"),
        **{"message": "uuid", "digest": "digest", "calendar": "digest"},
    }
    return {**known, **{name: NOBODYS[shape] for name, shape in shapes.items()}}


def mixed(known: Mapping[str, Any], own: Mapping[str, Any], text: str) -> Iterator[dict[str, Any]]:
    """The whole address theirs; and, where it has several keys, each of them alone below our own."""
    yield dict(known)
    if len(re.findall(r"<", text)) > 1:
        yield {**known, "reference": own["reference"], "kind": own["kind"]}
        yield {**own, "reference": known["reference"]}


def test_in_an_address(case):
    wrong, asked, none = [], 0, nobodys(case.theirs)
    for text, _pattern in routes():
        for known, unknown in zip(
            mixed(case.theirs, case.own, text), mixed(none, case.own, text), strict=True
        ):
            where = [address(text, known), address(text, unknown)]
            for method in ("GET", "POST", "DELETE") if keyed(text) and where[0] != where[1] else ():
                ids = (*case.theirs.values(), *none.values())
                answers = [tried(case.cora, method, one) for one in where]
                said = [bare(answer, *ids)[:2] for answer in answers]
                asked += 1
                if said[0] != said[1] or said[0][0] < 300:
                    wrong.append((method, where[0], said[0][0], said[1][0]))
    assert asked > 100 and wrong == []


def pages(case: SimpleNamespace) -> Iterator[tuple[str, set[str], str]]:
    """Each address that Cora can read, filled with her own keys, with the names it looks up and what it says."""
    for text, _pattern in routes():
        where = address(text, case.own)
        if text.startswith(OTHERWISE):
            continue
        with names_read() as names:
            answer = tried(case.cora, "GET", where)
        if answer.status_code == 200:
            body = "" if answer.streaming else answer.content.decode(errors="replace")
            yield where, names, body


def test_in_a_query(case):
    judge = Judge(case)
    for where, names, _body in pages(case):

        def ask(name: str, value: str, where: str = where) -> Any:
            return tried(case.cora, "GET", f"{where}?{urlencode({name: value})}")

        for name in sorted(names - PLACES):
            for one in case.ids:
                judge.compare(one, partial(ask, name), where, name)
    assert judge.asked > 100 and judge.wrong == []


def fields_of(page: str) -> tuple[dict[str, list[str]], set[str]]:
    """The fields of the forms of a page with the values that they come with; and which of them hold keys."""
    found, keys = dict[str, list[str]](), set[str]()
    for tag in re.findall(r"<(?:input|select|textarea)[^>]*>", page.partition("<main")[2]):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and name[1] != "csrfmiddlewaretoken":
            found.setdefault(name[1], [unescape(value[1])] if value and "checkbox" not in tag else [])
            if tag.startswith("<select") or re.search(r'type="(hidden|checkbox|radio)"', tag):
                keys.add(name[1])
    return found, keys


def test_in_a_form(case):
    judge = Judge(case)
    for row, step in unlike(steps_of(case.rows, CUSTOMER_SIDE)):
        for root in ("/matters/", "/portal/matters/"):
            where = f"{root}{row.public_reference}/steps/{step.name}/"
            _each_field(case, judge, where, tried(case.cora, "GET", where).content.decode())
    for where, _names, body in pages(case):
        _each_field(case, judge, where, body)
    assert judge.asked > 100 and judge.wrong == []


def _each_field(case: SimpleNamespace, judge: Judge, where: str, page: str) -> None:
    found, keys = fields_of(page)

    def ask(name: str, value: str) -> Any:
        body = urlencode({**found, name: [value]}, doseq=True).encode()
        return tried(case.cora, "POST", where, body, FORM)

    with names_read() as names:
        answer = tried(case.cora, "POST", where, urlencode(found, doseq=True).encode(), FORM)
    for name in sorted(names) if found and answer.status_code != 405 else ():
        for one in case.ids if name in keys or name not in found else case.ids[:1]:
            judge.compare(one, partial(ask, name), where, name)


def test_in_a_body_of_the_api(case):
    """Cora in her session, and a machine whose token reaches Celtic alone."""
    judge = Judge(case)
    for roles, client, headers in (
        (CUSTOMER_SIDE, case.cora, {}),
        ({"machine"}, Client(), case.machine),
    ):
        send = partial(_send, client, headers)
        for clause, step in unlike(openings(roles)):
            sent = {"title": "Our own words", "agreement": case.own["agreement_reference"]}
            names = {"agreement": "", **_of_keys(step)}
            _each_value(case, judge, send, f"/api/v1/{clause.kind}/", names, sent)
        for row, step in unlike(steps_of(case.rows, roles)):
            where = f"/api/v1/{row.kind}/{row.public_reference}/steps/{step.name}/"
            _each_value(case, judge, send, where, _of_keys(step), {"version": row.version})
    assert judge.asked > 30 and judge.wrong == []


def openings(roles: Set[str]) -> Iterator[tuple[Clause, Step]]:
    for clause in CLAUSES.values():
        if clause.opened_by_hand and roles & clause.step("open").takers:
            yield clause, clause.step("open")


def unlike(found: Iterable[tuple[Any, Step]]) -> Iterator[tuple[Any, Step]]:
    """Steps that differ in the types of keys that they take: what does not goes the same way."""
    done = set[frozenset[str]]()
    for about, step in found:
        types = frozenset(_of_keys(step).values())
        if types not in done:
            done.add(types)
            yield about, step


def _of_keys(step: Step) -> dict[str, str]:
    return {f.name: f.type for f in step.fields if f.type in ("agreements", "person", "people", "file")}


def _send(client: Client, headers: Mapping[str, str], where: str, sent: Any) -> Any:
    return tried(client, "POST", where, json.dumps(sent).encode(), JSON, **headers)


def _each_value(
    case: SimpleNamespace,
    judge: Judge,
    send: Any,
    where: str,
    names: Mapping[str, str],
    sent: Mapping[str, Any],
) -> None:
    def ask(name: str, kept: str, text: str) -> Any:
        value: Any = int(text) if text.isdecimal() else text
        value = [value] if kept in ("agreements", "people") else value
        value = {"name": "x", "sha256": value, "size": 1} if kept == "file" else value
        return send(where, {**sent, **({"facts": {name: value}} if kept else {name: value})})

    for name, kept in names.items():
        for one in case.ids:
            judge.compare(one, partial(ask, name, kept), where, name, send.args[0])
