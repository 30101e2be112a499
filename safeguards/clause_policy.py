"""The kinds `policy` and `measure`: what Appendix 2 asks to be in place, reviewed and evidenced (8, A2)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, Page, Rung, Start, Step, TermSpec
from safeguards.models import ITEMS, Measure, Policy

GAPS = Page("measures", _("Appendix 2: gaps"), of="kind")
REASON = Field("reason", "long_text", _("Reason"))
TOPICS = (
    ("access_control", _("access control")),
    ("change_management", _("change management")),
    ("awareness", _("awareness")),
    ("physical", _("physical security")),
    ("other", _("something else")),
)
REVIEW_LADDER = (
    Rung("before target", 30, "days"),
    Rung("before target", 7, "days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 30, "days"),
    Rung("before due", 7, "days"),
    Rung("at due", to=("owner", "approvers")),
)


def _review(source: str, title: object, term: str) -> Duty:
    return Duty(
        "review",
        title,
        source=source,
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("review")),
        met_by=("review",),
        ends=("retire",),
        term=term,
        ladder=REVIEW_LADDER,
    )


DOCUMENT = Field("document", "file", _("The policy"))
VERSION = Field("version", "text", _("Version"))
POLICY = Clause(
    kind="policy",
    title=_("Policy"),
    plural=_("Policies"),
    prefix="PO",
    detail=Policy,
    covers=("A2.1",),
    states={"in_force": _("in force"), "retired": _("retired")},
    steps=(
        Step(
            "open",
            _("Put a policy in force"),
            frm=NEW,
            to="in_force",
            by={"officer"},
            fields=(
                Field("topic", "choice", _("Topic"), choices=TOPICS, covers=("A2.2",)),
                VERSION,
                DOCUMENT,
            ),
        ),
        Step(
            "review",
            _("Record a review"),
            frm="in_force",
            to=SAME,
            by={"officer"},
            help=_("Regular review and improvement must be evidenced (Appendix 2)."),
            fields=(
                VERSION,
                Field("found", "long_text", _("What was reviewed and improved")),
                Field("document", "file", _("Evidence"), _("The policy as it is now, or the minutes.")),
            ),
        ),
        Step(
            "retire",
            _("Retire the policy"),
            frm="in_force",
            to="retired",
            by={"approver"},
            closes=True,
            fields=(REASON,),
        ),
    ),
    duties=(_review("A2.1", _("Review the policy"), "safeguards.policies.review.within"),),
    terms=(
        TermSpec(
            "safeguards.policies.review.within",
            "period",
            {"word": "regularly", "target": {"years": 1}},
            _("Review of policies"),
        ),
    ),
    pages=(GAPS,),
)
MEASURE = Clause(
    kind="measure",
    title=_("Measure"),
    plural=_("Measures"),
    prefix="ME",
    detail=Measure,
    states={"in_place": _("in place"), "retired": _("ended")},
    steps=(
        Step(
            "open",
            _("Record a measure"),
            frm=NEW,
            to="in_place",
            by={"officer"},
            covers=("A2.5",),
            fields=(
                Field("item", "choice", _("Of Appendix 2 it meets"), choices=ITEMS, covers=("8b",)),
                Field("description", "long_text", _("What is done")),
                Field("proof", "file", _("Evidence"), required=False),
            ),
        ),
        Step(
            "review",
            _("Record a review"),
            frm="in_place",
            to=SAME,
            by={"officer"},
            fields=(
                Field("found", "long_text", _("What was tested and found")),
                Field("proof", "file", _("Evidence"), _("Of a cloud site its report.")),
            ),
        ),
        Step(
            "retire",
            _("End the measure"),
            frm="in_place",
            to="retired",
            by={"approver"},
            closes=True,
            fields=(REASON,),
        ),
    ),
    duties=(_review("8a", _("Review the measure"), "safeguards.measures.review.within"),),
    terms=(
        TermSpec(
            "safeguards.measures.review.within",
            "period",
            {"word": "regularly", "target": {"years": 1}},
            _("Review of measures"),
        ),
    ),
    pages=(GAPS,),
)
