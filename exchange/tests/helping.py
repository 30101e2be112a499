"""What the tests of imports share: a table judged, a table imported, and what was wrong with it."""

import io
import zipfile

from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from conftest import utc
from exchange import importing
from exchange.importing import SHEETS, dry_run
from jobs import working
from jobs.models import Job

NOW = utc("30 Mar 09:00")
AGREEMENT = "customer,agreement,customer_role,region,their_calendar,signed_by_us_on,signed_by_customer_on\n"
NORTH = "North Ltd,DPA North,controller,EU,ES-MD Europe/Madrid,2026-01-05,2026-01-07\n"


def judged(cast, sheet: str, table: str | bytes, who=None):
    data = table if isinstance(table, bytes) else table.encode()
    return dry_run(SHEETS[sheet], "table.csv", data, who or cast.olga, NOW)


def imported(cast, sheet: str, table: str | bytes, who=None) -> Job:
    """Through the whole way: dry run, job, work."""
    actor = who or cast.olga
    job = importing.start(judged(cast, sheet, table, actor), actor, NOW, None, "")
    working.work(NOW)
    return job


def errors(run) -> dict[str, str]:
    return {column: words for line in run.lines for column, words in line.errors.items()}


def xlsx(*rows: tuple[object, ...]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def zipped(**parts: bytes) -> bytes:
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, data in parts.items():
            whole.writestr(name.replace("__", "/").replace("_dot_", "."), data)
    return kept.getvalue()


def sent(table: bytes, **more: object) -> dict[str, object]:
    return {"file": SimpleUploadedFile("agreements.csv", table), **more}
