"""Periods as a contract's data: `{hours: 24}`, `{word: immediately, target: {hours: 4}}`, and the same in words.

A value is a mapping with one unit and a whole number, or with `word` and a `target`. Beside a unit it may hold
`target` (a working target), `minimum: true` ("at least n before") and `roll: true` (time.md: off by default).
"""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any, Final

from obligations.clock import BusinessDays, Days, Hours, Months, Period, Vague, Weeks, Years
from obligations.units import MONTHS_OF_A_YEAR, months_later

UNITS: Final[dict[str, type[Period]]] = {
    "hours": Hours,
    "days": Days,
    "business_days": BusinessDays,
    "weeks": Weeks,
    "months": Months,
    "years": Years,
}
IN_WORDS: Final = re.compile(r"(within |at least |)(\d+) (hour|day|business day|week|month|year)s?")
VAGUE: Final = re.compile(r"([A-Za-z][A-Za-z ]*) \(target ([^)]+)\)")
EXAMPLE: Final = "a period such as `{hours: 24}` or `{word: immediately, target: {hours: 4}}`"
BESIDE: Final = frozenset({"target", "minimum", "roll"})


def parse_period(value: Any) -> tuple[Period | Vague, Period | None, bool]:
    """(period, working target, whether it is a minimum). ValueError says what would be right.

    Of a vague word the target is inside the period, and the second item is None.
    """
    if not isinstance(value, Mapping):
        raise ValueError(f"needs {EXAMPLE}; found `{value}`.")
    target = _plain(value["target"]) if "target" in value else None
    if "word" in value:
        return _vague(value, target), None, False
    minimum = _flag(value, "minimum")
    if minimum and target is not None:
        raise ValueError("a minimum period has no target: leave one of the two out.")
    return (
        _plain({key: found for key, found in value.items() if key not in ("target", "minimum")}),
        target,
        minimum,
    )


def _vague(value: Mapping[str, Any], target: Period | None) -> Vague:
    extra = sorted(set(value) - {"word", "target"})
    if extra:
        raise ValueError(f"a word has only a target beside it; found `{', '.join(map(str, extra))}`.")
    if target is None:
        raise ValueError(f"the word `{value['word']}` needs a target, such as `target: {{hours: 4}}`.")
    if not isinstance(value["word"], str) or not value["word"].strip():
        raise ValueError("`word` needs a word of the contract, such as `immediately`.")
    return Vague(value["word"], target)


def _plain(value: Any) -> Period:
    if not isinstance(value, Mapping):
        raise ValueError(f"needs {EXAMPLE}; found `{value}`.")
    units = [key for key in value if key not in BESIDE]
    if len(units) != 1 or units[0] not in UNITS or set(value) & {"target", "minimum"}:
        found = ", ".join(f"{key}: {number}" for key, number in value.items())
        raise ValueError(f"needs one unit of {', '.join(UNITS)}; found `{{{found}}}`.")
    unit, number = units[0], value[units[0]]
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(f"`{unit}` needs a whole number of at least 1; found `{number}`.")
    return UNITS[unit](number, roll=_flag(value, "roll"))


def _flag(value: Mapping[str, Any], name: str) -> bool:
    found = value.get(name, False)
    if not isinstance(found, bool):
        raise ValueError(f"`{name}` needs true or false; found `{found}`.")
    return found


def before(instant: dt.datetime, period: Period | Vague) -> dt.datetime:
    """The instant that lies so long ago. ValueError for business days: they are not counted back here."""
    period = period.target if isinstance(period, Vague) else period
    if isinstance(period, BusinessDays):
        raise ValueError("Give days, weeks, months or years.")
    if isinstance(period, (Months, Years)):
        months = period.n * (MONTHS_OF_A_YEAR if isinstance(period, Years) else 1)
        return dt.datetime.combine(months_later(instant.date(), -months), instant.timetz())
    hours = {Hours: 1, Days: 24, Weeks: 7 * 24}[type(period)]
    return instant - dt.timedelta(hours=hours * period.n)


def describe_period(value: Any) -> str:
    """In words: "within 24 hours", "immediately (target 4 hours)", "at least 30 days"."""
    period, target, minimum = parse_period(value)
    if isinstance(period, Vague):
        return f"{period.word} (target {_words(period.target)})"
    words = f"at least {_words(period)}" if minimum else f"within {_words(period)}"
    return f"{words}, target {_words(target)}" if target else words


def from_words(text: str) -> dict[str, Any] | None:
    """The value of a period in the words of describe_period; None for other words."""
    if vague := VAGUE.fullmatch(text.strip()):
        target = from_words(vague[2])
        return {"word": vague[1], "target": target} if target else None
    found = IN_WORDS.fullmatch(text.strip().lower())
    if found is None:
        return None
    value: dict[str, Any] = {f"{found[3].replace(' ', '_')}s": int(found[2])}
    return {**value, "minimum": True} if found[1] == "at least " else value


def _words(period: Period) -> str:
    unit = next(name for name, kind in UNITS.items() if type(period) is kind).replace("_", " ")
    rolled = ", to the next working day" if period.roll else ""
    return f"{period.n} {unit.removesuffix('s') if period.n == 1 else unit}{rolled}"
