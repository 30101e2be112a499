"""What a table for import is made of: columns that judge their cells, and a sheet that compares and writes."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from accounts.roles import Actor
from exchange.tables import FORMULA, Cells

NEW: Final = "new"
CHANGED: Final = "changed"
SAME: Final = "unchanged"
WRONG: Final = "wrong"


@dataclass(frozen=True)
class Column:
    """`convert` makes a value of a cell's text, or says in words what would be right (ValueError)."""

    name: str
    help: Any
    convert: Callable[[str], Any]
    required: bool = False
    example: str = ""


@dataclass
class Line:
    """A row of a file: its cells, their values, and what importing it would do."""

    number: int
    cells: Cells
    values: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)  # by column; "" is the whole line
    changes: list[tuple[str, str, str]] = field(default_factory=list)  # column, old, new
    found: Any = None  # what there is already
    new: bool = False

    @property
    def verdict(self) -> str:
        if self.errors:
            return WRONG
        return NEW if self.new else CHANGED if self.changes else SAME

    def compare(self, column: str, old: str) -> None:
        """Note the difference, if the cell says something and says something else."""
        new = self.cells.get(column, "")
        if column in self.values and new != old:
            self.changes.append((column, old, new))

    @property
    def words(self) -> str:
        """What was done, for the result."""
        said = [f"{column}: {old or '(empty)'} → {new}" for column, old, new in self.changes]
        return f"{self.verdict}: {'; '.join(said)}" if said else self.verdict

    @property
    def reasons(self) -> str:
        return " ".join(f"{column}: {words}" if column else words for column, words in self.errors.items())


Judge = Callable[[Sequence[Line], Actor, dt.datetime], None]
Write = Callable[[Sequence[Line], Actor, dt.datetime], None]


@dataclass(frozen=True)
class Sheet:
    """One kind of table. `judge` looks at the database once for all lines; `write` goes through the verbs.

    `key`: the columns that name a thing. `group`: lines with the same value there are one piece of work.
    `more`: columns beyond those listed, whose names begin so. `together`: `write` takes many lines in few statements.
    """

    name: str
    title: Any
    help: Any
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    judge: Judge
    write: Write
    group: str = ""
    more: str = ""
    alone: bool = False
    together: bool = False

    def problems(self, names: Sequence[str]) -> list[str]:
        """What is wrong with the first line of a file."""
        known = {column.name for column in self.columns}
        strange = [
            name for name in names if name not in known and not (self.more and name.startswith(self.more))
        ]
        missing = [column.name for column in self.columns if column.required and column.name not in names]
        said = []
        if strange:
            also = f", and {self.more}..." if self.more else ""
            words = ", ".join(column.name for column in self.columns)
            said.append(
                f"There is no column {', '.join(name or '(empty)' for name in strange)}. There are: {words}{also}."
            )
        if missing:
            said.append(f"The column {', '.join(missing)} is missing in the first line.")
        return said

    def parse(self, number: int, cells: Cells) -> Line:
        """Values of the cells. An empty cell leaves what is there as it is."""
        line = Line(number, cells)
        for name, text in cells.items():
            if text == FORMULA:
                line.errors[name] = "This cell holds a formula. Paste its value instead."
        for column in self.columns:
            text = cells.get(column.name, "")
            if column.name in line.errors:
                continue
            if not text:
                if column.required:
                    line.errors[column.name] = f"This is needed. {column.help}"
                continue
            try:
                line.values[column.name] = column.convert(text)
            except ValueError as error:
                line.errors[column.name] = str(error)
        return line

    def judged(self, rows: Sequence[tuple[int, Cells]], actor: Actor, now: dt.datetime) -> list[Line]:
        """Every line with its verdict."""
        lines = [self.parse(number, cells) for number, cells in rows]
        self._refuse_doubles(lines)
        good = [line for line in lines if not line.errors]
        if good:
            self.judge(good, actor, now)
        return lines

    def _refuse_doubles(self, lines: Sequence[Line]) -> None:
        seen: dict[tuple[str, ...], int] = {}
        for line in lines:
            key = tuple(line.cells.get(name, "").casefold() for name in self.key)
            first = seen.setdefault(key, line.number)
            if first != line.number and not line.errors:
                line.errors[self.key[-1]] = f"Line {first} is about the same. Leave one of them out."


def pieces(sheet: Sheet, rows: Sequence[tuple[int, Cells]]) -> list[list[tuple[int, Cells]]]:
    """The rows of a file as pieces of work, in order: each row alone, or all that belong together."""
    if not sheet.group:
        return [[row] for row in rows]
    found: dict[str, list[tuple[int, Cells]]] = {}
    for number, cells in rows:
        found.setdefault(cells.get(sheet.group, ""), []).append((number, cells))
    return list(found.values())


def by(rows: Sequence[Any], *names: str) -> Mapping[Any, Any]:
    """Rows by one or more of their attributes."""
    if len(names) == 1:
        return {getattr(row, names[0]): row for row in rows}
    return {tuple(getattr(row, name) for name in names): row for row in rows}
