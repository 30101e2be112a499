"""What we owe for a breach itself: our own notice to the authority and to people, and the parts of Art. 33(3)."""

from django.utils.translation import gettext_lazy as _

from breaches import choosing, content
from breaches.fields import is_own
from obligations.clauses import PROCESSOR, Duty, Facts, Rung, Start, TermSpec
from obligations.models import Matter


def own_data(breach: Matter, facts: Facts) -> bool:
    """We are the controller of some of the data (3.2, 3.3): the law's clocks run for ourselves."""
    return is_own(facts["categories"])


def high_risk(breach: Matter, facts: Facts) -> bool:
    """Art. 34(1): the data subjects must hear of a high risk."""
    return bool(facts["risk"] == "high")


BREACH_DUTIES = (
    Duty(
        "own_authority",
        _("Inform our own authority"),
        source="S1",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("classify", fact="aware_at")),
        met_by=("authority_informed", "authority_not_needed"),
        ends=("not_a_breach",),
        applies=own_data,
        term="statutory.inform_authority.within",
        ladder=(
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 48, "hours"),
            Rung("before due", 24, "hours", to=("owner", "deputy")),
            Rung("before due", 12, "hours", to=("owner", "approvers")),
            Rung("before due", 4, "hours", to=("owner", "approvers")),
            Rung("before due", 1, "hours", to=("owner", "approvers")),
            Rung("after due every", 1, "hours", to="admins"),
        ),
    ),
    Duty(
        "assess_risk",
        _("Assess the risk for our own data"),
        source="S1",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("classify", fact="aware_at")),
        met_by=("assess",),
        ends=("not_a_breach",),
        applies=own_data,
        term="breaches.assess_risk.within",
        ladder=(
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "inform_subjects",
        _("Inform the data subjects"),
        source="S4",
        owed_by=PROCESSOR,
        starts=(Start("assess"),),
        met_by=("subjects_informed", "subjects_not_needed"),
        ends=("not_a_breach",),
        applies=high_risk,
        term="statutory.inform_data_subjects.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 24, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 24, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "describe",
        _("Find out what is unknown yet (Art. 33(3))"),
        source="11.2a",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("describe")),
        met_by=("describe",),
        ends=("not_a_breach", "close"),
        applies=content.something_is_unknown,
        term="breaches.describe.within",
        ladder=(
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("after start", 48, "hours", to=("owner", "approvers")),
            Rung("after start", 72, "hours", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
)

BREACH_TERMS = (
    TermSpec("breaches.suspected_counts", "boolean", True, _("A suspicion is enough to notify")),
    TermSpec(
        "breaches.describe.within",
        "period",
        {"word": "reasonable", "target": {"hours": 24}},
        _("Find out what a notice must say"),
    ),
    TermSpec(
        "breaches.assess_risk.within",
        "period",
        {"word": "without undue delay", "target": {"hours": 24}},
        _("Assess the risk of a breach of our own data"),
    ),
    TermSpec(
        "statutory.inform_authority.within",
        "period",
        {"hours": 72},
        _("A controller informs its authority"),
        covers=("S9",),
    ),
    TermSpec(
        "statutory.inform_data_subjects.within",
        "period",
        {"word": "without undue delay", "target": {"hours": 72}},
        _("Inform data subjects of a high risk"),
    ),
    TermSpec(
        "statutory.inform_controller.within",
        "period",
        {"word": "without undue delay", "target": {"hours": 4}},
        _("A processor informs its controller"),
        covers=("S2",),
    ),
    TermSpec(choosing.PRODUCT, "text", "", _("Product that the agreement is about")),
)
