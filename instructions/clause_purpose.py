"""The kind `purpose`: one use of Customer Content, and the customer's purpose that needs it (2.2b, 16, A1.3)."""

from django.utils.translation import gettext_lazy as _

from instructions import purposes
from instructions.models import Purpose
from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, On, Rung, Start, Step, TermSpec

FIELDS = (
    Field(
        "purpose",
        "text",
        _("Purpose of the customer"),
        _("Not ours: what the customer wants to reach with it."),
        covers=("16.1",),
    ),
    Field("use", "choice", _("Use"), choices=purposes.USES, covers=("16.2",)),
    Field("what", "long_text", _("What is done with which data")),
    Field("basis", "choice", _("It rests on"), choices=purposes.BASES),
    Field(
        "reference",
        "text",
        _("Reference of the instruction or amendment"),
        _("A purpose that the agreement does not name needs one of them first."),
        required=False,
    ),
)
STEPS = (
    Step(
        "open",
        _("Record a purpose"),
        frm=NEW,
        to="in_use",
        by={"officer"},
        check=purposes.is_permitted,
        covers=("2.2b", "15.2", "16.1", "16.2", "A1.3"),
        fields=FIELDS,
    ),
    Step(
        "change",
        _("Change the use"),
        frm="in_use",
        to=SAME,
        by={"officer"},
        check=purposes.is_permitted,
        covers=("2.2b", "16.2"),
        fields=FIELDS,
    ),
    Step(
        "review",
        _("Record a review"),
        frm="in_use",
        to=SAME,
        by={"officer"},
        guard=purposes.is_still_permitted,
        covers=("15.2",),
        fields=(
            Field("outcome", "long_text", _("Why the customer's purpose still needs it")),
            Field("record", "file", _("Record of the review"), required=False),
        ),
    ),
    Step(
        "close",
        _("The use has ended"),
        frm="in_use",
        to="closed",
        by={"officer"},
        closes=True,
        fields=(Field("reason", "long_text", _("Reason")),),
    ),
    Step(
        "end_with_agreement",
        _("Ended with the agreement"),
        frm="in_use",
        to="closed",
        by={"system"},
        closes=True,
    ),
)

PURPOSE = Clause(
    kind="purpose",
    title=_("Purpose"),
    plural=_("Purposes"),
    prefix="PU",
    of="agreement",
    detail=Purpose,
    covers=("2.2b", "16.1", "A1.3"),
    states={"in_use": _("in use"), "closed": _("closed")},
    steps=STEPS,
    duties=(
        Duty(
            "review",
            _("Review the use of Customer Content"),
            source="16.1",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("review")),
            met_by=("review",),
            ends=("close", "end_with_agreement"),
            term="instructions.purpose.review.within",
            ladder=(
                Rung("before target", 30, "days"),
                Rung("before target", 7, "days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 30, "days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "instructions.purpose.review.within",
            "period",
            {"word": "regularly", "target": {"years": 1}},
            _("Review of the purposes"),
        ),
        TermSpec(
            "instructions.own_model_training",
            "choice",
            "out_of_scope",
            _("Training of our own models"),
            choices=("out_of_scope", "allowed"),
            covers=("16.2",),
        ),
    ),
    on=(On("agreement", "end", takes="end_with_agreement", of=purposes.of_agreements),),
)
