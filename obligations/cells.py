"""Tables for other programs: CSV and XLSX in which no cell is ever a formula.

A spreadsheet runs what begins with = + - @ (or a tab or a return before it), and titles are typed by people outside.
"""

import csv
import datetime as dt
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

SIGNS = "=+\\-@\uff1d\uff0b\uff0d\uff20"  # the full-width ones too: some spreadsheets turn them into the plain ones
UNSEEN = "\\s\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u2064\ufeff"  # hide a sign from us only
RUNS = re.compile(f"[{UNSEEN}]*[{SIGNS}]|[\t\r\n]")
# A spreadsheet of another country cuts a line of CSV elsewhere than we do: what stands after any cut begins a cell.
AFTER_A_CUT = re.compile(f'([;,|\t\r\n"])([{UNSEEN}]*[{SIGNS}])')
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
Rows = Iterable[Sequence[Any]]


def cell(value: Any) -> str:
    """A value as text that no spreadsheet runs; instants in UTC, as ISO 8601."""
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat(timespec="minutes")
    text = NOT_IN_XML.sub(" ", str(value))
    return f"'{text}" if RUNS.match(text) else text


def _in_csv(value: Any) -> str:
    text = cell(value)
    return text if isinstance(value, dt.datetime) else AFTER_A_CUT.sub(r"\1'\2", text)


class _Echo:
    def write(self, value: str) -> str:
        return value


def csv_lines(rows: Rows) -> Iterator[str]:
    """Lines of a CSV file, the first with a byte order mark, so that Excel reads it as UTF-8."""
    writer = csv.writer(_Echo())
    for number, row in enumerate(rows):
        line: str = writer.writerow([_in_csv(value) for value in row])
        yield f"\ufeff{line}" if number == 0 else line


def as_csv(rows: Rows, name: str) -> HttpResponse:
    """A CSV file to be saved. The rows are read here: later there would be no scope."""
    return _attached("".join(csv_lines(rows)).encode(), f"{name}.csv", "text/csv; charset=utf-8")


def as_xlsx(rows: Rows, name: str) -> HttpResponse:
    """An XLSX file to be saved: every cell is text, an instant is a date in UTC."""
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Rows")
    for row in rows:
        sheet.append([_xlsx(sheet, value) for value in row])
    kept = io.BytesIO()
    book.save(kept)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    return _attached(kept.getvalue(), f"{name}.xlsx", kind)


def _xlsx(sheet: Any, value: Any) -> WriteOnlyCell:
    if isinstance(value, dt.datetime):
        return WriteOnlyCell(sheet, value.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0))
    if isinstance(value, int) and not isinstance(value, bool):
        return WriteOnlyCell(sheet, value)
    made = WriteOnlyCell(sheet, cell(value))
    made.data_type = "s"  # a text, whatever it begins with
    return made


def _attached(content: bytes, name: str, kind: str) -> HttpResponse:
    return HttpResponse(
        content, headers={"Content-Type": kind, "Content-Disposition": f'attachment; filename="{name}"'}
    )
