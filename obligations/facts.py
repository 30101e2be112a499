"""Facts of a step: checked once at the door of a verb, kept as JSON in the Entry, typed in the detail table."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from obligations.clauses import CLAUSES, Field

LINE = 200  # characters of a text that is one line
EARLIEST, LATEST = 1900, 2200  # years in which a fact may lie: what is counted from it must exist
LARGEST = 2**31 - 1


class InvalidFacts(ValueError):
    """Facts that a step cannot use: field name -> what is wrong and what would be right."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{name}: {problem}" for name, problem in self.problems.items()))


def clean(fields: Sequence[Field], facts: Mapping[str, Any]) -> dict[str, Any]:
    """Typed facts (aware datetimes, dates, numbers, text). InvalidFacts lists every problem at once."""
    known = {field.name for field in fields}
    problems = {name: _unknown(name, known) for name in facts if name not in known}
    cleaned: dict[str, Any] = {}
    for field in fields:
        value = facts.get(field.name)
        if value in (None, "", [], ()):
            if field.required:
                problems[field.name] = "This is needed."
            continue
        try:
            cleaned[field.name] = CLEANERS[field.type](value)
            _check_choice(field, cleaned[field.name])
        except (TypeError, ValueError) as error:
            problems[field.name] = str(error)
    if problems:
        raise InvalidFacts(problems)
    return cleaned


def as_json(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Facts as an Entry keeps them: instants and dates in ISO 8601."""
    return {name: value.isoformat() if isinstance(value, dt.date) else value for name, value in facts.items()}


def without_private(fields: Sequence[Field], facts: Mapping[str, Any]) -> dict[str, Any]:
    """The facts that an Entry may keep: not a data subject's."""
    private = {field.name for field in fields if field.private}
    return {name: value for name, value in facts.items() if name not in private}


def _unknown(name: str, known: set[str]) -> str:
    return _("This step has no such fact; it takes %(known)s.") % {
        "known": ", ".join(sorted(known)) or "none"
    }


def _check_choice(field: Field, value: Any) -> None:
    allowed = [choice for choice, _label in field.choices]
    if field.choices and value not in allowed:
        raise ValueError(
            _("%(value)s is not among the choices: %(allowed)s.")
            % {"value": f"{value!r}", "allowed": ", ".join(allowed)}
        )


def instant(value: Any) -> dt.datetime:
    """An aware datetime, or its ISO 8601 text with an offset."""
    found = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, dt.datetime):
        raise ValueError(_("Give a date and a time, such as 2026-03-27T16:40:00+01:00."))
    if found.tzinfo is None:
        raise ValueError(
            _("%(isoformat)s has no time zone; write it as 2026-03-27T16:40:00+01:00.")
            % {"isoformat": found.isoformat()}
        )
    if not EARLIEST <= found.year <= LATEST:
        raise ValueError(
            _("Give a date between %(earliest)s and %(latest)s.") % {"earliest": EARLIEST, "latest": LATEST}
        )
    return found.astimezone(dt.UTC)


def _date(value: Any) -> dt.date:
    found = dt.date.fromisoformat(value) if isinstance(value, str) else value
    if not isinstance(found, dt.date) or isinstance(found, dt.datetime):
        raise ValueError(_("Give a date, such as 2026-03-27."))
    if not EARLIEST <= found.year <= LATEST:
        raise ValueError(
            _("Give a date between %(earliest)s and %(latest)s.") % {"earliest": EARLIEST, "latest": LATEST}
        )
    return found


def _long_text(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(_("Give a text."))
    if "\x00" in value:
        raise ValueError(_("The text holds a NUL character; leave it out."))
    if any("\ud800" <= letter <= "\udfff" for letter in value):
        raise ValueError(_("The text holds half of a character; send whole ones."))
    return value.strip()


def _text(value: Any) -> str:
    text = _long_text(value)
    if len(text) > LINE:
        raise ValueError(
            _("This has %(text)s characters; at most %(line)s fit on its line.")
            % {"text": len(text), "line": LINE}
        )
    return text


def _number(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(_("Give a whole number."))
    if not 0 <= value <= LARGEST:
        raise ValueError(_("Give a number from 0 to %(largest)s.") % {"largest": LARGEST})
    return int(value)


def _boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("Give true or false."))
    return value


def _ids(value: Any) -> list[int]:
    if not isinstance(value, (list, tuple, set, frozenset)):
        raise ValueError(_("Give a list of ids."))
    return sorted({_number(item) for item in value})


def _file(value: Any) -> dict[str, Any]:
    """A file that evidence.keep has stored."""
    shape = {"name": str, "sha256": str, "size": int}
    if not isinstance(value, Mapping) or set(value) != set(shape):
        raise ValueError(_("Upload a file."))
    if not all(isinstance(value[name], type_) for name, type_ in shape.items()):
        raise ValueError(_("Upload a file."))
    return dict(value)


CLEANERS = {
    "text": _text,
    "long_text": _long_text,
    "instant": instant,
    "date": _date,
    "number": _number,
    "choice": _text,
    "file": _file,
    "person": _number,
    "people": _ids,
    "agreements": _ids,
    "boolean": _boolean,
}


def private_names() -> set[str]:
    """Facts that are a data subject's, in whatever step."""
    every = (field for clause in CLAUSES.values() for step in clause.steps for field in step.fields)
    return {field.name for field in every if field.private}
