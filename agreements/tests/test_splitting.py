"""Splitting a contract: the project's own text with the five traps, and the real one where CONTRACT_FILE names it."""

import os
from pathlib import Path

import pytest
import yaml

from agreements.splitting import LIMIT, Proposal, read_text, split

HERE = Path(__file__).parent
PROFILE = yaml.safe_load((HERE.parent / "profiles" / "365-aitech.yaml").read_text(encoding="utf-8"))
EXPECTED = {number: clause["title"] for number, clause in PROFILE["clauses"].items()}
WITHOUT_HEADING = {
    number for number, clause in PROFILE["clauses"].items() if clause.get("heading_in_text") is False
}
TEXTS = [
    HERE / "sample_contract.txt",
    *(Path(name) for name in [os.environ.get("CONTRACT_FILE", "")] if name),
]


@pytest.fixture(params=TEXTS, ids=lambda path: path.stem)
def text(request) -> str:
    return read_text(request.param.read_bytes())


@pytest.fixture
def proposal(text) -> Proposal:
    return split(text, EXPECTED)


def test_every_clause_and_both_appendices_are_found_in_order(proposal):
    assert [piece.number for piece in proposal.clauses] == list(EXPECTED)


def test_clauses_without_a_heading_are_inferred_and_say_why(proposal):
    assert {piece.number for piece in proposal.clauses if not piece.heading} == WITHOUT_HEADING
    for piece in proposal.clauses:
        if not piece.heading:
            assert any("no heading in the text" in words for words in piece.inferred), piece.number


def test_a_list_that_restarts_directly_below_another_begins_the_next_clause(proposal):
    pieces = {piece.number: piece for piece in proposal.clauses}
    assert "1." in pieces["11"].text and "2." in pieces["11"].text
    assert pieces["12"].text.lstrip().startswith("1.")
    assert any("directly below another list" in words for words in pieces["12"].inferred)


def test_every_character_that_is_not_blank_belongs_to_one_piece_or_is_left_over(text, proposal):
    spans = sorted((span.start, span.end) for span in (*proposal.clauses, *proposal.left_over))
    place = 0
    for start, end in spans:
        assert not text[place:start].strip(), text[place:start]
        assert start >= place
        place = end
    assert not text[place:].strip()
    for piece in proposal.clauses:
        assert text[piece.start : piece.end] == piece.text


def test_the_stray_last_line_is_left_over_and_named(text, proposal):
    (stray,) = proposal.left_over
    assert text.rstrip().endswith(stray.text)
    assert any(stray.text in note for note in proposal.notes)


def test_cross_references_check_the_numbering_and_are_no_headings(proposal):
    assert any("references to clause 9, 10(2), 15 agree" in note for note in proposal.notes)


def test_a_cross_reference_that_disagrees_is_reported():
    found = split("Scope\n\n1. See clause 40.\n\n2. See clause 1(9).", {"1": "Scope"})
    assert any("refers to clause 40, but the proposal has no clause 40" in note for note in found.notes)
    assert any("refers to clause 1(9), which has 2 paragraphs" in note for note in found.notes)


def test_another_contract_is_doubted():
    found = split("A recipe.\n\nTake two eggs.\n", EXPECTED)
    assert any("is this the right file?" in note for note in found.notes)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b" \r\n\n", "is empty"),
        (b"\xff\xfe\x00text", "is not UTF-8 text"),
        (b"text \x00 text", "NUL characters"),
        (b"x" * (LIMIT + 1), "at most 2,097,152"),
    ],
)
def test_a_file_that_is_no_text_is_refused_in_words(data, words):
    with pytest.raises(ValueError, match=words):
        read_text(data)


def test_line_ends_and_byte_order_mark_of_windows_change_nothing():
    data = (HERE / "sample_contract.txt").read_bytes()
    windows = split(read_text(b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")), EXPECTED)
    ours = split(read_text(data), EXPECTED)
    assert [(p.number, p.paragraphs) for p in windows.clauses] == [
        (p.number, p.paragraphs) for p in ours.clauses
    ]
