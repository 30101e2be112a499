"""A file becomes a dry run, and a dry run without errors becomes a job. Nothing is changed by a file with errors."""

import datetime as dt
import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.roles import Actor
from exchange import tables
from exchange.sheet_agreements import AGREEMENTS, CONTACTS
from exchange.sheet_matters import MATTERS
from exchange.sheet_people import PEOPLE
from exchange.sheet_subprocessors import SUBPROCESSORS
from exchange.sheets import SAME, WRONG, Line, Sheet, pieces
from exchange.tables import Cells
from jobs import working
from jobs.models import Job, JobRow
from jobs.working import Result, Todo
from obligations.facts import InvalidFacts
from obligations.turn import Refused
from obligations.uploads import Unusable

KIND: Final = "import"
REFUSALS: Final = (ValidationError, InvalidFacts, Refused)
UNCHANGED: Final = Result(JobRow.State.SAME)
KIND_ALONE: Final = "import that mails"
SHEETS: Final = {sheet.name: sheet for sheet in (AGREEMENTS, CONTACTS, PEOPLE, SUBPROCESSORS, MATTERS)}


@dataclass(frozen=True)
class DryRun:
    """What importing a file would do, and the digest of exactly that."""

    sheet: Sheet
    rows: Sequence[tuple[int, Cells]]
    lines: Sequence[Line]

    @property
    def counts(self) -> Counter[str]:
        return Counter(line.verdict for line in self.lines)

    @property
    def may_start(self) -> bool:
        return not self.counts[WRONG] and self.counts[SAME] < len(self.lines)

    @property
    def digest(self) -> str:
        says = [[line.number, line.verdict, line.changes, line.cells] for line in self.lines]
        return hashlib.sha256(json.dumps([self.sheet.name, says]).encode()).hexdigest()


def dry_run(sheet: Sheet, name: str, data: bytes, actor: Actor, now: dt.datetime) -> DryRun:
    """Read and compare; nothing is written. Unusable when the file is no such table."""
    names, rows = tables.read(name, data)
    problems = sheet.problems(names)
    if problems:
        raise Unusable(" ".join(problems))
    if not rows:
        raise Unusable("The file has only the names of the columns. Write at least one line below them.")
    return DryRun(sheet, rows, sheet.judged(rows, actor, now))


def start(found: DryRun, actor: Actor, now: dt.datetime, key: uuid.UUID | None, back: str) -> Job:
    """The job that imports what the dry run has shown."""
    if not found.may_start:
        raise ValueError("A file with errors is not imported, nor one that changes nothing.")
    todo = [_todo(found.sheet, piece) for piece in pieces(found.sheet, found.rows)]
    kind = KIND_ALONE if found.sheet.alone else KIND
    title = f"{found.sheet.title}: {len(found.rows)}"
    return working.start(
        kind, todo, title=title, actor=actor, at=now, key=key, back=back, facts={"sheet": found.sheet.name}
    )


def _todo(sheet: Sheet, piece: Sequence[tuple[int, Cells]]) -> Todo:
    numbers = ", ".join(str(number) for number, _cells in piece)
    named = " / ".join(piece[0][1].get(name, "") for name in sheet.key if piece[0][1].get(name))
    return Todo(f"{named} (line {numbers})", {"rows": [[number, cells] for number, cells in piece]})


def do(job: Job, rows: Sequence[JobRow], actor: Actor, now: dt.datetime) -> list[Result]:
    """Some rows of an import, compared anew with what there is now: what is there already stays as it is."""
    sheet = SHEETS[job.facts["sheet"]]
    if sheet.together and len(rows) > 1:
        found = _judged(sheet, rows, actor, now)
        if _written_together(sheet, found, actor, now):
            return [_told(piece) for piece in found]
    return [_written(sheet, piece, actor, now) for piece in _judged(sheet, rows, actor, now)]


def _judged(sheet: Sheet, rows: Sequence[JobRow], actor: Actor, now: dt.datetime) -> list[list[Line]]:
    """The lines of each piece of work, all compared at once."""
    given: list[tuple[int, Cells]] = [(number, cells) for row in rows for number, cells in row.data["rows"]]
    lines = {line.number: line for line in sheet.judged(given, actor, now)}
    return [[lines[number] for number, _cells in row.data["rows"]] for row in rows]


def _written_together(sheet: Sheet, pieces: Sequence[Sequence[Line]], actor: Actor, now: dt.datetime) -> bool:
    """All at once. False when one of them was refused: nothing was written, and each is taken alone to say why."""
    todo = [line for piece in pieces if not any(line.errors for line in piece) for line in _todo_of(piece)]
    try:
        with transaction.atomic():
            sheet.write(todo, actor, now)
    except (*REFUSALS, IntegrityError):
        return False
    return True


def _written(sheet: Sheet, lines: Sequence[Line], actor: Actor, now: dt.datetime) -> Result:
    """One piece of work: all of its lines, or none."""
    if _todo_of(lines) and not any(line.errors for line in lines):
        try:
            with (
                nullcontext() if sheet.alone else transaction.atomic()
            ):  # no lock is held while a mail goes out
                sheet.write(_todo_of(lines), actor, now)
        except REFUSALS as error:
            return Result(JobRow.State.REFUSED, _words(error))
    return _told(lines)


def _told(lines: Sequence[Line]) -> Result:
    """What became of a piece of work that met no refusal."""
    wrong = [line.reasons for line in lines if line.errors]
    if wrong:
        return Result(JobRow.State.REFUSED, " ".join(wrong))
    todo = _todo_of(lines)
    return Result(words="; ".join(dict.fromkeys(line.words for line in todo))) if todo else UNCHANGED


def _todo_of(lines: Sequence[Line]) -> list[Line]:
    return [line for line in lines if line.verdict != SAME]


def _words(error: Any) -> str:
    return " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
