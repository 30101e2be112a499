"""Who a data subject is stands sealed in the database; keys are changed without a pause; a wrong key shows nothing."""

import json
import re
from importlib import import_module
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.core.exceptions import FieldError
from django.core.management import CommandError, call_command
from django.db import connection

from accounts import keyring, rotating
from accounts.models import User
from conftest import utc
from dsars.models import DsarSubject
from dsars.tests.builders import NAME, request_of
from dsars.tests.test_dsar import sign_in
from dsars.tests.traces import traces
from webhooks import endpoints, signing
from webhooks.models import Endpoint
from webhooks.tests.helping import house

SEED, CODES = "JBSWY3DPEHPK3PXP", "c0ffee"
PRIVATE = ("zimmermann", "zoe@private.example", SEED, CODES)
ANY_TOKEN = re.compile(r"gAAAAA[\w-]+={0,2}")


@pytest.fixture
def stored(cast, settings) -> SimpleNamespace:
    """One of everything that is sealed, under the old key."""
    settings.FIELD_KEYS = ["the old key"]
    row = request_of(cast, utc("24 Mar 09:00"))
    olga = User.objects.get(pk=cast.olga.user_id)
    Authenticator.objects.create(user=olga, type="totp", data={"secret": keyring.seal(SEED)})
    codes = {"seed": keyring.seal(CODES), "used_mask": 3}
    Authenticator.objects.create(user=olga, type="recovery_codes", data=codes)
    endpoint = house(cast)
    endpoints.rotate(endpoint, now=utc("25 Mar 09:00"))
    return SimpleNamespace(row=row, endpoint=endpoint)


def tokens() -> dict[str, list[str]]:
    """Everything sealed that stands in the database, by table and column, read past every model."""
    found: dict[str, list[str]] = {}
    for table in connection.introspection.table_names():
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor:
                for name, value in zip(names, row, strict=True):
                    text = json.dumps(value) if isinstance(value, dict) else str(value)
                    found.setdefault(f"{table}.{name}", []).extend(ANY_TOKEN.findall(text))
    return {name: values for name, values in found.items() if values}


def readable(stored) -> None:
    """All of it opens, as what it was."""
    subject = DsarSubject.objects.get(matter=stored.row)
    assert (subject.name, subject.contact) == (NAME, "zoe@private.example")
    assert subject.request["name"] == "zoe-zimmermann.txt"
    by_type = {row.type: row.data for row in Authenticator.objects.all()}
    assert keyring.unseal(by_type["totp"]["secret"]) == SEED
    assert keyring.unseal(by_type["recovery_codes"]["seed"]) == CODES
    assert by_type["recovery_codes"]["used_mask"] == 3
    assert len(signing._counting(Endpoint.objects.get(), utc("25 Mar 10:00"))) == 2


def test_no_column_holds_the_plain_text(stored):
    assert traces(PRIVATE) == []
    assert sorted(tokens()) == sorted(f"{table}.{column}" for table, _key, column in rotating.columns())
    readable(stored)


def test_after_the_rotation_the_old_key_may_go(stored, settings, capsys):
    before = tokens()
    settings.FIELD_KEYS = ["the new key", "the old key"]
    call_command("rotate_keys")
    assert "dsars_dsarsubject.name: 1 sealed anew" in capsys.readouterr().out
    settings.FIELD_KEYS = ["the new key"]
    after = tokens()
    assert after.keys() == before.keys()
    assert not {t for values in after.values() for t in values} & {t for v in before.values() for t in v}
    readable(stored)
    assert set(rotating.rotate().values()) == {0}


def test_what_is_written_meanwhile_is_not_overwritten(stored, settings, monkeypatch):
    settings.FIELD_KEYS = ["the new key", "the old key"]
    resealed = keyring.resealed

    def slow(token):
        DsarSubject.objects.filter(matter=stored.row).update(name="Zoe Other")
        return resealed(token)

    monkeypatch.setattr(keyring, "resealed", slow)
    assert rotating.rotate()["dsars_dsarsubject.name"] == 0
    assert DsarSubject.objects.get(matter=stored.row).name == "Zoe Other"


def test_a_wrong_key_is_an_error_and_never_a_ciphertext_on_a_page(stored, settings):
    settings.FIELD_KEYS = ["another key"]
    client = sign_in("olga")
    client.raise_request_exception = False
    answer = client.get(f"/data-subjects/{stored.row.public_reference}/")
    assert answer.status_code == 500 and "gAAAAA" not in answer.content.decode()
    with pytest.raises(CommandError, match=r"dsars_dsarsubject.name of \d+: .*Put the key back"):
        call_command("rotate_keys")


def test_nobody_is_looked_up_by_a_sealed_field(stored):
    with pytest.raises(FieldError):
        DsarSubject.objects.filter(name=NAME).exists()
    assert DsarSubject.objects.filter(name__isnull=False).exists()


def test_the_migration_seals_what_stood_in_plain_text(stored):
    plain = [NAME, "zoe@private.example", json.dumps({"name": "zoe-zimmermann.txt"}), stored.row.pk]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dsars_dsarsubject SET name = %s, contact = %s, request = %s WHERE matter_id = %s", plain
        )
    import_module("dsars.migrations.0002_sealed_subjects").seal(None, None)
    readable(stored)
    assert traces(PRIVATE) == []
