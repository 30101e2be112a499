"""Many writers fork no chain and raise no false alarm; the owner of the database cannot change it unnoticed."""

import os
import random
import subprocess
import sys
from collections import Counter

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import timezone

from accounts.models import Customer
from accounts.roles import SYSTEM
from conftest import add_many
from obligations import append_only, erasing
from obligations.actions import note
from obligations.models import Entry, Matter
from obligations.tests.engine import fresh
from obligations.tests.test_sweep import database_url
from proof import erased, sealing, signing
from proof.canonical import GENESIS, chain_name, content, digest, link
from proof.models import Checkpoint, Seal
from proof.tests.helping import SEALED, sealed_case, words


@pytest.mark.parametrize(
    ("processes", "entries", "chains"),
    [pytest.param(3, 40, 5, id="small"), pytest.param(8, 500, 20, id="full", marks=pytest.mark.long)],
)
def test_writers_and_sealers_at_once_fork_no_chain(live_cast, tmp_path, processes, entries, chains):
    agreements = add_many(live_cast, chains)
    now = timezone.now()
    matters = Matter.objects.bulk_create(
        Matter(
            kind="agreement", state="draft", title="Race", customer=row.customer, agreement=row, opened_at=now
        )
        for row in agreements
    )
    before = Entry.objects.count()
    kept = {**os.environ, "DATABASE_URL": database_url(), "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "proof.tests.sealer", str(entries), *(str(row.pk) for row in matters)]
    running = [subprocess.Popen(command, env=kept, cwd=django_settings.BASE_DIR) for _ in range(processes)]
    assert [process.wait(900) for process in running] == [0] * processes
    sealing.seal(timezone.now(), everything=True)
    assert Entry.objects.count() == before + processes * entries == Seal.objects.count()
    forks = [chain for chain, n in Counter(Seal.objects.values_list("chain", "seq")).items() if n > 1]
    assert forks == [] and words(timezone.now()) == []


# --- What the owner of the database may do, with all triggers off ---------------------------------------


def edit(rng, chain):
    row = Entry.objects.get(pk=rng.choice(chain).entry)
    column = rng.choice(["actor_name", "step", "to_state", "actor_id", "facts", "at"])
    value = {"facts": {"forged": 1}, "at": row.recorded_at.replace(year=2020), "actor_id": None}.get(
        column, "X"
    )
    if column == "actor_id" and row.actor_id is None:
        column, value = "actor_name", "X"
    Entry.objects.filter(pk=row.pk).update(**{column: value})


def delete(rng, chain):
    seal = rng.choice(chain)
    Entry.objects.filter(pk=seal.entry)._raw_delete("default")
    if rng.random() < 0.5:  # ... and its seal
        Seal.objects.filter(pk=seal.pk)._raw_delete("default")


def cut(rng, chain):
    gone = chain[rng.randrange(len(chain)) :]
    Seal.objects.filter(pk__in=[row.pk for row in gone])._raw_delete("default")
    Entry.objects.filter(pk__in=[row.entry for row in gone])._raw_delete("default")
    if rng.random() < 0.5:  # ... and the checkpoints that knew them
        Checkpoint.objects.filter(chain=chain[0].chain).delete()


def swap(rng, chain):
    one, other = rng.sample(chain, 2)
    rows = Entry.objects.in_bulk([one.entry, other.entry])
    a, b = rows[one.entry], rows[other.entry]
    names = ("step", "from_state", "to_state", "actor_name", "facts")
    values = [{name: getattr(row, name) for name in names} for row in (a, b)]
    if values[0] == values[1]:  # twins: swap their seals instead
        Seal.objects.filter(pk=one.pk).update(entry=0)
        Seal.objects.filter(pk=other.pk).update(entry=one.entry)
        Seal.objects.filter(pk=one.pk).update(entry=other.entry)
        return
    Entry.objects.filter(pk=a.pk).update(**values[1])
    Entry.objects.filter(pk=b.pk).update(**values[0])


def insert(rng, chain):
    """An entry with a seal of its own, put between two others by somebody who knows how hashes are made."""
    at = rng.randrange(len(chain))
    copied = Entry.objects.get(pk=chain[at].entry)
    copied.pk, copied.actor_name = None, "Forger"
    copied.save(force_insert=True)
    places = [(row.entry, row) for row in chain]
    places.insert(at, (copied.pk, chain[at]))
    if rng.random() < 0.5:
        write_anew(chain[0].chain, [entry for entry, _ in places])
    else:
        Seal.objects.filter(pk=chain[-1].pk).update(entry=copied.pk)


def rehash(rng, chain):
    edit(rng, chain)
    write_anew(chain[0].chain, [row.entry for row in chain])
    if rng.random() < 0.5:  # ... and the checkpoints, with a key of the forger's own
        private = signing._private("forger")
        for row in Checkpoint.objects.filter(chain=chain[0].chain):
            found = Seal.objects.get(chain=row.chain, seq=row.seq).hash
            says = signing.statement(row.chain, row.seq, found, row.at)
            signature = private.sign(signing.canonical(says)).hex()
            Checkpoint.objects.filter(pk=row.pk).update(hash=found, signature=signature)


def write_anew(chain, entries):
    """A chain that is sound in itself."""
    Seal.objects.filter(chain=chain)._raw_delete("default")
    seq, previous = 0, GENESIS
    for pk in entries:
        row = Entry.objects.select_related("matter").get(pk=pk)
        body = digest(content(row, "0" * 32, [], row.matter.public_reference))
        seq, found = seq + 1, link(chain_name(chain), seq + 1, previous, body, SEALED)
        Seal.objects.create(
            customer_id=chain or None, chain=chain, seq=seq, entry=pk, previous_hash=previous, hash=found,
            salt="0" * 32, sealed_at=SEALED,
        )  # fmt: skip
        previous = found


ATTACKS = (edit, delete, cut, swap, insert, rehash)


def attacks(number):
    return [
        pytest.param(attack, seed, id=f"{attack.__name__}-{seed}")
        for seed in range(number)
        for attack in ATTACKS
    ]


def attacked(attack, seed):
    rng = random.Random(seed)
    chains: dict[int, list[Seal]] = {}
    for row in Seal.objects.order_by("chain", "seq"):
        chains.setdefault(row.chain, []).append(row)
    chain = rng.choice([rows for rows in chains.values() if len(rows) > 1])
    with append_only.lifted():
        attack(rng, chain)


@pytest.fixture
def rich_case(cast):
    """Chains with several entries each."""
    case = sealed_case(cast)
    for row in case.all:
        Entry.objects.bulk_create(
            Entry(
                matter=row, customer_id=row.customer_id, step="acknowledge", to_state="sent", at=SEALED,
                recorded_at=SEALED, actor_name="Olga", actor_id=cast.olga.user_id, facts={"n": n},
            )
            for n in range(4)
        )  # fmt: skip
    sealing.seal(SEALED, everything=True)
    signing.sign_all(SEALED)
    assert words() == []
    return case


def tampering(attack, seed):
    """Tamper, look, and undo it. References are checked at the commit, which never comes."""
    with transaction.atomic():
        attacked(attack, seed)
        found = words()
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize(("attack", "seed"), attacks(2))
def test_a_change_by_the_owner_of_the_database_is_found(rich_case, attack, seed):
    assert tampering(attack, seed) != []


@pytest.mark.long
@pytest.mark.parametrize(("attack", "seed"), attacks(17))
def test_a_hundred_changes_are_found(rich_case, attack, seed):
    assert tampering(attack, seed) != []


@pytest.fixture
def noted(rich_case, cast):
    """A note beside a matter, sealed."""
    note(fresh(rich_case.a), "Ms Wolf called.", actor=cast.olga, at=SEALED)
    sealing.seal(SEALED, everything=True)
    return Entry.objects.get(step="note")


def erased_by_hand(row):
    """As a purge would do it, but no entry says so."""
    erased.keep([row])
    with append_only.lifted():
        Entry.objects.filter(pk=row.pk).update(facts=erasing.ERASED)


def lawfully_erased_then(change):
    def tamper(row):
        erasing.erase_words([row.matter], actor=SYSTEM, at=SEALED, why="Purged.")
        sealing.seal(SEALED, everything=True)
        assert words() == []
        with append_only.lifted():
            Entry.objects.filter(pk=row.pk).update(**change)

    return tamper


@pytest.mark.parametrize(
    "tamper",
    [
        erased_by_hand,
        lawfully_erased_then({"actor_name": "Nobody"}),
        lawfully_erased_then({"facts": {"text": "Nothing."}}),
        lawfully_erased_then({"step": "send"}),
    ],
)
def test_words_that_are_gone_without_a_purge_or_changed_after_it_are_found(noted, tamper):
    tamper(noted)
    assert any("no entry says that they were erased" in found for found in words())


def test_a_chain_that_is_gone_altogether_is_missed(rich_case, cast):
    with append_only.lifted():
        Checkpoint.objects.filter(chain=cast.a.customer_id).delete()
        Seal.objects.filter(chain=cast.a.customer_id)._raw_delete("default")
    assert "A chain that was witnessed is gone altogether." in words()
    assert Customer.objects.filter(pk=cast.a.customer_id).exists()
