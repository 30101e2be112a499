"""A declaration that points at nothing is found at start-up, and the words say what is wrong."""

from dataclasses import replace

import pytest
from django.core.checks import run_checks

from obligations.checks import problems
from obligations.clauses import (
    CLAUSES,
    CONTROLLER,
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Field,
    Notice,
    On,
    Rung,
    Start,
    Step,
    TermSpec,
    register,
)

WHEN = Field("when", "instant", "When")
OPEN = Step("open", "Open", frm=NEW, to="begun", by={"officer"}, fields=(WHEN,), happened="when")
ANSWER = Step("answer", "Answer", frm="begun", to="answered", by={"officer"})
DUTY = Duty(
    "reply",
    "Reply",
    source="1.1",
    owed_by=PROCESSOR,
    starts=(Start("open", fact="when"),),
    met_by=("answer",),
    term="letters.reply.within",
    ladder=(Rung("before due", 2, "business days"),),
)
TERM = TermSpec("letters.reply.within", "period", {"days": 10}, "Reply")
SOUND = Clause(
    kind="letter", title="Letter", plural="Letters", prefix="LE", steps=(OPEN, ANSWER), duties=(DUTY,)
)


@pytest.fixture(autouse=True)
def _a_room_of_our_own(monkeypatch):
    """The term must be declared by a registered room."""
    monkeypatch.setitem(CLAUSES, "letter", replace(SOUND, terms=(TERM,)))


def found(**changes: object) -> list[str]:
    return list(problems(replace(SOUND, **changes)))


def with_duty(**changes: object) -> list[str]:
    return found(duties=(replace(DUTY, **changes),))


def with_step(**changes: object) -> list[str]:
    return found(steps=(OPEN, replace(ANSWER, **changes)))


def with_rung(*args: object, **kwargs: object) -> list[str]:
    return with_duty(ladder=(Rung("at due"), Rung(*args, **kwargs)))


def test_a_sound_declaration_has_no_problems():
    assert found() == []


def test_the_shipped_rooms_are_sound():
    assert {kind: list(problems(clause)) for kind, clause in CLAUSES.items() if list(problems(clause))} == {}


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        (lambda: found(steps=(ANSWER,), duties=()), "needs a step `open`"),
        (lambda: found(steps=(replace(OPEN, frm="begun"), ANSWER)), "needs a step `open`"),
        (lambda: with_step(frm="lost"), "no step leads to the state 'lost'"),
        (lambda: with_step(by={"king"}), "unknown roles ['king']"),
        (lambda: with_step(two_people=True, proposed_by=frozenset({"king"})), "unknown roles ['king']"),
        (lambda: with_step(fields=(Field("a", "colour", "A"),)), "letter.answer.a: unknown type 'colour'"),
        (
            lambda: with_step(happened="never"),
            "`happened` must name a field of the step that is an instant, not 'never'",
        ),
        (lambda: with_step(notice=Notice("t", on_receipt="gone")), "points at no step: 'gone'"),
        (lambda: with_step(notice=Notice("t", on_relay="gone")), "points at no step: 'gone'"),
        (lambda: with_step(notice=Notice("t", on_failure="gone")), "points at no step: 'gone'"),
        (lambda: with_duty(met_by=("gone",)), "letter.reply: it points at no step: 'gone'"),
        (lambda: with_duty(ends=("gone",)), "letter.reply: it points at no step: 'gone'"),
        (lambda: with_duty(starts=(Start("gone"),)), "letter.reply: it points at no step: 'gone'"),
        (lambda: with_duty(starts=(Start("open", fact="never"),)), "has no fact 'never' to start from"),
        (lambda: with_duty(term="letters.unknown"), "'letters.unknown' is no period"),
        (lambda: with_duty(term="proof_of_receipt"), "'proof_of_receipt' is no period"),
        (lambda: with_duty(owed_by="nobody"), f"it must be {PROCESSOR} or {CONTROLLER}"),
        (lambda: with_duty(source=""), "needs a source"),
        (lambda: with_duty(met_by=()), "a step that meets it"),
        (lambda: with_duty(ladder=()), "nobody would hear of it"),
        (lambda: with_duty(ladder=(Rung("at due", to="contacts"),)), "nobody would hear of it"),
        (lambda: with_rung("after lunch"), "unknown rung 'after lunch'"),
        (lambda: with_rung("at due", to="king"), "to 'king'"),
        (lambda: with_rung("before due", 2, "moons"), "unknown unit 'moons'"),
        (lambda: with_rung("before due", 2), "unknown unit ''"),
        (lambda: found(terms=(replace(TERM, type="colour"),)), "has the unknown type 'colour'"),
    ],
)
def test_what_points_at_nothing_is_found(broken, words):
    assert any(words in problem for problem in broken())


def test_states_that_only_lead_to_each_other_are_found():
    there = Step("there", "There", frm="limbo", to="purgatory", by={"officer"})
    back = Step("back", "Back", frm="purgatory", to="limbo", by={"officer"})
    assert any("limbo" in problem for problem in found(steps=(OPEN, ANSWER, there, back)))


def test_a_state_that_no_step_makes_is_not_made_by_staying_in_it():
    stay = Step("stay", "Stay", frm="limbo", to=SAME, by={"officer"})
    assert any("limbo" in problem for problem in found(steps=(OPEN, ANSWER, stay)))


@pytest.mark.parametrize("on", [On("nowhere", "open", dict), On("letter", "nothing", dict)])
def test_a_wire_to_a_kind_or_step_that_does_not_exist_is_found(on):
    assert any(on.kind in problem or on.step in problem for problem in found(on=(on,)))


def test_a_ladder_that_would_ring_without_pause_is_found():
    """ "after due every" without a number rings at every sweep, or fails in it."""
    assert any("after due every" in problem for problem in with_rung("after due every"))


def test_two_steps_or_duties_of_one_name_are_found():
    assert any("answer" in problem for problem in found(steps=(OPEN, ANSWER, ANSWER)))
    assert any("reply" in problem for problem in found(duties=(DUTY, DUTY)))


def test_what_happened_is_an_instant():
    name = Field("name", "text", "Name")
    assert any("happened" in p for p in with_step(fields=(name,), happened="name"))


def test_the_check_reports_every_problem_at_start_up(monkeypatch):
    monkeypatch.setitem(CLAUSES, "letter", replace(SOUND, steps=(OPEN, replace(ANSWER, by={"king"}))))
    errors = [error for error in run_checks() if error.id == "obligations.E001"]
    assert any("letter.answer: unknown roles ['king']" in error.msg for error in errors)


def test_two_rooms_cannot_declare_one_kind():
    with pytest.raises(ValueError, match="Two rooms declare the kind 'letter'"):
        register(replace(SOUND, title="Another"))


def test_a_step_or_duty_that_does_not_exist_is_answered_with_those_that_do():
    with pytest.raises(KeyError, match="its steps are open, answer"):
        SOUND.step("fly")
    with pytest.raises(KeyError, match="its duties are reply"):
        SOUND.duty("fly")
