"""The pack of a customer: a stranger checks it with one file, and nothing of anybody else is in it."""

import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.test import Client
from django.urls import reverse

from accounts.models import Customer, User
from obligations.models import Matter
from proof import packs, signing, verify_pack
from proof.models import Checkpoint
from proof.tests.helping import SEALED, sealed_case

SCRIPT = Path(verify_pack.__file__)


@pytest.fixture
def packed(cast, tmp_path):
    sealed_case(cast)
    path = tmp_path / "pack.zip"
    path.write_bytes(packs.made(cast.a.customer, SEALED))
    return path


def checked(path, *options):
    """As a stranger does it: no Django, nothing of ours on the path, not even site-packages."""
    command = [sys.executable, "-I", "-S", str(SCRIPT), str(path), *options]
    ran = subprocess.run(command, capture_output=True, text=True, cwd=path.parent)
    return ran.returncode, ran.stdout


def changed(path, name, change):
    """A copy of the pack with one file changed."""
    with zipfile.ZipFile(path) as opened:
        files = {each: opened.read(each) for each in opened.namelist()}
    files[name] = change(files[name])
    other = path.with_name("changed.zip")
    with zipfile.ZipFile(other, "w") as opened:
        for each, data in files.items():
            opened.writestr(each, data)
    return other


def test_a_stranger_verifies_the_pack_offline_with_the_key_from_a_mail(packed):
    key = next(iter(signing.public_keys().values()))
    code, said = checked(packed, "--key", key)
    assert code == 0 and "seals hold" in said


def test_a_checkpoint_that_was_mailed_stands_in_the_pack(packed, cast, tmp_path):
    kept = tmp_path / "kept.jsonl"
    row = Checkpoint.objects.get(customer=cast.a.customer)
    kept.write_text(json.dumps(signing.line(row)) + "\n")
    assert checked(packed, "--checkpoints", str(kept))[0] == 0
    forged = {**signing.line(row), "hash": "0" * 64}
    kept.write_text(json.dumps(forged) + "\n")
    assert checked(packed, "--checkpoints", str(kept))[0] == 1


@pytest.mark.parametrize(
    "name", ["seals.jsonl", "entries.csv", "checkpoints.jsonl", "matters.csv", "README.txt"]
)
def test_one_changed_byte_anywhere_is_found(packed, name):
    other = changed(packed, name, lambda data: data.replace(b"e", b"a", 1))
    assert checked(other)[0] != 0


def test_a_chain_written_anew_and_signed_by_another_key_is_refused_with_the_real_one(packed, cast, settings):
    key = next(iter(signing.public_keys().values()))
    settings.CHECKPOINT_KEYS = ["a forger's"]
    packed.write_bytes(packs.made(cast.a.customer, SEALED))
    code, said = checked(packed, "--key", key)
    assert code == 1 and "not signed with a trusted key" in said


def test_what_is_no_pack_has_an_exit_code_of_its_own(tmp_path):
    path = tmp_path / "x.zip"
    path.write_bytes(b"no zip")
    assert checked(path)[0] == 2


def test_our_own_ed25519_agrees_with_a_library(tmp_path):
    for n in range(8):
        private = Ed25519PrivateKey.from_private_bytes(bytes([n]) * 32)
        public, message = private.public_key().public_bytes_raw(), b"message %d" % n
        signature = private.sign(message)
        assert verify_pack.signed_by(public, message, signature)
        assert not verify_pack.signed_by(public, message + b"!", signature)
        assert not verify_pack.signed_by(public, message, signature[:-1] + bytes([signature[-1] ^ 1]))
        assert not verify_pack.signed_by(public[::-1], message, signature)


def everything_in(data):
    with zipfile.ZipFile(io.BytesIO(data)) as opened:
        return "\n".join(opened.read(name).decode() for name in opened.namelist() if not name.endswith(".py"))


def test_the_pack_names_no_other_customer_and_no_matter_of_theirs(cast):
    case = sealed_case(cast)
    text = everything_in(packs.made(cast.a.customer, SEALED))
    others = [
        cast.b.customer.name,
        cast.c.customer.name,
        case.b.public_reference,
        case.breach.public_reference,
    ]
    assert case.a.public_reference in text
    assert [other for other in others if other in text] == []


def test_a_matter_that_is_gagged_later_is_withheld_and_the_pack_still_holds(cast, tmp_path):
    case = sealed_case(cast)
    Matter.objects.filter(pk=case.a.pk).update(restricted=True)
    data = packs.made(cast.a.customer, SEALED)
    assert case.a.public_reference not in everything_in(data)
    path = tmp_path / "pack.zip"
    path.write_bytes(data)
    assert checked(path)[0] == 0


def client(actor):
    found = Client()
    backend = "allauth.account.auth_backends.AuthenticationBackend"
    found.force_login(User.objects.get(pk=actor.user_id), backend=backend)
    return found


def test_a_customers_people_verify_and_take_their_own_pack_with_one_click_and_nobody_elses(cast):
    sealed_case(cast)
    reference = Matter.objects.get(kind="agreement", agreement=cast.a).public_reference
    page = client(cast.carl).get(reverse("proof", args=[reference]))
    assert b"Everything holds" in page.content
    taken = client(cast.carl).post(reverse("proof-pack", args=[reference]))
    assert taken["Content-Type"] == "application/zip" and zipfile.is_zipfile(io.BytesIO(taken.content))
    for name in ("proof", "proof-pack"):
        method = client(cast.cora).get if name == "proof" else client(cast.cora).post
        assert method(reverse(name, args=[reference])).status_code == 404
    assert Customer.objects.count() > 1
