"""What a room can hang on a step, tried with a letter and its reply: checks, records of its own, files, wires."""

import pytest

from conftest import utc
from obligations import evidence
from obligations.actions import advance, open_matter
from obligations.clauses import CLAUSES, NEW, Clause, Draft, Field, On, Step
from obligations.facts import InvalidFacts
from obligations.models import Entry, Evidence, Matter
from obligations.tests.engine import fresh, nothing_changes
from obligations.turn import Refused

AT = utc("2 Mar 09:00")
written: list[tuple[str, str]] = []


def not_empty_words(pairs, now):
    return ["Write more than “hm”." if facts.get("words") == "hm" else "" for _, facts in pairs]


def note(pairs, actor, at):
    written.extend((matter.title, facts["subject"]) for matter, facts in pairs)


def a_reply(letters, facts):
    return {letter.pk: [Draft("reply", "Reply", letter.agreement_id, {})] for letter in letters}


def letters_of(replies):
    return [reply.parent_id for reply in replies]


LETTER = Clause(
    kind="letter",
    title="Letter",
    plural="Letters",
    prefix="LE",
    of="agreement",
    steps=(
        Step(
            "open",
            "Open",
            frm=NEW,
            to="come",
            by={"officer", "contact"},
            fields=(
                Field("words", "text", "Words"),
                Field("subject", "text", "Subject", private=True),
                Field("scan", "file", "Scan", required=False),
                Field("reader", "person", "Reader", required=False),
            ),
            check=not_empty_words,
            also=note,
            spawns=a_reply,
        ),
        Step("done", "Done", frm="come", to="done", by={"system"}, closes=True),
    ),
    on=(On("reply", "send", takes="done", of=letters_of),),
)
REPLY = Clause(
    kind="reply",
    title="Reply",
    plural="Replies",
    prefix="RE",
    opened_by_hand=False,
    steps=(
        Step("open", "Open", frm=NEW, to="owed", by={"system"}),
        Step("send", "Send", frm="owed", to="sent", by={"officer"}, closes=True),
    ),
)


@pytest.fixture(autouse=True)
def _room(monkeypatch):
    written.clear()
    monkeypatch.setitem(CLAUSES, "letter", LETTER)
    monkeypatch.setitem(CLAUSES, "reply", REPLY)


def letter(cast, by="olga", **facts) -> Matter:
    known = {"words": "Hello.", "subject": "Jane", **facts}
    return open_matter(
        "letter", actor=getattr(cast, by), at=AT, facts=known, title="A letter", agreement=cast.a
    )


def test_a_letter_is_about_an_agreement_and_says_so_when_none_is_chosen(cast):
    with nothing_changes(), pytest.raises(InvalidFacts, match="Choose the agreement"):
        open_matter("letter", actor=cast.olga, at=AT, facts={"words": "Hi", "subject": "J"}, title="A")


def test_a_contact_opens_for_its_own_agreement_and_the_agreements_owner_must_act(cast):
    made = letter(cast, by="carl")
    assert (made.customer_id, made.owner_id) == (cast.a.customer_id, cast.olga.user_id)
    with pytest.raises(Refused, match="Cora may not open a letter"):
        letter(cast, by="cora")


def test_a_check_sees_the_facts_and_refuses_in_words(cast):
    with nothing_changes(), pytest.raises(Refused, match="Write more"):
        letter(cast, words="hm")


def test_private_facts_reach_the_rooms_own_record_and_never_the_ledger(cast):
    made = letter(cast)
    assert written == [("A letter", "Jane")]
    assert Entry.objects.get(matter=made).facts == {"words": "Hello."}


def test_a_file_among_the_facts_becomes_evidence(cast):
    made = letter(cast, scan=evidence.kept("../scan.pdf", [b"%PDF-1.7"]))
    row = Evidence.objects.get(matter=made)
    assert (row.title, row.size, evidence.path(row.sha256).read_bytes()) == ("scan.pdf", 8, b"%PDF-1.7")
    assert Entry.objects.get(matter=made).facts["scan"]["sha256"] == row.sha256


def test_a_customers_person_cannot_be_named_as_one_of_the_house(cast):
    with nothing_changes(), pytest.raises(InvalidFacts, match="people of the house"):
        letter(cast, reader=cast.carl.user_id)


def test_a_step_elsewhere_makes_the_system_take_a_step_here(cast):
    made = letter(cast)
    advance(list(Matter.objects.filter(kind="reply")), "send", actor=cast.olga, at=AT)
    assert fresh(made).state == "done"
    assert Entry.objects.get(matter=made, step="done").actor_name == "system"


def test_what_is_in_another_state_is_left_alone(cast):
    made = letter(cast)
    Matter.objects.filter(pk=made.pk).update(state="done")
    advance(list(Matter.objects.filter(kind="reply")), "send", actor=cast.olga, at=AT)
    assert not Entry.objects.filter(matter=made, step="done").exists()
