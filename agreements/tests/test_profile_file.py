"""Profiles: the shipped ones are whole and right; a mistake is refused with file, line and what would be right."""

from pathlib import Path

import pytest
import yaml

from agreements.management.commands.load_profile import FOLDER, load
from agreements.profile_file import ProfileError, check_value, read_profile
from conftest import START, utc
from obligations.clauses import term_specs
from obligations.models import Profile
from obligations.periods import describe_period, parse_period

REGISTER = (Path(__file__).parent / "register_ids.txt").read_text().split()

GOOD = """\
profile: acme
title: Acme's contract
clauses:
  "11": {title: Breach, covers: [11.1a, 11.1b, 11.2a]}
terms:
  breaches.notify_customer.within: {hours: 24}
"""


def read(path, text: str):
    path.write_text(text, encoding="utf-8")
    return read_profile(path, term_specs())


def problems(path, text: str) -> list[str]:
    with pytest.raises(ProfileError) as refusal:
        read(path, text)
    assert str(refusal.value).endswith("Nothing was loaded.")
    return refusal.value.problems


def test_the_shipped_profiles_cover_every_id_of_the_register_once():
    covered = [
        register_id
        for name in ("365-aitech", "house")
        for clause in read_profile(FOLDER / f"{name}.yaml", term_specs()).clauses.values()
        for register_id in clause["covers"]
    ]
    assert sorted(covered) == sorted(REGISTER)


def test_the_contract_has_its_seventeen_clauses_and_two_appendices_in_order():
    found = read_profile(FOLDER / "365-aitech.yaml", term_specs())
    assert list(found.clauses) == [*map(str, range(1, 18)), "A1", "A2"]
    assert all(clause["says"] for clause in found.clauses.values())


def test_every_declared_term_has_a_value_and_stands_under_one_clause():
    text = read_profile(FOLDER / "365-aitech.yaml", term_specs())
    house = read_profile(FOLDER / "house.yaml", term_specs())
    assert set(text.terms) | set(house.terms) == set(term_specs())
    shown = [
        key for found in (text, house) for clause in found.clauses.values() for key in clause.get("terms", ())
    ]
    assert sorted(shown) == sorted(term_specs())


def test_a_change_of_law_is_one_dated_line():
    house = yaml.safe_load((FOLDER / "house.yaml").read_text(encoding="utf-8"))
    (line,) = house["terms"]["statutory.inform_authority.within"]
    assert (line["value"], line["source"]) == ({"hours": 72}, "GDPR Art. 33(1)")


def test_a_good_profile_is_read(tmp_path):
    found = read(tmp_path / "acme.yaml", GOOD)
    assert (found.key, found.terms) == ("acme", {"breaches.notify_customer.within": {"hours": 24}})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            "{hours: 24}",
            "24",
            "acme.yaml, line 6: `breaches.notify_customer.within` needs a period such as `{hours: 24}` or "
            "`{word: immediately, target: {hours: 4}}`; found `24`.",
        ),
        (
            "{hours: 24}",
            "{hours: 0}",
            "line 6: `breaches.notify_customer.within` `hours` needs a whole number of at least 1",
        ),
        ("{hours: 24}", "{hours: 1.5}", "`hours` needs a whole number of at least 1; found `1.5`."),
        ("{hours: 24}", "{hours: true}", "found `True`."),
        (
            "{hours: 24}",
            "{fortnights: 2}",
            "needs one unit of hours, days, business_days, weeks, months, years",
        ),
        ("{hours: 24}", "{hours: 24, days: 1}", "needs one unit of hours"),
        ("{hours: 24}", "{word: soon}", "the word `soon` needs a target"),
        ("{hours: 24}", "{word: soon, target: {word: now}}", "needs one unit of hours"),
        ("{hours: 24}", "{days: 3, minimum: true, target: {days: 1}}", "a minimum period has no target"),
        ("{hours: 24}", "{days: 3, minimum: maybe}", "`minimum` needs true or false"),
        (
            "breaches.notify_customer.within",
            "breaches.notify_costumer.within",
            "did you mean `breaches.notify_customer.within`?",
        ),
        (
            "breaches.notify_customer.within: {hours: 24}",
            "breaches.suspected_counts: perhaps",
            "needs true or false",
        ),
        (
            "breaches.notify_customer.within: {hours: 24}",
            "audits.mode: sometimes",
            "needs one of rolling, rolling_any",
        ),
        (
            "breaches.notify_customer.within: {hours: 24}",
            "audits.free: many",
            "needs a whole number; found `many`.",
        ),
        (
            "breaches.notify_customer.within: {hours: 24}",
            "proof_of_receipt: [hope]",
            "needs a list of acknowledged",
        ),
        ("title: Acme's contract\n", "", "`title` is missing."),
        ("title: Acme's", "titel: x\ntitle: Acme's", "line 2: unknown key `titel`"),
        ("covers: [11.1a, 11.1b, 11.2a]", "covers: [11.1a, 11.1a]", "11.1a is covered by clause 11 already."),
        ("title: Breach, ", "", "clause 11 needs `title`."),
        ("terms:\n", "terms:\n  breaches.notify_customer.within: {hours: 2}\n", "stands here twice"),
        ("profile: acme", "profile: [", "this is not YAML"),
    ],
)
def test_a_mistake_is_refused_with_its_line_and_what_would_be_right(tmp_path, old, new, words):
    assert old in GOOD
    found = problems(tmp_path / "acme.yaml", GOOD.replace(old, new))
    assert any(words in problem for problem in found), found


def test_dated_lines_are_in_order_and_complete(tmp_path):
    lines = "\n    - {from: 2026-01-01, value: {hours: 72}}\n    - {from: 2025-01-01, value: {hours: 96}}"
    found = problems(tmp_path / "acme.yaml", GOOD.replace(" {hours: 24}", lines))
    assert any("2025-01-01 does not come after 2026-01-01" in problem for problem in found)
    found = problems(tmp_path / "acme.yaml", GOOD.replace(" {hours: 24}", "\n    - {value: {hours: 72}}"))
    assert any("a dated line is" in problem for problem in found)


def test_a_clause_that_a_duty_rests_on_must_be_covered(tmp_path):
    path = tmp_path / "acme.yaml"
    path.write_text(GOOD.replace(", 11.2a", ""), encoding="utf-8")
    with pytest.raises(ProfileError, match=r"no clause covers 11\.2a, but a duty of the program rests on it"):
        read_profile(path, term_specs(), sources={"11.1a", "11.2a"})


def test_a_changed_file_makes_a_new_version_and_an_unchanged_one_does_not(db, tmp_path):
    path = tmp_path / "acme.yaml"
    rest = (
        (FOLDER / "365-aitech.yaml")
        .read_text(encoding="utf-8")
        .replace("profile: 365-aitech", "profile: acme")
    )
    path.write_text(rest, encoding="utf-8")
    first, made = load(str(path), at=START)
    assert made and first.version == 1
    assert load(str(path), at=START) == (first, False)
    path.write_text(rest.replace("target: {hours: 4}", "target: {hours: 3}"), encoding="utf-8")
    second, made = load(str(path), at=utc("6 Jan 08:00"))
    assert made and second.version == 2
    assert Profile.objects.get(version=1, key="acme").terms != second.terms


def test_what_is_typed_in_is_checked_like_what_is_loaded():
    assert "needs a period such as" in check_value(term_specs(), "breaches.notify_customer.within", 24)
    assert "did you mean `audits.mode`" in check_value(term_specs(), "audit.mode", "rolling")
    assert check_value(term_specs(), "audits.mode", "rolling") == ""


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"hours": 24}, "within 24 hours"),
        ({"hours": 1}, "within 1 hour"),
        ({"word": "immediately", "target": {"hours": 4}}, "immediately (target 4 hours)"),
        ({"days": 30, "minimum": True}, "at least 30 days"),
        ({"years": 2, "target": {"days": 90}}, "within 2 years, target 90 days"),
        ({"business_days": 10}, "within 10 business days"),
        ({"months": 1, "roll": True}, "within 1 month, to the next working day"),
    ],
)
def test_a_period_in_words(value, words):
    parse_period(value)
    assert describe_period(value) == words
