"""Texts of cells as values; each refuses in words that say what would be right."""

import datetime as dt
import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from obligations.clauses import Field
from obligations.facts import CLEANERS
from obligations.models_agreement import check_calendar

CALENDAR = re.compile(r"([A-Z]{2})(?:-([A-Z0-9]{1,5}))? (\S+)")
YES, NO = ("yes", "true", "1", "ja", "sí"), ("no", "false", "0", "nein")


def text(value: str) -> str:
    """A text of one line."""
    return str(CLEANERS["text"](value))


def longest(limit: int) -> Callable[[str], str]:
    """A text of at most so many characters."""

    def convert(value: str) -> str:
        if len(value) > limit:
            raise ValueError(f"This has {len(value)} characters; at most {limit} fit.")
        return text(value)

    return convert


def email(value: str) -> str:
    """An address, in small letters."""
    try:
        validate_email(value)
    except ValidationError as error:
        raise ValueError(f"{value!r} is no e-mail address. Write it as name@company.example.") from error
    return value.lower()


def date(value: str) -> dt.date:
    """A day as 2026-03-27, the one way of writing that nobody reads differently."""
    try:
        found: Any = CLEANERS["date"](value)
    except ValueError as error:
        raise ValueError(f"{value!r} is no date. Write it as 2026-03-27.") from error
    return cast(dt.date, found)


def instant(value: str) -> dt.datetime:
    """An instant with its offset."""
    try:
        found: Any = CLEANERS["instant"](value)
    except ValueError as error:
        raise ValueError(
            f"{value!r} is no date with time and offset. Write it as 2026-03-27T16:40+01:00."
        ) from error
    return cast(dt.datetime, found)


def one_of(choices: Sequence[str]) -> Callable[[str], str]:
    """One of these words."""

    def convert(value: str) -> str:
        if value not in choices:
            raise ValueError(f"{value!r} is not known here. Write one of: {', '.join(choices)}.")
        return value

    return convert


def boolean(value: str) -> bool:
    """Yes or no."""
    if value.casefold() in YES:
        return True
    if value.casefold() in NO:
        return False
    raise ValueError(f"{value!r} is neither yes nor no. Write one of the two.")


def number(value: str) -> int:
    """A whole number."""
    if not value.isdecimal():
        raise ValueError(f"{value!r} is no whole number. Write it as 12.")
    return cast(int, CLEANERS["number"](int(value)))


def names(value: str) -> list[str]:
    """Several names, with a semicolon between them."""
    return [text(part.strip()) for part in value.split(";") if part.strip()]


def calendar(value: str) -> dict[str, Any]:
    """ "DE-BE Europe/Berlin", or the stored form as JSON."""
    words = f"{value!r} is no calendar. Write country, subdivision and zone as “DE-BE Europe/Berlin”."
    if value.startswith("{"):
        try:
            found = json.loads(value)
        except ValueError as error:
            raise ValueError(words) from error
    else:
        match = CALENDAR.fullmatch(value)
        if match is None:
            raise ValueError(words)
        parts = zip(("country", "subdivision", "tz"), match.groups(), strict=True)
        found = {name: part for name, part in parts if part}
    try:
        check_calendar(found)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from error
    return dict(found)


def calendar_text(stored: Mapping[str, Any] | None) -> str:
    """A stored calendar as a cell says it."""
    if not stored:
        return ""
    if set(stored) <= {"country", "subdivision", "tz"} and {"country", "tz"} <= set(stored):
        place = "-".join(part for part in (stored["country"], stored.get("subdivision")) if part)
        return f"{place} {stored['tz']}"
    return json.dumps(stored, sort_keys=True)


def fact(field: Field, value: str) -> Any:
    """A fact of a step as its cell says it; people and agreements stay words here."""
    converters: dict[str, Callable[[str], Any]] = {
        "instant": instant,
        "date": date,
        "number": number,
        "boolean": boolean,
        "choice": one_of([choice for choice, _label in field.choices]),
        "text": text,
        "person": email,
        "people": names,
        "agreements": names,
    }
    return converters.get(field.type, CLEANERS["long_text"])(value)
