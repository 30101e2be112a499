"""Duties and terms of a demand."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import PROCESSOR, Duty, Facts, Rung, Start, TermSpec
from obligations.models import Matter


def names_a_day(row: Matter, facts: Facts) -> bool:
    """Some demands and prohibitions name their last day."""
    return "expires_on" in facts


def must_be_answered(row: Matter, facts: Facts) -> bool:
    """A demand that sets a period."""
    return "answer_by" in facts


URGENT = (
    Rung("after start", 0, to=("owner", "approvers")),
    Rung("before target", 1, "business days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 1, "business days", to=("owner", "approvers")),
    Rung("at due", to=("owner", "approvers", "admins")),
)
REVIEW = (
    Rung("before target", 7, "days"),
    Rung("before target", 1, "business days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 1, "days"),
    Rung("at due", to=("owner", "approvers")),
)
DUTIES = (
    Duty(
        "examine",
        _("Examine the demand"),
        source="7.1a",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("rest_on_law", "notify", "grant", "refuse"),
        term="disclosures.examine.within",
        ladder=URGENT,
    ),
    Duty(
        "answer",
        _("Answer the authority"),
        source="7.1a",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("grant", "refuse"),
        due_fact="answer_by",
        applies=must_be_answered,
        term="disclosures.answer.before",
        ladder=URGENT,
    ),
    Duty(
        "review_gag",
        _("Review the prohibition to tell"),
        source="7.1d",
        owed_by=PROCESSOR,
        starts=(Start("gag"), Start("review_gag")),
        met_by=("review_gag",),
        ends=("release",),
        term="disclosures.gag.review.within",
        ladder=REVIEW,
    ),
    Duty(
        "check_gag",
        _("Check whether the prohibition has ended"),
        source="7.1d",
        owed_by=PROCESSOR,
        starts=(Start("gag"), Start("prolonged")),
        met_by=("prolonged", "release"),
        due_fact="expires_on",
        applies=names_a_day,
        term="disclosures.gag.check.before",
        ladder=REVIEW,
    ),
)
TERMS = (
    TermSpec(
        "disclosures.basis",
        "choice",
        "written_consent_or_mandatory_law",
        _("Basis of a disclosure"),
        choices=("written_consent_or_mandatory_law", "mandatory_law"),
        covers=("7.1b",),
    ),
    TermSpec(
        "disclosures.examine.within",
        "period",
        {"word": "none named", "target": {"business_days": 2}},
        _("Examine a demand"),
    ),
    TermSpec(
        "disclosures.answer.before",
        "period",
        {"word": "in time", "target": {"business_days": 2}},
        _("Answer an authority before its day"),
    ),
    TermSpec(
        "disclosures.gag.review.within",
        "period",
        {"word": "regularly", "target": {"days": 30}},
        _("Review of a prohibition to notify"),
    ),
    TermSpec(
        "disclosures.gag.check.before",
        "period",
        {"word": "in time", "target": {"days": 7}},
        _("Check a prohibition before its last day"),
    ),
)
