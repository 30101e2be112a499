"""The accountability pack of one customer: what was done for it, and what proves it, for a stranger to check."""

import datetime as dt
import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from accounts.models import Customer
from accounts.scope import scope
from obligations import cells
from obligations.changes import INTERNAL
from obligations.models import Entry, Evidence, Matter, Obligation
from proof import signing
from proof.canonical import chain_name, commitment, content, digest, instant
from proof.models import Checkpoint, Exhibit, Seal

README = """Accountability pack of {customer}, made on {at}

What is in it
  matters.csv, obligations.csv, entries.csv   what happened, what was owed and by when, who recorded what
  seals.jsonl        every entry in the order in which it was sealed, each with the hash of the one before
  checkpoints.jsonl  signed statements of how far the chain went; you were mailed each on its day
  evidence.jsonl     SHA-256 of each file or link that belongs to an entry
  pack.json          the digest of all these files, signed, and the public keys
  verify_pack.py     checks all of it without any network: python3 verify_pack.py THIS.zip

What it proves
  That nothing in the list was changed, taken out, put in or moved since the last checkpoint that you hold
  yourself. An entry without its text is one of our internal work: its place is kept, its text is not shown.
What it does not prove
  That what was typed was true when it was typed; and nothing about entries after the last checkpoint you hold.
"""


def made(customer: Customer, now: dt.datetime) -> bytes:
    """The pack as a zip. Runs in the scope of that customer alone; restricted matters are not in it."""
    with scope([customer.pk], reason="accountability pack"):
        matters = list(Matter.objects.filter(restricted=False).order_by("pk"))
        known = {row.pk: row for row in matters}
        files = {
            "README.txt": README.format(customer=customer, at=instant(now)).encode(),
            "matters.csv": _matters(matters),
            "obligations.csv": _obligations(known),
            **_proof(customer, known, now),
            "verify_pack.py": Path(__file__).with_name("verify_pack.py").read_bytes(),
        }
    files["pack.json"] = _manifest(customer, files, now)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in files.items():
            opened.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), data, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _manifest(customer: Customer, files: dict[str, bytes], now: dt.datetime) -> bytes:
    says = {
        "customer": customer.name,
        "chain": chain_name(customer.pk),
        "made_at": instant(now),
        "keys": signing.public_keys(),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    key, signature = signing.sign(says)
    return json.dumps({"says": says, "signed": {"key": key, "signature": signature}}, indent=1).encode()


def _proof(customer: Customer, known: dict[int, Matter], now: dt.datetime) -> dict[str, bytes]:
    seals = list(Seal.objects.filter(chain=customer.pk).order_by("seq"))
    entries = Entry.objects.select_related("matter").in_bulk([seal.entry for seal in seals])
    lines, shown = [], []
    for seal in seals:
        row = entries.get(seal.entry)
        line: dict[str, Any] = {
            "seq": seal.seq,
            "previous": seal.previous_hash,
            "hash": seal.hash,
            "sealed_at": instant(seal.sealed_at),
        }
        if row is None:
            lines.append({**line, "content_digest": ""})  # it was taken away: the pack must not hold
            continue
        if seal.content_digest:
            lines.append({**line, "content_digest": seal.content_digest})
            continue
        body = content(row, seal.salt, seal.evidence, row.matter.public_reference)
        if _visible(row, known):
            lines.append({**line, "content": body})
            shown.append(row)
        else:
            lines.append({**line, "content_digest": digest(body)})
    stored = [signing.line(row) for row in Checkpoint.objects.filter(chain=customer.pk).order_by("seq")]
    last = [signing.signed(customer.pk, seals[-1].seq, seals[-1].hash, now)] if seals else []
    return {
        "entries.csv": _entries(shown),
        "seals.jsonl": _lines(lines),
        "checkpoints.jsonl": _lines([*stored, *last]),
        "evidence.jsonl": _lines(_evidence({row.pk for row in shown})),
    }


def _visible(row: Entry, known: dict[int, Matter]) -> bool:
    """What its people read in the portal, they read here: neither internal work nor what is restricted."""
    return row.matter_id in known and row.step not in INTERNAL and not row.proposed


def _evidence(shown: set[int]) -> Iterable[dict[str, str]]:
    opened = {row.pk: row for row in Exhibit.objects.all() if row.entry in shown}
    for row in Evidence.objects.filter(pk__in=opened).select_related("matter").order_by("pk"):
        nonce, found = opened[row.pk].nonce, row.sha256 or row.link
        yield {
            "matter": row.matter.public_reference,
            "title": row.title,
            "digest": found,
            "nonce": nonce,
            "commitment": commitment(nonce, found),
        }


def _matters(rows: Sequence[Matter]) -> bytes:
    head = ("reference", "kind", "title", "state", "opened", "closed")
    return _csv(
        head,
        (
            (
                r.public_reference,
                str(r.clause.title),
                r.title,
                r.state_label,
                _at(r.opened_at),
                _at(r.closed_at),
            )
            for r in rows
        ),
    )


def _obligations(known: dict[int, Matter]) -> bytes:
    head = (
        "matter",
        "duty",
        "source",
        "owed by",
        "started",
        "target",
        "due",
        "period",
        "state",
        "met",
        "round",
    )
    rows = Obligation.objects.filter(matter__in=known).order_by("pk")
    return _csv(
        head,
        (
            (
                known[r.matter_id].public_reference, str(known[r.matter_id].clause.duty(r.duty).title), r.source,
                r.owed_by, _at(r.started_at), _at(r.target_at), _at(r.due_at), r.period,
                r.state, _at(r.met_at), r.round,
            )
            for r in rows
        ),
    )  # fmt: skip


def _entries(rows: Sequence[Entry]) -> bytes:
    head = ("matter", "step", "from", "to", "happened", "recorded", "by", "facts")
    return _csv(
        head,
        (
            (
                r.matter.public_reference, r.step, r.from_state, r.to_state, _at(r.at), _at(r.recorded_at),
                r.actor_name,
                json.dumps(r.facts, ensure_ascii=False, sort_keys=True),
            )
            for r in rows
        ),
    )  # fmt: skip


def _at(at: dt.datetime | None) -> str:
    return instant(at) if at else ""


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> bytes:
    """A table without a cell that a spreadsheet would take for a formula."""
    return "".join(cells.csv_lines([head, *rows])).encode()


def _lines(rows: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row, ensure_ascii=False, sort_keys=True) + "\n" for row in rows).encode()
