"""Two other contracts as profiles, data only: standard contractual clauses, module two, and Common Paper."""

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from accounts.roles import SYSTEM
from agreements import coverage, records
from agreements.management.commands.load_profile import FOLDER, load
from agreements.profile_file import ProfileError
from conftest import START, add_agreement, report_breach, utc
from dsars.tests.builders import identified, request_of
from obligations import evidence
from obligations.actions import advance
from obligations.models import Agreement, Matter, Obligation
from obligations.tests.engine import fresh, open_clock
from obligations.turn import Refused
from subprocessors import gate
from subprocessors.tests.builders import entered, proposed, with_contract

CLAUSES_2021, COMMON_PAPER = "scc-2021-914-m2", "common-paper-1.1"
BOTH = pytest.mark.parametrize("name", [CLAUSES_2021, COMMON_PAPER])
AT = utc("2 Mar 09:00")  # a Monday
LATER = utc("3 Mar 09:00")


def under(cast, name: str) -> Agreement:
    """An agreement of a new customer in Berlin under that profile, with one contact."""
    profile, _made = load(name, at=START)
    agreement = add_agreement(cast, f"Customer of {name}", profile=profile)
    records.add_contact(agreement, name="Kim", email="kim@third.example", actor=cast.olga, at=START)
    return agreement


def told(cast, agreement: Agreement, starts_on: dt.date) -> Matter:
    """Nimbus, with a contract, proposed on 2 March to start then; told, and received on 3 March, 09:00 UTC."""
    row = with_contract(cast, entered(cast, AT), AT)
    (question,) = proposed(cast, row, AT, [agreement], starts_on)
    advance([question], "send", actor=cast.olga, at=AT, facts={"text": "It transcribes calls."})
    advance([fresh(question)], "received", actor=SYSTEM, at=LATER)
    return fresh(question)


def verdict(question: Matter, at: dt.datetime) -> str:
    (found,) = gate.clearances([question.parent], at)[question.parent_id]
    return found.state


def notice_of(cast, agreement: Agreement) -> Matter:
    """Of a breach that is certain: neither text lets a suspicion count."""
    at = utc("27 Mar 17:00")
    breach = report_breach(cast, [agreement], at)
    advance([breach], "confirm", actor=cast.olga, at=at, facts={"confirmed_at": at})
    return Matter.objects.get(parent=breach, kind="breach_notice")


def forwarding_of(cast, agreement: Agreement) -> Matter:
    at = utc("26 Mar 09:00")
    identified(cast, request_of(cast, at), at, agreement)
    return Matter.objects.get(kind="dsar_forwarding", agreement=agreement)


@BOTH
def test_the_shipped_profile_loads_by_its_name(db, name):
    call_command("load_profile", name)
    assert load(name, at=START)[1] is False


@BOTH
def test_a_duty_that_the_text_does_not_have_never_starts_under_it(cast, name):
    matter = Matter.objects.get(kind="agreement", agreement=under(cast, name))
    facts = {"signed_by_us_on": AT.date(), "signed_by_customer_on": AT.date()}
    advance([matter], "sign", actor=cast.olga, at=AT, facts=facts)
    assert not Obligation.objects.filter(matter=matter, duty="certify_ccpa").exists()
    ours = Matter.objects.get(kind="agreement", agreement=cast.a)
    advance([ours], "sign", actor=cast.olga, at=AT, facts=facts)
    assert open_clock(ours, "certify_ccpa").source == "15.3"


def test_common_paper_gives_72_hours_to_notify_and_the_clauses_no_legal_end(cast):
    paper = open_clock(notice_of(cast, under(cast, COMMON_PAPER)), "notify_customer")
    assert (paper.due_at, paper.target_at) == (utc("30 Mar 17:00"), utc("28 Mar 17:00"))
    clauses = open_clock(notice_of(cast, under(cast, CLAUSES_2021)), "notify_customer")
    assert (clauses.due_at, clauses.period) == (None, "without undue delay (target 24 hours)")


@BOTH
def test_a_request_is_passed_on_promptly_and_may_be_answered_with_consent(cast, name):
    row = forwarding_of(cast, under(cast, name))
    clock = open_clock(row, "forward")
    assert (clock.due_at, clock.target_at) == (None, utc("30 Mar 22:00"))  # two business days from a Thursday
    advance([row], "record_reply", actor=cast.olga, at=utc("26 Mar 10:00"), facts={"what": "A receipt."})


def test_under_our_own_text_a_reply_is_refused(cast):
    row = forwarding_of(cast, cast.b)
    with pytest.raises(Refused, match="Bodega"):
        advance([row], "record_reply", actor=cast.olga, at=utc("26 Mar 10:00"), facts={"what": "A receipt."})


def test_silence_clears_after_the_objection_window_of_the_clauses(cast):
    question = told(cast, under(cast, CLAUSES_2021), dt.date(2026, 5, 4))
    assert open_clock(question, "answer").due_at == utc("2 Apr 22:00")  # 30 days, event day excluded
    assert verdict(question, utc("2 Apr 21:59")) == gate.WAITING
    assert verdict(question, utc("2 Apr 22:00")) == gate.CLEARED


def test_at_common_paper_the_change_may_take_effect_before_the_window_for_objections_ends(cast):
    question = told(cast, under(cast, COMMON_PAPER), dt.date(2026, 3, 18))
    assert open_clock(question, "answer").due_at == utc("2 Apr 22:00")  # 30 days
    assert verdict(question, utc("17 Mar 22:59")) == gate.WAITING
    assert (
        verdict(question, utc("17 Mar 23:00")) == gate.CLEARED
    )  # ten business days, 4 to 17 March, are over


def test_an_objection_within_the_window_stops_what_has_started(cast):
    question = told(cast, under(cast, COMMON_PAPER), dt.date(2026, 3, 18))
    advance([fresh(question.parent)], "activate", actor=cast.olga, at=utc("18 Mar 09:00"))
    facts = {"typed_name": "Kim", "reason": "No.", "letter": evidence.kept("no.txt", [b"No."])}
    advance([fresh(question)], "record_objection", actor=cast.olga, at=utc("1 Apr 09:00"), facts=facts)
    assert verdict(question, utc("2 Apr 09:00")) == gate.OBJECTED
    assert open_clock(question, "stop").source == "12.1"


@BOTH
def test_data_are_returned_or_erased_at_the_end_with_a_target_of_days_not_of_two_years(cast, name):
    from deletion.tests.builders import BUILDERS

    agreement = under(cast, name)
    Agreement.objects.filter(pk=cast.a.pk).update(profile=agreement.profile)
    cast.a.refresh_from_db()
    clock = open_clock(BUILDERS["exit"](cast, AT), "erase_all")
    assert clock.due_at is None and clock.period.endswith("(target 30 days)")


def test_a_profile_that_forgets_a_clause_is_refused_until_it_says_why(db, tmp_path):
    text = (FOLDER / f"{COMMON_PAPER}.yaml").read_text(encoding="utf-8")
    path = tmp_path / "acme.yaml"
    path.write_text(text.replace("  A1.2: the cover page", "  A1.1: the cover page"), encoding="utf-8")
    with pytest.raises(CommandError, match=r"acme\.yaml, line \d+: no clause covers A1\.2.*under `without`"):
        call_command("load_profile", str(path))


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("A1.2: the", "A1.2: ", "say in words why the contract has no A1.2"),
        (
            "  A1.2: the",
            "  11.1a: told\n  A1.2: the",
            "11.1a is covered by clause 4 and stands under `without`",
        ),
        ("{business_days: 10, minimum: true}", "{fortnights: 2}", "needs one unit of hours"),
        ("silence: consent", "silence: maybe", "needs one of no_consent, consent; found `maybe`"),
    ],
)
def test_a_mistake_in_another_contract_is_named_with_its_line(db, tmp_path, old, new, words):
    text = (FOLDER / f"{COMMON_PAPER}.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "acme.yaml"
    changed = (
        text.replace(old, new, 1)
        if new != "A1.2: "
        else text.replace("A1.2: the cover page says which special categories are processed", "A1.2: ")
    )
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(ProfileError, match=r"acme\.yaml, line \d+") as refusal:
        load(str(path), at=START)
    assert words in str(refusal.value)


def test_the_coverage_of_such_an_agreement_says_what_the_text_does_without(cast):
    found = {state.row.id: state.words for state in coverage.states(under(cast, CLAUSES_2021), AT)}
    assert found["15.3"].startswith("the clauses are of the European Union")
    assert "11.1a" in found
