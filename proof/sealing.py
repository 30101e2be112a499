"""The sealer: a few seconds behind the verbs it gives every entry its place and hash in its chain.

One sealer at a time for all chains (a lock of the database), so that no chain can fork; the constraints of the
table would refuse a fork all the same. Order is the order of sealing, not of ids: a transaction that
commits late has a low id, and is sealed when it becomes visible.
"""

import datetime as dt
import logging
import secrets
from collections import defaultdict
from collections.abc import Sequence

from django.db import connection, transaction
from django.db.models import BigIntegerField, Exists, Max, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from accounts.scope import ALL, scope
from obligations.models import Entry, Evidence
from proof import mailing, signing, witness
from proof.canonical import GENESIS, chain_name, commitment, content, digest, link
from proof.models import HOUSE, Exhibit, Seal

log = logging.getLogger(__name__)
BATCH = 2000
LOCK = 5_062_001  # any number that nobody else of this database uses
LOOK_BACK = dt.timedelta(hours=1)  # longer than any transaction; once a day all entries are looked at


def tick(now: dt.datetime) -> int:
    """What beat and alertd call: seal what is new, and once a day sign where every chain stands."""
    sealed = seal(now)
    if signing.checkpoint_is_due(now):
        sealed += seal(now, everything=True)
        signing.sign_all(now)
    mailing.send(now)
    return sealed


def seal(now: dt.datetime, *, everything: bool = False) -> int:
    """Seal all entries that wait; returns how many. Nothing when another process is at it."""
    done = 0
    while True:
        with scope(ALL, reason="seal"), transaction.atomic():
            if not _alone():
                return done
            rows = list(_waiting(now, everything).select_related("matter")[:BATCH])
            made = _seal(rows, now)
        witness.note(signing.heads(made, now))
        done += len(rows)
        if len(rows) < BATCH:
            return done


def _alone() -> bool:
    """Held to the end of the transaction. SQLite: BEGIN IMMEDIATE has let in only one writer already."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        return bool(cursor.fetchone()[0])


def waiting() -> "QuerySet[Entry]":
    """Every entry without a seal in the chain where it belongs now: a gag that is lifted moves it."""
    own = Coalesce("customer_id", Value(HOUSE), output_field=BigIntegerField())
    sealed = Seal.objects.filter(entry=OuterRef("pk"), chain=OuterRef("belongs"))
    rows: QuerySet[Entry] = (
        Entry.objects.alias(belongs=own)
        .filter(
            ~Q(matter__restricted=True) & ~Exists(sealed)
            | Q(matter__restricted=True) & ~Exists(Seal.objects.filter(entry=OuterRef("pk"), chain=HOUSE))
        )
        .order_by("pk")
    )
    return rows


def _waiting(now: dt.datetime, everything: bool) -> "QuerySet[Entry]":
    """... among the newest, so that a tick costs the same however long the ledger is."""
    if everything:
        return waiting()
    settled = (
        Seal.objects.filter(sealed_at__lt=now - LOOK_BACK).order_by("-pk").values_list("entry", flat=True)
    )
    return waiting().filter(pk__gt=settled.first() or 0)


def chain_of(row: Entry) -> int:
    """The customer's chain, or the house's: nobody may learn from a chain that a gagged demand exists."""
    return HOUSE if row.matter.restricted or row.customer_id is None else row.customer_id


def _seal(rows: Sequence[Entry], now: dt.datetime) -> list[Seal]:
    heads = _heads({chain_of(row) for row in rows})
    attached = _attached(rows)
    made = []
    for row in rows:
        chain, salt = chain_of(row), secrets.token_hex(16)
        seq, previous = heads.get(chain, (0, GENESIS))
        evidence = attached.get(row.pk, [])
        body = digest(content(row, salt, evidence, row.matter.public_reference))
        seq, found = seq + 1, link(chain_name(chain), seq + 1, previous, body, now)
        heads[chain] = (seq, found)
        customer = chain or None
        made.append(
            Seal(
                customer_id=customer, chain=chain, seq=seq, entry=row.pk, previous_hash=previous,
                hash=found, salt=salt, evidence=evidence, sealed_at=now,
            )
        )  # fmt: skip
    return Seal.objects.bulk_create(made, batch_size=500)


def _heads(chains: set[int]) -> dict[int, tuple[int, str]]:
    """Where each chain ends."""
    last = Seal.objects.filter(chain__in=chains).values("chain").annotate(last=Max("seq"))
    wanted = Q(pk=None)
    for found in last:
        wanted |= Q(chain=found["chain"], seq=found["last"])
    rows = Seal.objects.filter(wanted).values_list("chain", "seq", "hash")
    return {chain: (seq, found) for chain, seq, found in rows}


def _attached(rows: Sequence[Entry]) -> dict[int, list[str]]:
    """Commitments by entry, and their openings stored: each piece goes with the first entry sealed after it came."""
    pieces: dict[int, list[Evidence]] = defaultdict(list)
    bare = Evidence.objects.exclude(pk__in=Exhibit.objects.values("pk"))
    for piece in bare.filter(matter__in={row.matter_id for row in rows}).order_by("pk"):
        pieces[piece.matter_id].append(piece)
    found: dict[int, list[str]] = {}
    exhibits = []
    for row in rows:
        taken = [piece for piece in pieces[row.matter_id] if piece.added_at <= row.recorded_at]
        pieces[row.matter_id] = [piece for piece in pieces[row.matter_id] if piece not in taken]
        for piece in taken:
            nonce = secrets.token_hex(16)
            exhibits.append(Exhibit(evidence=piece, customer_id=piece.customer_id, entry=row.pk, nonce=nonce))
            found.setdefault(row.pk, []).append(commitment(nonce, piece.sha256 or piece.link))
    Exhibit.objects.bulk_create(exhibits, batch_size=500)
    return found
