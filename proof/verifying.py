"""Whether everything is as it was recorded. Reads only; every finding is a sentence and says where."""

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from accounts.scope import ALL, scope
from obligations import evidence, walls
from obligations.models import Entry, Evidence, Matter
from proof import clocks, erased, sealing, signing, witness
from proof.canonical import GENESIS, chain_name, commitment, content, digest, instant, link
from proof.models import Checkpoint, Exhibit, Seal

GRACE = dt.timedelta(minutes=10)  # an entry that is older has its seal
OUT_OF_ORDER = dt.timedelta(hours=1)  # longer than any transaction
ERASING = ("purge",)  # steps after which evidence may be gone
PART = 1000


@dataclass(frozen=True)
class Finding:
    """Something that is not as it was recorded. `part`: ledger, evidence, guards, obligations, alerts."""

    part: str
    where: str
    words: str


@dataclass
class Report:
    """What was looked at, and what was found."""

    looked_at: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    findings: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)  # nothing is wrong, but one should know

    @property
    def sound(self) -> bool:
        return not self.findings


def everything(now: dt.datetime) -> Report:
    """All of it, for the house."""
    with scope(ALL, reason="verify"):
        report = Report()
        chains = set(Seal.objects.values_list("chain", flat=True)) | set(
            Checkpoint.objects.values_list("chain", flat=True)
        )
        names = {chain_name(chain): chain for chain in chains}
        heads, lost = _witnessed()
        report.notes += lost
        for name in sorted(set(heads) - set(names)):
            report.findings.append(Finding("ledger", name, "A chain that was witnessed is gone altogether."))
        for chain in sorted(chains):
            _chain(chain, heads.get(chain_name(chain), {}), report)
        _unsealed(now, report)
        _files(report)
        report.looked_at["guards"] = len(walls.tables())
        report.findings += [Finding("guards", name, "It does not stand.") for name in walls.missing()]
        for looked in clocks.look(now):
            report.looked_at[looked.part] += looked.number
            report.findings += [Finding(looked.part, where, words) for where, words in looked.wrong]
            report.notes += looked.notes
        return report


def of_customer(customer: int) -> Report:
    """A customer's own chain, for its people. Runs in that customer's scope and tells nothing of what it hides."""
    with scope([customer], reason="verify a customer's chain"):
        report = Report()
        _chain(customer, _witnessed()[0].get(chain_name(customer), {}), report)
        return report


def _witnessed() -> tuple[dict[str, dict[int, str]], list[str]]:
    """Chain name -> {seq: hash}, of the lines in the journal that one of our keys signed; and what restores lost.

    What was witnessed between a backup and its restore was lost lawfully: the restore has signed that it was there.
    """
    found: dict[str, dict[int, tuple[str, str]]] = defaultdict(dict)
    lost = []
    for line in witness.read():
        names = ("restored", "at") if "restored" in line else ("chain", "seq", "hash", "at")
        says = {key: line.get(key) for key in names}
        if not signing.holds(says, str(line.get("key")), str(line.get("signature"))):
            continue
        if "restored" not in line:
            found[line["chain"]][line["seq"]] = line["hash"], line["at"]
            continue
        for heads in found.values():
            for seq in [seq for seq, (_, at) in heads.items() if at > line["restored"]]:
                del heads[seq]
        lost.append(
            f"At {line['at']} the backup of {line['restored']} was restored: entries in between are lost."
        )
    return {chain: {seq: head for seq, (head, _) in heads.items()} for chain, heads in found.items()}, lost


def _chain(chain: int, heads: dict[int, str], report: Report) -> None:
    place = Place(chain, report)
    for rows in _parts(Seal.objects.filter(chain=chain).order_by("seq")):
        place.follow(rows)
    place.compare(heads, "The witness on this machine's disk")
    signed: dict[int, str] = {}
    for row in Checkpoint.objects.filter(chain=chain).order_by("seq"):
        says = signing.statement(chain, row.seq, row.hash, row.at)
        if signing.holds(says, row.key_id, row.signature):
            signed[row.seq] = row.hash
        else:
            place.found(row.seq, "This checkpoint is not signed with a key of ours.")
    place.compare(signed, "The checkpoint")
    report.looked_at["checkpoints"] += len(signed)


def _parts(rows: Any) -> Iterator[list[Seal]]:
    after = 0
    while part := list(rows.filter(seq__gt=after)[:PART]):
        yield part
        after = part[-1].seq


class Place:
    """How far one chain was followed."""

    def __init__(self, chain: int, report: Report) -> None:
        self.chain, self.report = chain, report
        self.name = chain_name(chain)
        self.seq, self.hash = 0, GENESIS
        self.known: dict[int, str] = {}
        self.erased: set[int] = set()  # of the part that is being followed
        self.newest: dt.datetime | None = None  # typed, of all entries so far
        self.before: dt.datetime | None = None  # ... of those that were sealed at an earlier tick
        self.tick: dt.datetime | None = None

    def found(self, seq: int, words: str) -> None:
        self.report.findings.append(Finding("ledger", f"{self.name}/{seq}", words))

    def follow(self, seals: list[Seal]) -> None:
        """Recompute each hash from the entry as it is now."""
        entries = Entry.objects.select_related("matter").in_bulk([row.entry for row in seals])
        sealed_before = set(
            Seal.objects.filter(entry__in=list(entries), pk__lt=seals[-1].pk)
            .exclude(chain=self.chain)
            .values_list("entry", flat=True)
        )
        gone = [entries[row.entry] for row in seals if row.content_digest and row.entry in entries]
        self.erased = erased.lawful(gone)
        for seal in seals:
            self.report.looked_at["ledger"] += 1
            if seal.seq != self.seq + 1:
                self.found(seal.seq, f"Seals {self.seq + 1} to {seal.seq - 1} are missing.")
            elif seal.previous_hash != self.hash:
                self.found(seal.seq, "It does not follow the seal before it.")
            self._one(seal, entries.get(seal.entry), seal.entry in sealed_before)
            self.seq, self.hash = seal.seq, seal.hash
            self.known[seal.seq] = seal.hash

    def _one(self, seal: Seal, entry: Entry | None, moved: bool) -> None:
        if entry is None:
            self.found(seal.seq, f"Entry {seal.entry} was taken away after it was sealed.")
            return
        body = seal.content_digest
        if not body:
            body = digest(content(entry, seal.salt, seal.evidence, entry.matter.public_reference))
        elif entry.pk not in self.erased:
            self.found(
                seal.seq, f"The words of entry {entry.pk} are gone, and no entry says that they were erased."
            )
        if link(self.name, seal.seq, seal.previous_hash, body, seal.sealed_at) != seal.hash:
            self.found(seal.seq, f"Entry {entry.pk} or its seal was changed after it was sealed.")
        if seal.sealed_at != self.tick:
            self.before, self.tick = self.newest, seal.sealed_at
        if self.before and not moved and entry.recorded_at < self.before - OUT_OF_ORDER:
            self.found(
                seal.seq,
                f"Entry {entry.pk} says it was typed at {instant(entry.recorded_at)}, but came later.",
            )
        self.newest = max(self.newest or entry.recorded_at, entry.recorded_at)

    def compare(self, heads: dict[int, str], who: str) -> None:
        """What was signed earlier must still stand where it stood."""
        for seq, found in sorted(heads.items()):
            if seq not in self.known:
                self.found(seq, f"{who} knows a seal here that is gone: the end of the chain was cut.")
                return
            if self.known[seq] != found:
                self.found(seq, f"{who} knows another hash here: the chain was written anew.")
                return


def _unsealed(now: dt.datetime, report: Report) -> None:
    late = sealing.waiting().filter(recorded_at__lt=now - GRACE)
    for pk in late.exclude(pk__in=Seal.objects.values("entry")).values_list("pk", flat=True)[:100]:
        report.findings.append(
            Finding(
                "ledger", f"entry {pk}", "It has no seal. Does alertd run? Otherwise it was put in by hand."
            )
        )


def _files(report: Report) -> None:
    """Every file is there and is what its name says; every piece is the one that was sealed."""
    openings: dict[int, list[str]] = defaultdict(list)
    exhibits = {row.pk: row for row in Exhibit.objects.all()}
    checked: dict[str, str] = {}
    for row in Evidence.objects.order_by("pk").iterator(PART):
        report.looked_at["evidence"] += 1
        if row.sha256 and row.sha256 not in checked:
            checked[row.sha256] = _file(row.sha256)
        if row.sha256 and checked[row.sha256]:
            report.findings.append(Finding("evidence", f"evidence {row.pk}", checked[row.sha256]))
        if row.pk in exhibits:
            opening = exhibits[row.pk]
            openings[opening.entry].append(commitment(opening.nonce, row.sha256 or row.link))
    sealed: dict[int, list[str]] = defaultdict(list)
    for entry, listed in Seal.objects.exclude(evidence=[]).values_list("entry", "evidence"):
        sealed[entry] += listed
    for entry in sorted(set(sealed) | set(openings)):
        _opened(entry, sealed[entry], openings[entry], report)


def _file(sha256: str) -> str:
    where = evidence.path(sha256)
    if not where.exists():
        return f"The file {sha256} is gone."
    with where.open("rb") as opened:
        same = hashlib.file_digest(opened, "sha256").hexdigest() == sha256
    return "" if same else f"The file {sha256} is not what it was: its content was changed."


def _opened(entry: int, sealed: list[str], openings: list[str], report: Report) -> None:
    def found(words: str) -> None:
        report.findings.append(Finding("evidence", f"entry {entry}", words))

    if set(openings) - set(sealed):
        found("A piece of evidence is not the one that was sealed.")
    if set(sealed) - set(openings):
        matter = Matter.objects.filter(entries=entry).first()
        erased = matter and Entry.objects.filter(matter=matter, step__in=ERASING, proposed=False).exists()
        if not erased:
            found("Evidence that was sealed is gone, and no entry says that it was erased.")
