"""Pages of the API's lists: filters and orders from an allow-list, cursors without counts."""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import Q, QuerySet
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from accounts import keyring
from obligations.facts import EARLIEST, LATEST, instant

PAGE: Final = 100
MOST: Final = 200
REFERENCE: Final = re.compile(r"[0-9A-Z]{5}-[0-9A-Z]{5}")
NAME: Final = re.compile(r"[a-z0-9_]+")
NAMED: Final = {"pattern": "^[a-z0-9_]+$"}


@dataclass(frozen=True)
class Filter:
    """A parameter: the lookup that it sets, and how its text is read (ValueError says what would be right)."""

    lookup: str
    read: Callable[[str], Any] = str
    schema: Mapping[str, Any] | tuple[()] = ()


@dataclass(frozen=True)
class Listing:
    """What may be asked of one list. `orders`: name -> columns; the last one is unique."""

    filters: Mapping[str, Filter]
    orders: Mapping[str, tuple[str, str]]

    @property
    def parameters(self) -> set[str]:
        return {*self.filters, "order", "cursor", "limit"}


def one_of(*values: str) -> Callable[[str], str]:
    """Reads one of these values."""

    def read(text: str) -> str:
        if text not in values:
            raise ValueError(f"Give one of: {', '.join(values)}.")
        return text

    return read


def yes_or_no(text: str) -> bool:
    """Reads true or false."""
    return one_of("true", "false")(text) == "true"


def reference(text: str) -> str:
    """Reads the reference of a matter."""
    if not REFERENCE.fullmatch(text.upper()):
        raise ValueError("Give a reference such as 7KQ2M-XV4TB.")
    return text.upper()


def moment(text: str) -> Any:
    """Reads an instant; a plus sign that came as a space is one. Beyond all facts lies their first or last year."""
    plain = text.replace(" ", "+")
    found = dt.datetime.fromisoformat(plain)
    if found.tzinfo is not None and not EARLIEST <= found.year <= LATEST:
        return dt.datetime(min(max(found.year, EARLIEST), LATEST), 1, 1, tzinfo=dt.UTC)
    return instant(plain)


def name(text: str) -> str:
    """Reads the name of a kind, a state or a duty."""
    if not NAME.fullmatch(text):
        raise ValueError("Give a name in small letters, such as breach_notice.")
    return text


def only(request: Request, *known: str) -> None:
    """400 for a parameter that this address does not know: a misspelt filter must not show everything."""
    unknown = {name: ["There is no such parameter."] for name in request.query_params if name not in known}
    if unknown:
        raise ValidationError(unknown)


def page(request: Request, rows: QuerySet[Any], listing: Listing) -> tuple[list[Any], str | None]:
    """The rows of this page, and the cursor of the next one. `rows` may be `.values()` with the order's columns."""
    only(request, *listing.parameters)
    given = request.query_params
    for name, known in listing.filters.items():
        if name in given:
            rows = rows.filter(**{known.lookup: _read(name, known.read, given[name])})
    order = _read("order", one_of(*listing.orders), given["order"]) if "order" in given else _first(listing)
    columns, size = listing.orders[order], _size(given.get("limit"))
    first = columns[0].removeprefix("-")
    if first != columns[1].removeprefix("-"):
        rows = rows.exclude(**{first: None})
    if "cursor" in given:
        rows = rows.filter(_after(columns, _values(given["cursor"], order)))
    found = list(rows.order_by(*dict.fromkeys(columns))[: size + 1])
    more = len(found) > size
    return found[:size], _cursor(order, found[size - 1], columns) if more else None


def _first(listing: Listing) -> str:
    return next(iter(listing.orders))


def _read(name: str, read: Callable[[str], Any], text: str) -> Any:
    try:
        if "\x00" in text:
            raise ValueError("The text holds a NUL character; leave it out.")
        return read(text)
    except ValueError as error:
        raise ValidationError({name: [str(error)]}) from error


def _size(text: str | None) -> int:
    if text is None:
        return PAGE
    if not re.fullmatch(r"[0-9]{1,3}", text, re.ASCII) or not 1 <= int(text) <= MOST:
        raise ValidationError({"limit": [f"Give a number from 1 to {MOST}."]})
    return int(text)


def _after(columns: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come later in that order."""
    name, key = (column.removeprefix("-") for column in columns)
    how = ["lt" if column.startswith("-") else "gt" for column in columns]
    if name == key:
        return Q(**{f"{key}__{how[1]}": values[1]})
    later = Q(**{f"{name}__{how[0]}": values[0]})
    return later | Q(**{name: values[0], f"{key}__{how[1]}": values[1]})


def _cursor(order: str, row: Any, columns: Sequence[str]) -> str:
    """Sealed: the key in it would tell how many rows there are."""
    values = [_value(row, column.removeprefix("-")) for column in columns]
    kept = [value if isinstance(value, int) else str(value) for value in values]
    return keyring.seal(json.dumps([order, *kept]))


def _value(row: Any, column: str) -> Any:
    return row[column] if isinstance(row, dict) else getattr(row, column)


def _values(text: str, order: str) -> list[Any]:
    wrong = ValidationError({"cursor": ["Give the cursor of a page that you read, with the same order."]})
    try:
        found = json.loads(keyring.unseal(text))
        made_for, first, key = found
        if made_for != order or (isinstance(key, int) and abs(key) >= 2**63):
            raise wrong
        return [first if isinstance(first, int) else instant(first), key]
    except (keyring.Unreadable, ValueError, TypeError) as error:
        raise wrong from error
