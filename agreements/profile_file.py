"""Reading a profile: a contract text as YAML. Every mistake is reported at once, with its line."""

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from obligations.clauses import TermSpec
from obligations.periods import EXAMPLE, parse_period

KEYS = ("profile", "title", "clauses", "terms", "without", "settings")
NOTHING = "Nothing was loaded."


class ProfileError(ValueError):
    """A profile that cannot be used. `problems` are sentences, each with file and line."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join([*problems, NOTHING]))


@dataclass(frozen=True)
class ProfileFile:
    """A profile as it is stored: JSON values only."""

    key: str
    title: str
    clauses: dict[str, Any]
    terms: dict[str, Any]
    settings: dict[str, Any]
    without: dict[str, str]


def read_profile(path: Path, specs: Mapping[str, TermSpec], *, sources: Collection[str] = ()) -> ProfileFile:
    """The profile of a file. `specs`: the terms that rooms declare; `sources`: ids that duties rest on.

    Each of them is covered by a clause, or stands under `without` with the reason why this contract has it not.
    ProfileError lists every problem with its line and what would be right.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError([f"{path}: cannot be read as UTF-8 text: {error}."]) from error
    reader = _Reader(path.name, text, specs)
    found = reader.read(sources)
    if reader.problems or found is None:
        raise ProfileError(reader.problems)
    return found


def check_value(specs: Mapping[str, TermSpec], key: str, value: Any) -> str:
    """What is wrong with a term's value, or an empty text. For terms that are typed in, not read from a file."""
    spec = specs.get(key)
    if spec is None:
        return unknown_term(key, specs)
    return CHECKS[spec.type](spec, value)


def unknown_term(key: str, specs: Mapping[str, TermSpec]) -> str:
    """No room declares the term; perhaps one with a similar name was meant."""
    near = get_close_matches(key, specs, n=1)
    return f"no clause knows the term `{key}`" + (f"; did you mean `{near[0]}`?" if near else ".")


def _period(spec: TermSpec, value: Any) -> str:
    try:
        parse_period(value)
    except ValueError as error:
        return f"`{spec.key}` {error}"
    return ""


def _is_a(kind: type, words: str) -> Callable[[TermSpec, Any], str]:
    def check(spec: TermSpec, value: Any) -> str:
        fits = isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
        return "" if fits else f"`{spec.key}` needs {words}; found `{value}`."

    return check


def _choice(spec: TermSpec, value: Any) -> str:
    return (
        ""
        if value in spec.choices
        else f"`{spec.key}` needs one of {', '.join(spec.choices)}; found `{value}`."
    )


def _list(spec: TermSpec, value: Any) -> str:
    wrong = [item for item in value if item not in spec.choices] if isinstance(value, list) else [value]
    if value and not wrong:
        return ""
    return f"`{spec.key}` needs a list of {', '.join(spec.choices)}; found `{value}`."


CHECKS: Mapping[str, Callable[[TermSpec, Any], str]] = {
    "period": _period,
    "boolean": _is_a(bool, "true or false"),
    "number": _is_a(int, "a whole number"),
    "text": _is_a(str, "a text"),
    "choice": _choice,
    "list": _list,
}


class _Reader:
    """Walks the YAML nodes of one file, so that every problem knows its line."""

    def __init__(self, name: str, text: str, specs: Mapping[str, TermSpec]) -> None:
        self.name, self.text, self.specs = name, text, specs
        self.problems: list[str] = []

    def say(self, node: yaml.Node | None, words: str) -> None:
        line = f", line {node.start_mark.line + 1}" if node is not None else ""
        self.problems.append(f"{self.name}{line}: {words}")

    def read(self, sources: Collection[str]) -> ProfileFile | None:
        try:
            root = yaml.compose(self.text, Loader=yaml.SafeLoader)
        except yaml.YAMLError as error:
            self.problems.append(f"{self.name}: this is not YAML: {' '.join(str(error).split())}")
            return None
        if not isinstance(root, yaml.MappingNode):
            self.say(root, f"a profile is a mapping with the keys {', '.join(KEYS)}.")
            return None
        top = self.entries(root)
        for key, node in top.items():
            if key not in KEYS:
                self.say(node, f"unknown key `{key}`; a profile has {', '.join(KEYS)}.")
        for key in KEYS[:4]:
            if key not in top:
                self.say(root, f"`{key}` is missing.")
        without = self.without(top.get("without"))
        clauses = self.clauses(top.get("clauses"), sources, without)
        terms = self.terms(top.get("terms"))
        settings = self.plain(top["settings"]) if "settings" in top else {}
        key, title = (str(self.plain(top[name])) if name in top else "" for name in ("profile", "title"))
        return ProfileFile(key, title, clauses, terms, settings, without)

    def entries(self, node: yaml.Node) -> dict[str, yaml.Node]:
        """Keys and value nodes of a mapping; a key that stands twice is a problem (YAML would take the last)."""
        found: dict[str, yaml.Node] = {}
        for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
            if key.value in found:
                self.say(key, f"`{key.value}` stands here twice.")
            found[key.value] = value
        return found

    def plain(self, node: yaml.Node) -> Any:
        """A node as JSON: dates become ISO text."""
        loader = yaml.SafeLoader("")
        return _json(loader.construct_object(node, deep=True))

    def without(self, node: yaml.Node | None) -> dict[str, str]:
        """Ids of the register that this contract does not have, each with the reason."""
        found = {}
        for register_id, reason in self.entries(node).items() if node is not None else ():
            words = self.plain(reason)
            if not isinstance(words, str) or not words.strip():
                self.say(reason, f"`without`: say in words why the contract has no {register_id}.")
            found[register_id] = str(words)
        return found

    def clauses(
        self, node: yaml.Node | None, sources: Collection[str], without: Mapping[str, str]
    ) -> dict[str, Any]:
        if node is None:
            return {}
        found, covered = {}, dict[str, str]()
        for number, clause in self.entries(node).items():
            parts = self.entries(clause)
            for name in ("title", "covers"):
                if name not in parts:
                    self.say(clause, f"clause {number} needs `{name}`.")
            value = self.plain(clause) or {}
            for register_id in map(str, value.get("covers", ())):
                if register_id in covered:
                    self.say(clause, f"{register_id} is covered by clause {covered[register_id]} already.")
                covered[register_id] = number
            for key in value.get("terms", ()):
                if key not in self.specs:
                    self.say(clause, f"clause {number}: {unknown_term(str(key), self.specs)}")
            found[number] = {**value, "covers": [str(item) for item in value.get("covers", ())]}
        if not found:
            self.say(node, "a profile needs at least one clause.")
        for register_id in sorted(set(without) & set(covered)):
            self.say(
                node, f"{register_id} is covered by clause {covered[register_id]} and stands under `without`."
            )
        for source in sorted(set(sources) - set(covered) - set(without)):
            self.say(
                node,
                f"no clause covers {source}, but a duty of the program rests on it: "
                "name it under a clause, or under `without` with the reason.",
            )
        return found

    def terms(self, node: yaml.Node | None) -> dict[str, Any]:
        found = {}
        for key, term in self.entries(node).items() if node is not None else ():
            value = self.plain(term)
            if key not in self.specs:
                self.say(term, unknown_term(key, self.specs))
            elif self.specs[key].type == "period" and isinstance(term, yaml.SequenceNode):
                self.dated(key, term)
            elif words := check_value(self.specs, key, value):
                self.say(term, words)
            found[key] = value
        return found

    def dated(self, key: str, node: yaml.SequenceNode) -> None:
        """Lines of `{from, value, source}`, the oldest first: a change of law is one line more."""
        last = ""
        for line in node.value:
            value = self.plain(line)
            if not isinstance(value, dict) or set(value) - {"source"} != {"from", "value"}:
                self.say(line, f"`{key}`: a dated line is `{{from: 2018-05-25, value: ..., source: ...}}`.")
                continue
            for words in _of_line(self.specs[key], value, last):
                self.say(line, words)
            last = str(value["from"])
        if not node.value:
            self.say(node, f"`{key}` needs {EXAMPLE}, or dated lines.")


def _of_line(spec: TermSpec, line: Mapping[str, Any], last: str) -> Iterator[str]:
    try:
        dt.date.fromisoformat(str(line["from"]))
    except ValueError:
        yield f"`{spec.key}`: `from` needs a date such as 2018-05-25; found `{line['from']}`."
        return
    if str(line["from"]) <= last:
        yield f"`{spec.key}`: {line['from']} does not come after {last}; write the oldest line first."
    if words := CHECKS[spec.type](spec, line["value"]):
        yield words


def _json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _json(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_json(item) for item in value]
    return value.isoformat() if isinstance(value, dt.date) else value
