"""The kind `amendment`: a change of an agreement, in writing and signed by both (4.2, 5.1b, 17.3)."""

from django.utils.translation import gettext_lazy as _

from agreements import amendments, lifetime
from agreements.models import Amendment
from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, On, Rung, Start, Step, TermSpec
from obligations.signatures import SIGNATURE

NAME = Field("typed_name", "text", _("Name"), _("Of the person who signs; it counts as signature."))
REASON = Field("reason", "long_text", _("Reason"))
OPEN = ("proposed", "agreed")
STEPS = (
    Step(
        "open",
        _("Propose an amendment"),
        frm=NEW,
        to="proposed",
        by={"officer", "contact", "signatory"},
        covers=("4.2a", "5.1b"),
        fields=(
            Field("subject", "text", _("What is to change")),
            Field("why", "long_text", _("Why")),
            Field(
                "needed_by_law",
                "boolean",
                _("The law needs it"),
                _("If it fails, either side may then terminate (clause 4)."),
                required=False,
            ),
            Field("instruction", "text", _("Reference of the instruction"), required=False),
        ),
    ),
    Step(
        "negotiate",
        _("Record a move"),
        frm=OPEN,
        to=SAME,
        by={"officer", "contact", "signatory"},
        help=_("A draft, a meeting, an answer: both sides must make reasonable efforts."),
        fields=(
            Field("move", "long_text", _("What happened")),
            Field("draft", "file", _("Draft or minutes"), required=False),
        ),
    ),
    Step(
        "agree",
        _("Record the agreed text"),
        frm=OPEN,
        to="agreed",
        by={"officer"},
        check=amendments.changes_fit,
        help=_("Both signatures are given anew after the text has changed."),
        fields=(
            Field("text", "file", _("Agreed text")),
            Field(
                "changes",
                "long_text",
                _("Terms that change"),
                _("One in a line, as in a profile: dsars.forward.within: {business_days: 5}"),
                required=False,
            ),
            Field(
                "effective_from",
                "date",
                _("In force from"),
                _("Never earlier than the last signature."),
                required=False,
            ),
        ),
    ),
    Step(
        "sign_for_us",
        _("Sign for 365 AITECH"),
        frm="agreed",
        to=SAME,
        by={"approver"},
        guard=amendments.we_have_not_signed,
        check=lifetime.signed_already,
        covers=("17.3",),
        fields=(Field("signed_by_us_on", "date", _("Signed on")), NAME),
    ),
    Step(
        "sign_for_customer",
        _("Sign for the customer"),
        frm="agreed",
        to=SAME,
        by={"signatory"},
        guard=amendments.customer_has_not_signed,
        check=lifetime.signed_already,
        covers=("17.3",),
        fields=(Field("signed_by_customer_on", "date", _("Signed on")), NAME, *SIGNATURE),
    ),
    Step(
        "record_signature",
        _("Record the customer's signature"),
        frm="agreed",
        to=SAME,
        by={"officer"},
        guard=amendments.customer_has_not_signed,
        check=lifetime.signed_already,
        fields=(
            Field("signed_by_customer_on", "date", _("Signed on")),
            NAME,
            Field("signed_copy", "file", _("Signed copy")),
        ),
    ),
    Step(
        "enter_into_force",
        _("In force"),
        frm="agreed",
        to="in_force",
        by={"system"},
        guard=amendments.both_have_signed,
        also=amendments.change_terms,
        closes=True,
    ),
    Step(
        "fail",
        _("No agreement was reached"),
        frm=OPEN,
        to="failed",
        by={"approver", "signatory"},
        closes=True,
        fields=(REASON,),
    ),
    Step(
        "withdraw",
        _("Withdraw the proposal"),
        frm=OPEN,
        to="withdrawn",
        by={"officer", "signatory"},
        closes=True,
        fields=(REASON,),
    ),
)
LADDER = (
    Rung("before target", 2, "business days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 2, "business days"),
    Rung("at due", to=("owner", "approvers")),
)
DUTIES = (
    Duty(
        "agree",
        _("Agree on the amendment"),
        source="4.2b",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("agree",),
        ends=("fail", "withdraw"),
        term="agreements.amendment.agree.within",
        ladder=LADDER,
    ),
    Duty(
        "negotiate",
        _("Make the next move"),
        source="4.2b",
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("negotiate"), Start("agree")),
        met_by=("negotiate", "agree"),
        ends=("enter_into_force", "fail", "withdraw"),
        term="agreements.amendment.activity.within",
        ladder=LADDER,
    ),
)
TERMS = (
    TermSpec(
        "agreements.amendment.agree.within",
        "period",
        {"word": "reasonable efforts", "target": {"days": 30}},
        _("Agree on an amendment"),
    ),
    TermSpec(
        "agreements.amendment.activity.within",
        "period",
        {"word": "reasonable", "target": {"business_days": 10}},
        _("Next move on an amendment"),
    ),
)

AMENDMENT = Clause(
    kind="amendment",
    title=_("Amendment"),
    plural=_("Amendments"),
    prefix="AM",
    of="agreement",
    detail=Amendment,
    states={
        "proposed": _("proposed"),
        "agreed": _("to be signed"),
        "in_force": _("in force"),
        "failed": _("failed"),
        "withdrawn": _("withdrawn"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
    on=tuple(
        On("amendment", step, takes="enter_into_force", of=amendments.themselves)
        for step in ("sign_for_us", "sign_for_customer", "record_signature")
    ),
)
