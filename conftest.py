"""The cast of every test, and plain builder functions.

Officer Olga, deputy Dora, approver Anna, admin Adam, auditor Aude; customers Acme (Berlin), Bodega (Madrid)
and Celtic (Dublin, itself a processor) with signatory Sven and contacts Carl, Berta and Cora. Cora must see
nothing of the others.
"""

import datetime as dt
import gc
import shutil
import uuid
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher, make_password
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase

from accounts import scope as scopes
from accounts.models import Customer, Membership, User
from accounts.roles import Actor, actor_of
from agreements import records
from agreements.management.commands.load_profile import load
from dpa_tracker.tests.copies import Copied
from obligations import append_only
from obligations.actions import open_matter
from obligations.models import Agreement, Matter, NoticeContact

BERLIN = {"country": "DE", "subdivision": "BE", "tz": "Europe/Berlin"}
MADRID = {"country": "ES", "subdivision": "MD", "tz": "Europe/Madrid"}
DUBLIN = {"country": "IE", "tz": "Europe/Dublin"}
START = dt.datetime(2026, 1, 5, 8, tzinfo=dt.UTC)
PASSWORD = "correct horse battery staple"


def utc(text: str) -> dt.datetime:
    """An instant of 2026 from "27 Mar 17:00" or "27 Mar 17:00:15"."""
    form = "%d %b %H:%M:%S" if text.count(":") == 2 else "%d %b %H:%M"
    return dt.datetime.strptime(f"2026 {text}", f"%Y {form}").replace(tzinfo=dt.UTC)


# A file is one worker's: the dear ones begin, dearest first, so that nobody is left alone with one at the end.
LONG_FILES = [
    f"test_{name}.py"
    for name in (
        *("routes", "battery", "doors", "canary", "browser", "kills", "machines", "foreign_ids", "year"),
        *(
            "api_fuzz",
            "browser_sign_in",
            "no_numbers",
            "five_thousand",
            "clock_moved",
            "processes",
            "stopping",
        ),
        *("sweep", "browser_friday", "budgets", "browser_portal", "whole_life", "hostile_uploads"),
    )
]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order of the files, within which nothing moves; and what only PostgreSQL promises is tried only there."""
    alone = [item for item in items if item.get_closest_marker("postgresql")]
    if connection.vendor != "postgresql":
        config.hook.pytest_deselected(items=alone)
        items[:] = [item for item in items if item not in alone]
    places = {name: place for place, name in enumerate(LONG_FILES)}
    items.sort(key=lambda item: places.get(item.path.name, len(places)))


def pytest_collection_finish() -> None:
    """What was imported stays: the collector of garbage need not look at it a thousand times."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(autouse=True, scope="session")
def _static_files(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Pages name static files by their digest: collect them as an installation does."""
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    settings.WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ["js", "css", "svg", "map", "txt"]  # that takes a minute
    # A file is looked for when it is asked for: every client of a test would list all of them first, 40 ms long.
    settings.WHITENOISE_AUTOREFRESH = True
    call_command("collectstatic", interactive=False, verbosity=0)


@pytest.fixture(autouse=True)
def _everything_in_scope() -> Iterator[None]:
    """A scope without its transaction: a test may have no database, or several threads on it."""
    token = scopes._now_open.set(scopes.Open(scopes.ALL, None))
    yield
    scopes._now_open.reset(token)


@pytest.fixture(autouse=True)
def _data_on_a_scratch_disk(settings, tmp_path, monkeypatch) -> None:
    """The workers of a run share DATA_DIR: what one test left there (a witness of its chains) would accuse another."""
    settings.DATA_DIR = tmp_path
    monkeypatch.setenv("DATA_DIR", str(tmp_path))  # of the processes that a test starts
    settings.MEDIA_ROOT = tmp_path / "evidence"
    settings.EMAIL_FILE_PATH = str(tmp_path / "outbox")
    settings.SENT_JOURNAL = str(tmp_path / "sent")


@pytest.fixture(autouse=True)
def _sign_in_of_a_test(settings) -> None:
    """A cache of its own, so that nobody else's tries count; no second factor, unless a test asks for it."""
    prefix = uuid.uuid4().hex
    settings.CACHES = {name: {**cache, "KEY_PREFIX": prefix} for name, cache in settings.CACHES.items()}
    settings.STAFF_SECOND_FACTOR = False
    settings.PASSWORD_HASHERS = ["conftest.QuickArgon2", *settings.PASSWORD_HASHERS[1:]]


class QuickArgon2(Argon2PasswordHasher):
    """What makes a guess dear makes a test dear. Processes of their own take the settings of production."""

    time_cost, memory_cost, parallelism = 1, 1024, 1


def forget_tries() -> None:
    """Rate limits begin anew. Not by clear(): that would empty the Redis of all tests, locks of Celery beat too."""
    for name in settings.CACHES:
        caches[name].key_prefix = uuid.uuid4().hex


@pytest.fixture(scope="session")
def django_db_keepdb() -> bool:
    """SQLite's copy is there before Django looks, and goes with its folder."""
    return connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings) -> None:
    """Begin with a copy of the database that `make test` has migrated.

    The tests' own connection sees all customers' rows until a scope says otherwise.
    """
    migrated = connection.settings_dict["NAME"]
    if connection.vendor == "postgresql":
        connection.settings_dict["TEST"]["TEMPLATE"] = migrated
        connection.settings_dict["OPTIONS"]["options"] = "-c app.customers=*"
        connection.close()
    elif Path(migrated).exists():
        shutil.copy(migrated, connection.settings_dict["TEST"]["NAME"])


# What migrate puts there, the same for every test.
KEPT = {"django_content_type", "auth_permission", "django_migrations", "django_site"}


def _delete_rows(self) -> None:
    """A test's flush: the one place, beside a lawful erasure, where ledger rows may go.

    Django's empties all hundred tables and has migrate's last words again; a test fills ten.
    """
    connection.close() if connection.connection is None else None
    tables = sorted(set(connection.introspection.django_table_names(only_existing=True)) - KEPT)
    asking = " UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT 1 FROM \"{t}\")" for t in tables)
    with (
        append_only.lifted(),
        connection.cursor() as cursor,
    ):  # in one transaction: references are asked for at its end
        cursor.execute(asking)
        for (table,) in cursor.fetchall():
            cursor.execute(f'DELETE FROM "{table}"')


TransactionTestCase._fixture_teardown = _delete_rows


@cache
def hashed(password: str) -> str:
    """Once for all people of a run."""
    return make_password(password)


def person(name: str, *memberships: tuple[str, object]) -> Actor:
    """A person with roles: ("officer", None) in the house, ("contact", customer) at a customer."""
    user = User.objects.create(email=f"{name.lower()}@people.example", name=name, password=hashed(PASSWORD))
    for role, customer in memberships:
        Membership.objects.create(user=user, role=role, customer=customer)
    return actor_of(user)


def add_agreement(cast: SimpleNamespace, name: str, **fields: object) -> Agreement:
    """An agreement of a new customer, with the cast's officer and deputy."""
    customer = records.add_customer(name, actor=cast.olga, at=START)
    values = {
        "title": f"Agreement with {name}",
        "profile": cast.profile,
        "customer_role": "controller",
        "our_calendar": BERLIN,
        "their_calendar": BERLIN,
        "owner_id": cast.olga.user_id,
        "deputy_id": cast.dora.user_id,
        **fields,
    }
    return records.add_agreement(customer, actor=cast.olga, at=START, **values)


def add_many(cast: SimpleNamespace, number: int) -> list[Agreement]:
    """Many agreements like Acme's, each of a customer of its own with one notice contact, in four statements."""
    customers = Customer.objects.bulk_create(
        [Customer(name=f"Customer {place:05}") for place in range(number)]
    )
    agreements = Agreement.objects.bulk_create(
        Agreement(
            customer=customer,
            title=f"Agreement with {customer.name}",
            profile=cast.profile,
            customer_role="controller",
            our_calendar=BERLIN,
            their_calendar=BERLIN,
            owner_id=cast.olga.user_id,
            deputy_id=cast.dora.user_id,
        )
        for customer in customers
    )
    NoticeContact.objects.bulk_create(
        NoticeContact(
            agreement=agreement,
            customer=agreement.customer,
            position=1,
            name="Desk",
            email=f"desk-{agreement.pk}@customers.example",
        )
        for agreement in agreements
    )
    return agreements


def report_breach(cast: SimpleNamespace, agreements: list[Agreement], at: dt.datetime) -> Matter:
    """A suspected breach that affects these agreements, suspected and reported at `at`."""
    facts = {
        "suspected_at": at,
        "where": "processor",
        "categories": "customer_content",
        "description": "Found in a log.",
        "agreements": [agreement.pk for agreement in agreements],
    }
    return open_matter("breach", actor=cast.olga, at=at, facts=facts, title="Breach")


def build_cast() -> SimpleNamespace:
    """People, profiles and the three agreements of docs/decisions: A overrides one term, C is a processor."""
    cast = SimpleNamespace()
    cast.profile, _house = load("365-aitech", at=START)[0], load("house", at=START)
    for name, role in (("Olga", "officer"), ("Anna", "approver"), ("Adam", "admin"), ("Aude", "auditor")):
        setattr(cast, name.lower(), person(name, (role, None)))
    cast.dora = person("Dora", ("officer", None))
    cast.a = add_agreement(cast, "Acme")
    cast.b = add_agreement(cast, "Bodega", their_calendar=MADRID)
    cast.c = add_agreement(cast, "Celtic", their_calendar=DUBLIN, customer_role="processor")
    records.set_term(
        cast.a,
        "breaches.notify_customer.within",
        {"hours": 24},
        effective_from=dt.date(2025, 1, 1),
        actor=cast.olga,
        at=START,
    )
    cast.carl = person("Carl", ("contact", cast.a.customer))
    cast.sven = person("Sven", ("signatory", cast.a.customer))
    cast.berta = person("Berta", ("signatory", cast.b.customer))
    cast.cora = person("Cora", ("contact", cast.c.customer))
    for agreement, name, email in (
        (cast.a, "Carl", "carl@acme.example"),
        (cast.b, "Berta", "berta@bodega.example"),
        (cast.c, "Cora", "cora@celtic.example"),
        (cast.c, "Conor", "conor@second.example"),
    ):
        records.add_contact(agreement, name=name, email=email, actor=cast.olga, at=START)
    return cast


COPIED = Copied(build_cast)


@pytest.fixture
def cast(db) -> SimpleNamespace:
    """The cast in a rolled-back transaction."""
    return COPIED.make()


@pytest.fixture
def live_cast(transactional_db) -> SimpleNamespace:
    """The cast in committed rows, for tests with threads, processes or a browser."""
    return COPIED.make()
