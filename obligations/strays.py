"""Files that nothing points to: of a form that was refused after its file had come, of an upload cut off half way."""

import datetime as dt
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from django.conf import settings

from jobs.models import Job, JobRow
from obligations import journal
from obligations.models import Evidence, Matter

DIGEST: Final = re.compile(r"\b[0-9a-f]{64}\b")


def evidence_without_rows(end: dt.datetime) -> int:
    """Delete files of the evidence folder that came before `end` and that nobody needs. One statement a folder."""
    root, number = Path(settings.MEDIA_ROOT), 0
    waiting = _waiting()
    for folder in sorted(root.iterdir()) if root.exists() else ():
        old = [path for path in (folder.iterdir() if folder.is_dir() else [folder]) if _older(path, end)]
        if not old:
            continue
        rows = Evidence.objects.filter(sha256__in=[path.name for path in old])
        needed = waiting | set(rows.values_list("sha256", flat=True))
        number += _deleted(path for path in old if path.name not in needed)
    return number


def _waiting() -> set[str]:
    """Files that a proposal or unfinished work carries: they become evidence later."""
    proposed = Matter.objects.exclude(proposal=None).values_list("proposal__facts", flat=True)
    jobs = Job.objects.filter(finished_at=None)
    rows = JobRow.objects.filter(job__in=jobs).values_list("data", flat=True)
    facts = [*proposed, *jobs.values_list("facts", flat=True), *rows]
    return set(DIGEST.findall(json.dumps(facts)))


def mails_as_files(end: dt.datetime) -> int:
    """Mails of a machine without a relay."""
    return _deleted_in(Path(settings.EMAIL_FILE_PATH), end)


def journal_of_what_was_sent(end: dt.datetime) -> int:
    """Whole files: each belongs to one process and day."""
    return _deleted_in(journal.folder(), end)


def _deleted_in(folder: Path, end: dt.datetime) -> int:
    return _deleted(path for path in (folder.iterdir() if folder.exists() else ()) if _older(path, end))


def _older(path: Path, end: dt.datetime) -> bool:
    try:
        return path.is_file() and path.stat().st_mtime < end.timestamp()
    except FileNotFoundError:
        return False  # another process has just taken it away


def _deleted(paths: Iterator[Path]) -> int:
    number = 0
    for path in paths:
        path.unlink(missing_ok=True)
        number += 1
    return number
