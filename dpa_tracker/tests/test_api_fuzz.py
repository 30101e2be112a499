"""Schemathesis over all operations of the API, as an officer's and as a customer's token, with all of its checks.

Each case is rolled back. Path parameters that fit the schema become those of a matter that exists, so that requests
get as far as the verbs.
"""

import datetime as dt
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup

from accounts.authentication import WrongTokens
from accounts.tests.test_tokens import bearer
from dpa_tracker.wsgi import application
from obligations import evidence
from obligations.models import Evidence, Matter
from obligations.tests.kinds import BUILDERS
from obligations.views_api import described

# Well-formed requests may be refused for what the verbs know: the role, the state, the version, the facts.
REFUSALS = ["2xx", 403, 404, 409, 412, 422, 428]
Met = Counter[int]


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """A request of a WSGI server may end its connection; here it is the test's, with its transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def matters(_one_connection, cast, monkeypatch, settings) -> dict[str, dict[str, str]]:
    """A matter of every kind with a file: what a path of that kind is filled with."""
    settings.API_RATE = "100000000/min"
    monkeypatch.setattr(WrongTokens, "rate", "100000000/min")
    kept, found = evidence.kept("proof.txt", [b"Proof."]), {}
    for kind in sorted(BUILDERS):
        row = Matter.objects.filter(kind=kind, agreement=cast.a).first()
        row = row or BUILDERS[kind](cast, timezone.now() - dt.timedelta(hours=3))
        Evidence.objects.create(
            matter=row, customer=row.customer, title="p", sha256=kept["sha256"], size=kept["size"]
        )
        found[kind] = {
            "reference": row.public_reference,
            "digest": kept["sha256"],
            "version": f'"v{row.version}"',
        }
    return found


def reached(environ: dict[str, Any], start: Any) -> Any:
    """The web process behind an address, as every server says it."""
    return application({"REMOTE_ADDR": "127.0.0.1", **environ}, start)


def operations() -> Iterator[Any]:
    schema = schemathesis.openapi.from_dict(described())
    schema.app = reached
    schema.config.checks.positive_data_acceptance.expected_statuses = [str(code) for code in REFUSALS]
    return (result.ok() for result in schema.get_all_operations())


def placed(case: Any, known: Mapping[str, Mapping[str, str]]) -> None:
    """Its path leads to a matter that exists, in the version that was read, unless that is what is wrong with it."""
    here = known.get(case.operation.path.split("/")[3], {})
    for name, shape in (("reference", r"[0-9A-Z]{5}-[0-9A-Z]{5}"), ("digest", r"[0-9a-f]{64}")):
        if name in here and re.fullmatch(shape, str(case.path_parameters.get(name, ""))):
            case.path_parameters[name] = here[name]
    if "/steps/" in case.operation.path and "version" in here:
        case.headers.setdefault("If-Match", here["version"])


def tried(operation: Any, known: Any, headers: dict[str, str], number: int, met: Met) -> list[str]:
    """What the checks have against the answers to that many good and as many bad requests."""
    found: dict[str, str] = {}

    def one(case: Any) -> None:
        placed(case, known)
        with transaction.atomic():
            try:
                answer = case.call_and_validate(headers=headers)
                met[answer.status_code] += 1
            except FailureGroup as failures:
                for failure in failures.exceptions:
                    found.setdefault(
                        f"{operation.label}: {failure.title}", f"{failure} {case.as_curl_command()}"
                    )
            transaction.set_rollback(True)

    plan = settings(
        max_examples=number,
        database=None,
        deadline=None,
        derandomize=number < 10,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    modes = [GenerationMode.POSITIVE]
    if operation.body or operation.query or operation.path_parameters:
        modes.append(GenerationMode.NEGATIVE)
    for mode in modes:
        plan(given(case=operation.as_strategy(generation_mode=mode))(lambda case: one(case)))()
    return [f"{title}\n{words}" for title, words in found.items()]


# Below `long` the two share the operations: each has every second one, so that all are tried in seconds.
PLANS = [("olga", 1, slice(0, None, 2)), ("sven", 1, slice(1, None, 2))]
LONG = [pytest.param(who, 50, slice(None), marks=pytest.mark.long) for who in ("olga", "sven")]


@pytest.mark.parametrize(("who", "number", "part"), [*PLANS, *LONG])
def test_every_operation_answers_as_it_is_described(matters, cast, who, number, part):
    token = bearer(getattr(cast, who), "*:write")["HTTP_AUTHORIZATION"]
    met: Met = Counter()
    wrong = [
        words
        for operation in list(operations())[part]
        for words in tried(operation, matters, {"Authorization": token}, number, met)
    ]
    print(f"{who}: {sum(met.values())} requests, {dict(met)}")
    kinds = {words.split("\n")[0].partition(": ")[2]: words for words in wrong}
    assert kinds == {}, f"{len(wrong)} failures; of each sort the last: " + "\n\n".join(kinds.values())
    assert met[200] > 30 and not any(code >= 500 for code in met)
