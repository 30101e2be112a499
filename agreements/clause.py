"""Clauses 1 to 4, 13, 15 and 17: the agreement itself, from its draft to its end. Read this first.

It takes effect with the last signature (4.1a) and outlives the main contract until deletion is proven (4.1b).
"""

from django.utils.translation import gettext_lazy as _

from agreements import lifetime
from agreements.clause_amendment import AMENDMENT
from agreements.clause_record import PROCESSING_RECORD
from agreements.clause_termination import TERMINATION
from agreements.term_specs import TERMS
from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Field,
    Notice,
    On,
    Page,
    Rung,
    Start,
    Step,
    TermSpec,
)

LIVE = ("in_force", "ending")
CLAUSE_STATES = (
    ("valid", _("valid")),
    ("unenforceable", _("unenforceable")),
    ("superseded", _("superseded")),
)
SIGNATURES = (
    Field("signed_by_us_on", "date", _("Signed by 365 AITECH on")),
    Field("signed_by_customer_on", "date", _("Signed by the customer on")),
    Field("signed_copy", "file", _("Signed copy"), required=False),
)
CERTIFICATION = Field("certification", "file", _("Signed certification"))
STEPS = (
    Step(
        "open",
        _("Record an agreement"),
        frm=NEW,
        to="unsigned",
        by={"officer", "admin"},
        covers=("1.1", "1.2", "1.3", "2.1", "2.3"),
    ),
    Step(
        "sign",
        _("Record both signatures"),
        frm="unsigned",
        to="in_force",
        by={"officer"},
        check=lifetime.signed_already,
        covers=("2.2a", "4.1a"),
        help=_("In force from the later of the two (clause 4)."),
        fields=SIGNATURES,
    ),
    Step(
        "certify_ccpa",
        _("Record the CCPA certification"),
        frm=LIVE,
        to=SAME,
        by={"approver"},
        covers=("15.1", "15.2"),
        help=_("Signed by a person who knows what clause 15 restricts; renewed every year."),
        fields=(CERTIFICATION,),
    ),
    Step(
        "ccpa_unmet",
        _("CCPA duties can no longer be met"),
        frm=LIVE,
        to=SAME,
        by={"officer", "approver"},
        help=_("The customer must know within five business days of this finding (11 CCR 7051)."),
        fields=(
            Field("determined_at", "instant", _("Found at")),
            Field("reason", "long_text", _("What can no longer be met, and why")),
        ),
    ),
    Step(
        "inform_ccpa",
        _("Tell the customer"),
        frm=LIVE,
        to=SAME,
        by={"officer"},
        guard=lifetime.ccpa_is_unmet,
        fields=(Field("text", "long_text", _("Text of the notice"), _("Sent as written.")),),
        notice=Notice("agreements/ccpa", on_receipt="ccpa_informed"),
    ),
    Step("ccpa_informed", _("Confirm receipt"), frm=LIVE, to=SAME, by={"system", "contact", "signatory"}),
    Step(
        "clause_status",
        _("State of a clause"),
        frm=("unsigned", *LIVE),
        to=SAME,
        by={"officer"},
        check=lifetime.names_a_clause,
        covers=("17.4",),
        help=_("An unenforceable clause leaves the rest in force (clause 17)."),
        fields=(
            Field("clause", "text", _("Clause"), _("Its number, such as 13.")),
            Field("status", "choice", _("It is"), choices=CLAUSE_STATES),
            Field("why", "long_text", _("Why, and what applies instead")),
        ),
    ),
    Step(
        "conflict",
        _("Note a conflict with another agreement"),
        frm=("unsigned", *LIVE),
        to=SAME,
        by={"officer"},
        covers=("17.1",),
        help=_("This agreement prevails (clause 17)."),
        fields=(
            Field("other", "text", _("The other agreement")),
            Field("conflict", "long_text", _("Where the two differ")),
        ),
    ),
    Step(
        "contract_ended",
        _("Record the end of the contract"),
        frm="in_force",
        to="ending",
        by={"officer"},
        covers=("4.1b",),
        help=_("Opens the exit. This agreement lives on until the erasure is certified."),
        fields=(Field("last_day", "date", _("Last day of the contract")),),
    ),
    Step("outlive", _("The contract has ended"), frm="in_force", to="ending", by={"system"}),
    Step("go_on", _("The contract goes on"), frm="ending", to="in_force", by={"system"}),
    Step(
        "end",
        _("The agreement ends"),
        frm="ending",
        to="ended",
        by={"officer", "system"},
        guard=lifetime.deletion_is_proven,
        closes=True,
    ),
)
DUTIES = (
    Duty(
        "certify_ccpa",
        _("Certify compliance with the CCPA"),
        source="15.3",
        owed_by=PROCESSOR,
        starts=(Start("sign"), Start("certify_ccpa")),
        met_by=("certify_ccpa",),
        ends=("end",),
        term="agreements.certification.renew.within",
        ladder=(
            Rung("before target", 30, "days"),
            Rung("before target", 7, "days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 30, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "inform_ccpa",
        _("Tell the customer that CCPA duties can no longer be met"),
        source="S8",
        owed_by=PROCESSOR,
        starts=(Start("ccpa_unmet", fact="determined_at"),),
        met_by=("ccpa_informed",),
        term="statutory.ccpa.inform.within",
        ladder=(
            Rung("after start", 0),
            Rung("before due", 2, "business days"),
            Rung("before due", 1, "business days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
)

AGREEMENT = Clause(
    kind="agreement",
    title=_("Agreement"),
    plural=_("Agreements"),
    prefix="AG",
    of="agreement",
    opened_by_hand=False,
    states={
        "unsigned": _("unsigned"),
        "in_force": _("in force"),
        "ending": _("ended, erasure open"),
        "ended": _("ended"),
    },
    steps=STEPS,
    duties=DUTIES,
    pages=(Page("agreement-coverage", _("Coverage")),),
    terms=(
        *TERMS,
        TermSpec(
            "statutory.ccpa.inform.within",
            "period",
            {"business_days": 5},
            _("Tell that CCPA duties can no longer be met"),
        ),
    ),
    on=(
        On("exit", "open", takes="outlive", of=lifetime.agreements_of),
        On("exit", "withdraw", takes="go_on", of=lifetime.agreements_of),
        On("exit", "certify", takes="end", of=lifetime.agreements_of),
    ),
)

ROOM = (AGREEMENT, AMENDMENT, TERMINATION, PROCESSING_RECORD)
