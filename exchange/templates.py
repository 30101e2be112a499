"""Tables to fill in: the names of the columns, and two lines that explain them and that no import takes."""

from exchange.sheet_matters import MATTERS, columns_of
from exchange.sheets import Sheet
from exchange.tables import REMARK
from obligations.clauses import Clause


def rows(sheet: Sheet, clause: Clause | None = None) -> list[list[str]]:
    """Head, what each column means, an example. `clause`: with the facts of that kind of matter."""
    told = [(c.name, f"{c.help}{' Needed.' if c.required else ''}", c.example) for c in sheet.columns]
    if clause and sheet is MATTERS:
        told += columns_of(clause)
    head, means, example = ([str(part) for part in line] for line in zip(*told, strict=True))
    means[0], example[0] = f"{REMARK} {means[0]}", f"{REMARK} {example[0]}"
    return [head, means, example]
