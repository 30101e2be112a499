"""A CSV or XLSX file as lines of text. Nothing in it is run, and a small file never becomes a large one."""

import csv
import datetime as dt
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

from openpyxl import load_workbook

from obligations import cells, uploads
from obligations.uploads import Unusable

LIMIT: Final = 3 * 2**20  # a table of 5,000 rows has about one megabyte
MOST_ROWS: Final = 5000
MOST_COLUMNS: Final = 60
MOST_UNPACKED: Final = 64 * 2**20
LONGEST: Final = 20_000  # characters of a cell
REMARK: Final = "#"  # begins a line that only explains
FORMULA: Final = "\x00formula"  # stands for a cell that holds one: no text has a NUL

Cells = dict[str, str]


def read(name: str, data: bytes) -> tuple[list[str], list[tuple[int, Cells]]]:
    """The names of the columns, and each line with its number in the file. Unusable says what would be right."""
    if len(data) > LIMIT:
        raise Unusable(f"The file is larger than {LIMIT // 2**20} MB. Split it into several.")
    kind = uploads.kind_of(io.BytesIO(data))
    if kind not in ("xlsx", "txt"):
        raise Unusable(f"“{uploads.clean_name(name)}” is no table. Send a CSV file or an XLSX file.")
    rows = _filled(_xlsx(data) if kind == "xlsx" else _csv(data))
    head = next(rows, None)
    if head is None:
        raise Unusable("The file has no line. Its first line must name the columns.")
    names = [_named(cell) for cell in head[1]]
    while names and not names[-1]:
        names.pop()
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise Unusable(
            f"The first line names a column twice: {', '.join(name or 'one without a name' for name in twice)}."
        )
    lines = [(number, _line(number, names, row)) for number, row in rows if not row[0].startswith(REMARK)]
    if len(lines) > MOST_ROWS:
        raise Unusable(f"The file has more than {MOST_ROWS} rows. Split it into several.")
    return names, lines


def _named(cell: str) -> str:
    return "_".join(cell.strip().lower().split())


def _filled(rows: Iterable[Sequence[str]]) -> Iterator[tuple[int, Sequence[str]]]:
    """Rows in which something stands, with their numbers as a spreadsheet shows them."""
    for number, row in enumerate(rows, 1):
        if any(cell.strip() for cell in row):
            yield number, row


def _line(number: int, names: Sequence[str], row: Sequence[str]) -> Cells:
    if any(cell.strip() for cell in row[len(names) :]):
        raise Unusable(
            f"Line {number} has more cells than the first line has names. Does a comma stand in a text?"
        )
    return {name: _plain(cell) for name, cell in zip(names, row, strict=False)}


def _plain(cell: str) -> str:
    """Without the mark that our own exports put before what a spreadsheet would run."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and cells.RUNS.match(text[1:]) else text


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    first = text[: text.find("\n") + 1 or len(text)]
    delimiter = max((",", ";", "\t"), key=first.count)
    csv.field_size_limit(LONGEST)
    try:
        for number, row in enumerate(
            csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        ):
            if number > MOST_ROWS * 2:
                raise Unusable(f"The file has more than {MOST_ROWS} rows. Split it into several.")
            yield row
    except csv.Error as error:
        raise Unusable(
            f"This is no readable CSV file ({error}). Save it anew as CSV in UTF-8, or as XLSX."
        ) from error


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Unusable("The file is not in UTF-8. Save it as “CSV UTF-8”, or as XLSX.") from error


def _xlsx(data: bytes) -> Iterator[list[str]]:
    _refuse_bombs(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # what it says of its own size is not believed
        for row in sheet.iter_rows(max_row=MOST_ROWS * 2, max_col=MOST_COLUMNS):
            yield [_cell(cell) for cell in row]
    except Unusable:
        raise
    except Exception as error:  # openpyxl raises whatever its parts raise
        raise Unusable("This XLSX file cannot be read. Save it anew, or as CSV in UTF-8.") from error


def _refuse_bombs(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as whole:
        parts = whole.infolist()
        if sum(part.file_size for part in parts) > MOST_UNPACKED:
            raise Unusable(
                "This XLSX file grows beyond all measure when it is opened. Save it as CSV in UTF-8."
            )
        for part in parts:  # ZipFile reads no more of a part than it says it has
            with whole.open(part) as opened:
                if b"<!DOCTYPE" in opened.read(4096).upper():
                    raise Unusable("This XLSX file declares entities of its own. Save it as CSV in UTF-8.")


def _cell(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if getattr(cell, "data_type", "") == "f":
        return FORMULA
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return (value.date() if value.time() == dt.time() else value).isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)[:LONGEST]
