"""Every entry is sealed once, in the chain where it may be seen; nothing healthy is called tampered."""

import datetime as dt
import os
from pathlib import Path

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction

from conftest import utc
from obligations.models import Entry, Matter, NoticeContact, RestrictedTo
from obligations.tests.engine import fresh, proof
from proof import mailing, sealing, signing, verifying, witness
from proof.canonical import chain_name
from proof.models import HOUSE, Checkpoint, Exhibit, Seal
from proof.tests.helping import SEALED, sealed_case, words

LATER = SEALED + dt.timedelta(hours=2)


def test_every_entry_has_one_seal_and_the_ledger_holds(cast):
    sealed_case(cast)
    assert Seal.objects.count() == Entry.objects.count()
    assert not sealing.waiting().exists()
    assert words() == []


def test_each_customer_has_a_chain_of_its_own_and_the_house_has_one(cast):
    case = sealed_case(cast)
    for row in Seal.objects.all():
        entry = Entry.objects.get(pk=row.entry)
        assert row.chain == (entry.customer_id or HOUSE)
    assert {cast.a.customer_id, cast.b.customer_id, HOUSE} <= set(
        Seal.objects.values_list("chain", flat=True)
    )
    assert case.breach.customer_id is None


def test_sealing_twice_seals_nothing_twice(cast):
    sealed_case(cast)
    assert sealing.seal(LATER, everything=True) == 0


def test_a_seal_cannot_be_changed_or_deleted(cast):
    sealed_case(cast)
    for statement in ("UPDATE proof_seal SET hash = 'x'", "DELETE FROM proof_seal"):
        with pytest.raises(IntegrityError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)


def test_an_entry_that_commits_late_with_a_lower_id_is_sealed_and_is_no_alarm(cast):
    """Its id was drawn before its neighbours', and it became visible after they were sealed."""
    case = sealed_case(cast)
    last = Entry.objects.order_by("-pk").first()
    low = Entry(pk=last.pk + 1, matter=case.a, customer_id=case.a.customer_id, step="acknowledge", to_state="sent",
                at=SEALED, recorded_at=SEALED, actor_name="Olga")  # fmt: skip
    high = Entry(pk=last.pk + 2, matter=case.a, customer_id=case.a.customer_id, step="acknowledge",
                 to_state="sent", at=SEALED, recorded_at=SEALED, actor_name="Olga")  # fmt: skip
    Entry.objects.bulk_create([high])
    assert sealing.seal(SEALED) == 1
    Entry.objects.bulk_create([low])
    assert sealing.seal(SEALED + dt.timedelta(seconds=15)) == 1
    order = list(Seal.objects.filter(entry__gt=last.pk).order_by("seq").values_list("entry", flat=True))
    assert order == [high.pk, low.pk]
    assert words() == []


def restrict(cast, matter):
    Matter.objects.filter(pk=matter.pk).update(restricted=True)
    RestrictedTo.objects.create(matter=matter, user_id=cast.olga.user_id)


def gagged(cast):
    """A restricted matter of Acme with one entry, sealed after the others."""
    case = sealed_case(cast)
    hidden = fresh(case.a)
    hidden.pk, hidden.public_reference, hidden.open_key = None, "GAGGE-DGAGG", "0" * 32
    hidden.save(force_insert=True)
    restrict(cast, hidden)
    row = Entry.objects.create(
        matter=hidden, customer_id=hidden.customer_id, step="demand", to_state="open", at=SEALED,
        recorded_at=SEALED, actor_name="Olga", facts={"who": "an authority"},
    )  # fmt: skip
    before = Seal.objects.filter(chain=cast.a.customer_id).count()
    sealing.seal(SEALED)
    return hidden, row, before


def test_a_gagged_entry_of_a_customer_leaves_no_trace_in_its_chain(cast):
    _hidden, row, before = gagged(cast)
    assert Seal.objects.get(entry=row.pk).chain == HOUSE
    assert Seal.objects.filter(chain=cast.a.customer_id).count() == before
    assert words() == []


def test_when_a_gag_is_lifted_the_entry_joins_the_customers_chain_too(cast):
    hidden, row, _before = gagged(cast)
    RestrictedTo.objects.filter(matter=hidden).delete()
    Matter.objects.filter(pk=hidden.pk).update(restricted=False)
    sealing.tick(SEALED + dt.timedelta(days=1, minutes=1))
    assert set(Seal.objects.filter(entry=row.pk).values_list("chain", flat=True)) == {
        HOUSE,
        cast.a.customer_id,
    }
    assert words() == []


def test_evidence_is_bound_to_the_next_entry_and_its_digest_is_not_in_the_seal(cast):
    case = sealed_case(cast)
    piece = proof(case.a, cast)
    type(piece).objects.filter(pk=piece.pk).update(added_at=SEALED)
    Entry.objects.create(matter=case.a, customer_id=case.a.customer_id, step="acknowledge", to_state="sent",
                         at=SEALED, recorded_at=SEALED, actor_name="Olga")  # fmt: skip
    sealing.seal(SEALED)
    seal = Seal.objects.get(entry=Exhibit.objects.get(pk=piece.pk).entry)
    assert len(seal.evidence) == 1 and piece.link not in str(seal.evidence)
    assert words() == []
    type(piece).objects.filter(pk=piece.pk).update(link="https://letters.example/other")
    assert words() == ["A piece of evidence is not the one that was sealed.",
                       "Evidence that was sealed is gone, and no entry says that it was erased."]  # fmt: skip


def test_once_a_day_every_chain_is_signed_and_each_customer_is_mailed_its_own(cast):
    sealed_case(cast)
    Checkpoint.objects.all().delete()
    NoticeContact.objects.filter(email="carl@acme.example").update(language="de")
    sealing.tick(LATER)
    assert Checkpoint.objects.count() == Seal.objects.values("chain").distinct().count()
    to_acme = [sent for sent in mail.outbox if "carl@acme.example" in sent.to]
    assert len(to_acme) == 1 and chain_name(cast.a.customer_id) in to_acme[0].body
    assert to_acme[0].subject.startswith("Prüfpunkt Ihres Registers")
    assert chain_name(cast.b.customer_id) not in to_acme[0].body
    assert sealing.tick(LATER + dt.timedelta(minutes=1)) == 0 and mailing.send(LATER) == 0


def test_a_checkpoint_of_a_retired_key_still_counts_and_one_of_a_strange_key_does_not(cast, settings):
    settings.CHECKPOINT_KEYS = ["first secret"]
    sealed_case(cast)
    first = next(iter(signing.public_keys().values()))
    settings.CHECKPOINT_KEYS, settings.CHECKPOINT_RETIRED = ["second secret"], [first]
    assert words() == []
    settings.CHECKPOINT_RETIRED = []
    assert set(words()) == {"This checkpoint is not signed with a key of ours."}


def test_the_journal_survives_a_line_cut_in_two(cast):
    sealed_case(cast)
    whole = len(list(witness.read()))
    with witness.path().open("a") as journal:
        journal.write('{"chain": "ho')
    assert len(list(witness.read())) == whole > 0
    assert words() == []


def test_a_customers_own_look_is_in_its_own_scope(cast):
    sealed_case(cast)
    report = verifying.of_customer(cast.a.customer_id)
    assert (
        report.sound and report.looked_at["ledger"] == Seal.objects.filter(chain=cast.a.customer_id).count()
    )


def test_an_entry_without_a_seal_is_found_after_ten_minutes(cast):
    case = sealed_case(cast)
    Entry.objects.create(matter=case.a, customer_id=case.a.customer_id, step="acknowledge", to_state="sent",
                         at=SEALED, recorded_at=SEALED, actor_name="Nobody")  # fmt: skip
    assert words() == []
    assert words(SEALED + dt.timedelta(minutes=11)) == [
        "It has no seal. Does alertd run? Otherwise it was put in by hand."
    ]


def test_an_entry_slipped_in_for_an_earlier_day_is_found(cast):
    case = sealed_case(cast)
    old = utc("1 Feb 10:00")
    Entry.objects.create(matter=case.a, customer_id=case.a.customer_id, step="acknowledge", to_state="sent",
                         at=old, recorded_at=old, actor_name="Nobody")  # fmt: skip
    sealing.seal(SEALED + dt.timedelta(seconds=15))
    assert ["but came later" in text for text in words()] == [True]


def test_what_one_test_witnessed_accuses_no_other(cast, tmp_path):
    sealed_case(cast)
    assert witness.path().parent == tmp_path == Path(os.environ["DATA_DIR"])
    mine = {chain_name(chain) for chain in Seal.objects.values_list("chain", flat=True)}
    assert {line["chain"] for line in witness.read()} == mine
