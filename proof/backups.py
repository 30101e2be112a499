"""Backups: a copy of the database, the evidence by digest, and a signed manifest that says what belongs to it.

FOLDER/evidence/ab/abcd...          files named by their SHA-256, copied once for all backups in FOLDER
FOLDER/2026-11-25T03-00-00Z/        database, witness.jsonl, manifest.json

A backup gets its name only after it was loaded into a scratch database and compared; others count for nothing.
"""

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from accounts import keyring
from obligations import evidence, journal
from proof import copies, signing, witness
from proof.canonical import canonical, instant

NAME = "%Y-%m-%dT%H-%M-%SZ"
PROBE = (
    "opens"  # sealed with FIELD_KEYS, so that a restore knows beforehand whether it can read what is sealed
)


class Damaged(Exception):
    """A backup that is not as it was made, or cannot be made; in words."""


def make(folder: Path, now: dt.datetime) -> tuple[Path, dict[str, Any]]:
    """A new backup and its manifest. `missing` in it lists evidence that was gone or changed when it was made."""
    folder.mkdir(parents=True, exist_ok=True)
    part = Path(tempfile.mkdtemp(prefix=".part-", dir=folder))
    place = copies.here()
    try:
        tables, digests, migrations = place.copy(part / "database")
        shutil.copyfile(witness.path(), part / "witness.jsonl") if witness.path().exists() else None
        missing = [sha256 for sha256 in digests if not keep(sha256, folder)]
        says = {
            "made_at": instant(now),
            "engine": place.engine,
            "tables": tables,
            "migrations": migrations,
            "files": {path.name: digest_of(path) for path in sorted(part.iterdir())},
            "evidence": sorted(set(digests) - set(missing)),
            "missing": missing,
            "probe": keyring.seal(PROBE),
        }
        write_manifest(part, says)
        check(part, folder / "evidence")
        with place.scratch(part) as scratch:
            scratch.load(part / "database")
            compare(scratch, says)
        final = finished(part, folder / now.astimezone(dt.UTC).strftime(NAME))
    except BaseException:
        shutil.rmtree(part, ignore_errors=True)
        raise
    return final, says


def write_manifest(part: Path, says: dict[str, Any]) -> None:
    """What belongs to it, signed."""
    key, signature = signing.sign(says)
    (part / "manifest.json").write_bytes(canonical({"says": says, "key": key, "signature": signature}))


def finished(part: Path, name: Path) -> Path:
    """On disk to the last byte, and only then under its name."""
    for path in part.iterdir():
        if path.is_file():
            to_disk(path)
    journal.sync(part)
    final = part.rename(name)
    journal.sync(name.parent)
    return final


def check(backup: Path, files: Path) -> dict[str, Any]:
    """The manifest of a backup that is whole, to the bit, with its evidence in `files`. Damaged says what is not."""
    says = _manifest(backup / "manifest.json")
    there = {path.name for path in backup.iterdir() if path.is_file()} - {"manifest.json"}
    if there != set(says["files"]):
        raise Damaged(
            f"{backup} holds other files than its manifest says: {sorted(there ^ set(says['files']))}."
        )
    for name, sha256 in says["files"].items():
        if digest_of(backup / name) != sha256:
            raise Damaged(f"{backup / name} is not what it was when the backup was made.")
    for sha256 in says["evidence"]:
        path = files / sha256[:2] / sha256
        if not path.exists() or digest_of(path) != sha256:
            raise Damaged(f"The evidence file {path} is gone or was changed since the backup.")
    return says


def _manifest(path: Path) -> dict[str, Any]:
    if not path.exists():
        raise Damaged(f"{path} is not there: this is no backup, or one that was never finished.")
    text = path.read_bytes()
    try:
        whole = json.loads(text)
        says, key, signature = whole["says"], whole["key"], whole["signature"]
    except (ValueError, KeyError, TypeError) as error:
        raise Damaged(f"{path} cannot be read any more.") from error
    # One way to write it, so that every single bit counts.
    if (
        canonical(whole) != text
        or signature != str(signature).lower()
        or not signing.holds(says, key, signature)
    ):
        raise Damaged(f"{path} is not signed with a key of ours. Is CHECKPOINT_KEYS the one of that time?")
    return dict(says)


def compare(place: copies.Place, says: dict[str, Any]) -> None:
    """Whether a database holds what the manifest says, row by row."""
    found = place.prints()
    wrong = [
        name
        for name in sorted(set(found) | set(says["tables"]))
        if found.get(name) != says["tables"].get(name)
    ]
    if wrong:
        raise Damaged(f"After loading, these tables are not what they were: {', '.join(wrong)}.")


def newest(folder: Path) -> Path:
    """The newest finished backup of a folder."""
    found = all_of(folder)
    if not found:
        raise Damaged(f"{folder} holds no backup.")
    return found[-1]


def all_of(folder: Path) -> list[Path]:
    """The finished backups of a folder, oldest first."""
    return sorted(path.parent for path in folder.glob("20*Z/manifest.json"))


def prune(folder: Path, before: dt.datetime) -> int:
    """Delete backups made before that instant, then evidence that no other one names; the newest always stays.

    What was erased from the program leaves its backups this way.
    """
    name = before.astimezone(dt.UTC).strftime(NAME)
    old = [path for path in all_of(folder)[:-1] if path.name < name]
    for path in old:
        shutil.rmtree(path)
    named = {sha256 for path in all_of(folder) for sha256 in _manifest(path / "manifest.json")["evidence"]}
    for path in (folder / "evidence").glob("*/*"):
        if path.name not in named:
            path.unlink()
    return len(old)


def bring_back(digests: Iterable[str], files: Path) -> int:
    """Copy evidence to where the program keeps it; returns how many files were not there."""
    copied = 0
    for sha256 in digests:
        target = evidence.path(sha256)
        if not target.exists() or digest_of(target) != sha256:
            _copy(files / sha256[:2] / sha256, target)
            copied += 1
    return copied


def keep(sha256: str, folder: Path) -> bool:
    """Copy one evidence file into the folder, unless it is there. False: it is gone or not what its name says."""
    source, target = evidence.path(sha256), folder / "evidence" / sha256[:2] / sha256
    if target.exists() and digest_of(target) == sha256:
        return True
    if not source.exists() or digest_of(source) != sha256:
        return False
    _copy(source, target)
    return True


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    shutil.copyfile(source, part)
    to_disk(part)
    part.replace(target)
    journal.sync(target.parent)


def to_disk(path: Path) -> None:
    """Its bytes outlive a loss of power."""
    with path.open("rb") as opened:
        os.fsync(opened.fileno())


def digest_of(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
