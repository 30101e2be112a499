"""How a contract's text divides into clauses: a proposal that says what it inferred, for a person to confirm.

Headings are short lines between blank lines that share words with an expected title. Clauses whose heading is
missing are looked for between two found ones: where a numbered list starts again at 1, or after a wide gap.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Final

LIMIT: Final = 2 * 1024 * 1024
NUMBERED: Final = re.compile(r"\s*(\d+)[.)]\s+\S")
BULLET: Final = re.compile(r"\s*[•*\u2013-]\s+\S")
REFERENCE: Final = re.compile(r"\bclause\s+(\d+)(?:\((\d+)\))?", re.IGNORECASE)
WORD: Final = re.compile(r"[a-z]{3,}")
FILLERS: Final = frozenset({"and", "the", "for", "with", "general", "provisions", "details", "appendix"})
SAME: Final = 0.5  # share of words from which a line is taken for a heading
LONGEST_HEADING: Final = 90
WIDE: Final = 2  # blank lines that make a gap wide


@dataclass(frozen=True)
class Piece:
    """One clause: `start` and `end` are characters of the text, `heading` is empty where the text has none."""

    number: str
    heading: str
    paragraphs: tuple[str, ...]
    text: str
    start: int
    end: int
    inferred: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """Text that belongs to no clause."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Proposal:
    """Pieces in the order of the text. Pieces and left-overs hold every character that is not blank, once."""

    clauses: tuple[Piece, ...]
    left_over: tuple[Span, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Block:
    """Lines without a blank line between them. `gap`: blank lines before; `number`: of its first list item."""

    start: int
    end: int
    text: str
    gap: int
    numbers: tuple[int, ...]
    bullet: bool

    @property
    def is_short_line(self) -> bool:
        plain = "\n" not in self.text.strip() and len(self.text.strip()) <= LONGEST_HEADING
        return plain and not self.numbers and not self.bullet and self.text.strip()[-1] not in '.:;,”"'


@dataclass
class Part:
    """Blocks of one clause while the proposal is made."""

    number: str
    heading: str = ""
    blocks: list[Block] = field(default_factory=list)
    inferred: list[str] = field(default_factory=list)


def read_text(data: bytes) -> str:
    """The text of a file. ValueError says what is wrong with it: empty, too large, not UTF-8 text."""
    if len(data) > LIMIT:
        raise ValueError(f"The file has {len(data):,} bytes; the text of a contract has at most {LIMIT:,}.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"The file is not UTF-8 text (byte {error.start}). Save it as plain text, UTF-8."
        ) from error
    if "\x00" in text:
        raise ValueError("The file holds NUL characters: it is no text. Save it as plain text, UTF-8.")
    if not text.strip():
        raise ValueError("The file is empty. Choose the file that holds the text of the contract.")
    return text


def split(text: str, expected: Mapping[str, str]) -> Proposal:
    """Propose how `text` divides; `expected` holds number -> title of the clauses, in order."""
    blocks = list(_blocks(text))
    blocks, stray = _without_stray_line(blocks, expected)
    parts, notes = _parts(blocks, expected)
    pieces = tuple(_piece(text, part) for part in parts if part.blocks)
    missing = [number for number in expected if number not in {piece.number for piece in pieces}]
    notes += [f"Clause {number} ({expected[number]}) was not found in the text." for number in missing]
    notes += _references(pieces)
    notes += [
        f"The last line “{span.text}” is no sentence of the contract; it was left out." for span in stray
    ]
    return Proposal(pieces, tuple(stray), tuple(notes))


def _blocks(text: str) -> Iterator[Block]:
    gap, first, lines, place = 0, 0, list[str](), 0
    for line in [*text.splitlines(keepends=True), "\n"]:
        if line.strip():
            first = place if not lines else first
            lines.append(line)
        else:
            if lines:
                yield _block(first, "".join(lines), gap)
                lines, gap = [], 0
            gap += 1
        place += len(line)


def _block(start: int, text: str, gap: int) -> Block:
    begin = start + len(text) - len(text.lstrip())
    numbers = tuple(int(found.group(1)) for line in text.splitlines() if (found := NUMBERED.match(line)))
    return Block(begin, begin + len(text.strip()), text.strip(), gap, numbers, bool(BULLET.match(text)))


def _without_stray_line(blocks: list[Block], expected: Mapping[str, str]) -> tuple[list[Block], list[Span]]:
    """A short line at the very end that is no heading: navigation of the web page the text was copied from."""
    if len(blocks) < 2 or not blocks[-1].is_short_line or _title_like(blocks[-1], expected):
        return blocks, []
    last = blocks[-1]
    return blocks[:-1], [Span(last.text, last.start, last.end)]


def _words(text: str) -> frozenset[str]:
    return frozenset(WORD.findall(text.lower())) - FILLERS


def _title_like(block: Block, expected: Mapping[str, str]) -> str:
    """Number of the clause whose title the line resembles most, if it resembles one."""
    if not block.is_short_line:
        return ""
    words = _words(block.text)
    best, number = 0.0, ""
    for candidate, title in expected.items():
        other = _words(title)
        share = len(words & other) / len(words | other) if words | other else 0.0
        if share > best:
            best, number = share, candidate
    return number if best >= SAME else ""


def _parts(blocks: Sequence[Block], expected: Mapping[str, str]) -> tuple[list[Part], list[str]]:
    """Blocks under the headings that were found, in their order, with the missing clauses split off."""
    order = list(expected)
    found: list[Part] = [Part("")]
    notes: list[str] = []
    for block in blocks:
        number = _title_like(block, expected)
        after_last = found[-1].number == "" or order.index(found[-1].number) < order.index(number or order[0])
        if number and after_last:
            found.append(Part(number, block.text, [block]))
            if block.text != expected[number]:
                found[-1].inferred.append(f"the heading reads “{block.text}”; taken for “{expected[number]}”")
        else:
            found[-1].blocks.append(block)
    if len(found) == 1:
        notes.append("No heading of the expected contract was found: is this the right file?")
    parts: list[Part] = []
    for part, following in pairwise([*found, Part("end")]):
        begin = order.index(part.number) + 1 if part.number else 0
        until = order.index(following.number) if following.number in order else len(order)
        parts += _with_missing(part, order[begin:until], expected)
    return parts, notes


def _with_missing(part: Part, missing: Sequence[str], expected: Mapping[str, str]) -> list[Part]:
    """Divide a part in which clauses without a heading must be hidden."""
    if not part.number:
        if not part.blocks:
            return []
        if not missing:
            part.number = "0"
            part.inferred.append("text before the first clause")
            return [part]
        first, *missing = missing
        part.number = first
        part.inferred.append(f"no heading in the text; taken for “{expected[first]}” since it comes first")
    wanted = sorted(
        sorted(_breaks(part.blocks), key=lambda found: -found[0])[: len(missing)], key=lambda b: b[1]
    )
    if not wanted:
        return [part]
    made = [replace(part, blocks=part.blocks[: wanted[0][1]])]
    ends = [place for _, place, _ in wanted[1:]] + [len(part.blocks)]
    for number, (_, place, why), end in zip(missing, wanted, ends, strict=False):
        words = f"no heading in the text; taken for “{expected[number]}” because {why}"
        made.append(Part(number, "", part.blocks[place:end], [words]))
    return made


def _breaks(blocks: Sequence[Block]) -> Iterator[tuple[int, int, str]]:
    """(strength, place, reason) of each place where a clause without a heading may begin."""
    for place, (before, block) in enumerate(pairwise(blocks), 1):
        reasons = {
            "a list starts at 1 directly below another list": (
                3,
                bool(before.numbers) and block.numbers[:1] == (1,),
            ),
            "a wide gap comes before it": (2, block.gap >= WIDE),
            "a list begins there": (
                1,
                block.gap >= WIDE and block.numbers[:1] == (1,) and not before.numbers,
            ),
            "the list before it has ended": (
                1,
                block.gap >= WIDE and bool(before.numbers) and not block.numbers,
            ),
        }
        strength = sum(points for points, holds in reasons.values() if holds)
        if strength:
            yield strength, place, " and ".join(words for words, (_, holds) in reasons.items() if holds)


def _piece(text: str, part: Part) -> Piece:
    start, end = part.blocks[0].start, part.blocks[-1].end
    body = part.blocks[1:] if part.heading else part.blocks
    inferred = list(part.inferred)
    if len(body) > 1 and not any(block.numbers or block.bullet for block in body):
        inferred.append("its paragraphs carry no numbers; they are counted in their order")
    paragraphs = tuple(item for block in body for item in _items(block))
    return Piece(part.number, part.heading, paragraphs, text[start:end], start, end, tuple(inferred))


def _items(block: Block) -> Iterator[str]:
    """The items of a list that stand close together, or the block as one paragraph."""
    lines = block.text.splitlines()
    starts = [place for place, line in enumerate(lines) if NUMBERED.match(line) or BULLET.match(line)]
    for begin, end in pairwise([*([0] if 0 not in starts else []), *starts, len(lines)]):
        yield " ".join(" ".join(lines[begin:end]).split())


def _references(pieces: Sequence[Piece]) -> list[str]:
    """Whether the text's own cross references agree with the proposed numbers."""
    known = {
        piece.number: sum(bool(NUMBERED.match(line)) for line in piece.text.splitlines()) for piece in pieces
    }
    agree, notes = [], []
    for piece in pieces:
        for number, paragraph in REFERENCE.findall(piece.text):
            name = f"{number}({paragraph})" if paragraph else number
            if number not in known:
                notes.append(
                    f"Clause {piece.number} refers to clause {name}, but the proposal has no clause {number}."
                )
            elif paragraph and int(paragraph) > known[number]:
                notes.append(
                    f"Clause {piece.number} refers to clause {name}, which has {known[number]} paragraphs."
                )
            else:
                agree.append(name)
    if agree:
        notes.insert(
            0,
            f"The text's own references to clause {', '.join(dict.fromkeys(agree))} agree with this numbering.",
        )
    return notes
