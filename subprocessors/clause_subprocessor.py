"""The kind `subprocessor`: from the proposal to the end of its service (12.1 to 12.3, A1.4)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Field,
    Rung,
    Start,
    Step,
    TermSpec,
)
from subprocessors import below, guards
from subprocessors.clause_transfer import TRANSFER_FIELDS
from subprocessors.models import SubProcessor

REASON = Field("reason", "long_text", _("Reason"))
LIST_VERSION = Field(
    "list_version", "text", _("Version of the list"), _("Of the list that names it."), covers=("A1.4",)
)
ASKED = (
    Field("agreements", "agreements", _("Customers to ask"), _("One question for each agreement.")),
    Field("starts_on", "date", _("Wanted start")),
)
EARLY = ("draft", "proposed")
RUNNING = ("active", "suspended")


STEPS = (
    Step(
        "open",
        _("Enter a sub-processor"),
        frm=NEW,
        to="draft",
        by={"officer"},
        check=below.country_is_known,
        help=_("Its title is its name, as in the list of the agreement."),
        fields=(
            Field("service", "text", _("Service")),
            Field("country", "text", _("Country"), _("Two letters, such as DE: where it processes.")),
            LIST_VERSION,
        ),
    ),
    Step(
        "sign_contract",
        _("Record its contract"),
        frm=(*EARLY, *RUNNING),
        to=SAME,
        by={"officer"},
        check=below.same_obligations,
        covers=("12.2", "S7"),
        fields=(
            Field("contract_signed_on", "date", _("Signed on")),
            Field("contract_until", "date", _("Ends on"), _("Empty: no end."), required=False),
            Field(
                "same_obligations",
                "boolean",
                _("Same obligations"),
                _("On instructions and on technical and organisational measures."),
                required=False,
            ),
            Field("contract", "file", _("Contract")),
        ),
    ),
    Step(
        "record_transfer",
        _("Record a transfer"),
        frm=(*EARLY, *RUNNING),
        to=SAME,
        by={"officer"},
        spawns=below.transfer_for,
        covers=("13.2",),
        fields=TRANSFER_FIELDS,
    ),
    Step(
        "baseline",
        _("In use since the agreements began"),
        frm="draft",
        to="active",
        by={"officer"},
        guard=guards.named_everywhere,
        covers=("A1.4",),
        fields=(Field("in_use_since", "date", _("In use since")), LIST_VERSION),
    ),
    Step(
        "propose",
        _("Propose it to customers"),
        frm="draft",
        to="proposed",
        by={"officer"},
        check=guards.may_be_asked,
        spawns=below.consents_for,
        covers=("12.1", "S7"),
        fields=ASKED,
    ),
    Step(
        "ask_more",
        _("Ask further customers"),
        frm=("proposed", *RUNNING),
        to=SAME,
        by={"officer"},
        check=guards.may_be_asked,
        spawns=below.consents_for,
        fields=ASKED,
    ),
    Step(
        "activate",
        _("Put in use"),
        frm="proposed",
        to="active",
        by={"officer"},
        guard=guards.before_start,
        help=_("For the customers that are cleared; those left out are not served by it."),
        covers=("12.1", "12.2", "13.2"),
    ),
    Step("suspend", _("Suspend"), frm="active", to="suspended", by={"officer"}, fields=(REASON,)),
    Step("resume", _("Resume"), frm="suspended", to="active", by={"officer"}, guard=guards.before_start),
    Step(
        "review",
        _("Record the review"),
        frm=RUNNING,
        to=SAME,
        by={"officer"},
        covers=("S6",),
        fields=(
            Field("outcome", "long_text", _("Outcome"), _("Contract, measures, reports, failures.")),
            Field("list_is_true", "boolean", _("The list and our record say what is true"), required=False),
            Field("report", "file", _("Report"), required=False),
        ),
    ),
    Step(
        "record_failure",
        _("Record a failure"),
        frm=RUNNING,
        to=SAME,
        by={"officer"},
        spawns=below.failure_for,
        covers=("12.3",),
        fields=(
            Field("what", "long_text", _("What it failed to do"), _("No data of persons here.")),
            Field("failed_on", "date", _("Failed on")),
            Field("linked_to", "text", _("Breach or claim"), _("Its reference."), required=False),
        ),
    ),
    Step(
        "end",
        _("End its service"),
        frm=RUNNING,
        to="ended",
        by={"officer"},
        closes=True,
        fields=(
            REASON,
            Field("erasure_proof", "file", _("Proof that it erased or returned Customer Content")),
        ),
    ),
    Step(
        "drop", _("Drop the proposal"), frm=EARLY, to="dropped", by={"officer"}, closes=True, fields=(REASON,)
    ),
)
DUTIES = (
    Duty(
        "sign_contract",
        _("Sign a contract with the same obligations"),
        source="12.2",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("sign_contract",),
        ends=("drop", "end"),
        term="subprocessors.contract.within",
        ladder=(
            Rung("before target", 7, "days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 7, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "renew_contract",
        _("Renew the contract"),
        source="12.2",
        owed_by=PROCESSOR,
        starts=(Start("sign_contract"),),
        met_by=("sign_contract",),
        ends=("drop", "end"),
        applies=lambda row, facts: "contract_until" in facts,
        due_fact="contract_until",
        term="subprocessors.contract.renew.before",
        ladder=(
            Rung("before target", 7, "days"),
            Rung("at target"),
            Rung("before due", 30, "days", to=("owner", "approvers")),
            Rung("before due", 7, "days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
    Duty(
        "review",
        _("Review the sub-processor"),
        source="12.2",
        owed_by=PROCESSOR,
        starts=(Start("baseline"), Start("activate"), Start("review")),
        met_by=("review",),
        ends=("end",),
        term="subprocessors.review.within",
        ladder=(
            Rung("before target", 30, "days"),
            Rung("before target", 7, "days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 30, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
)
TERMS = (
    TermSpec(
        "subprocessors.flow_down",
        "boolean",
        True,
        _("Same obligations in the sub-processor's contract"),
        covers=("12.2",),
    ),
    TermSpec(
        "subprocessors.contract.within",
        "period",
        {"word": "before engagement", "target": {"days": 30}},
        _("Sign a sub-processor's contract"),
    ),
    TermSpec(
        "subprocessors.contract.renew.before",
        "period",
        {"word": "in time", "target": {"days": 60}},
        _("Renew a sub-processor's contract before it ends"),
    ),
    TermSpec(
        "subprocessors.review.within",
        "period",
        {"word": "regularly", "target": {"years": 1}},
        _("Review of a sub-processor"),
    ),
    TermSpec("subprocessors.baseline", "text", "", _("Sub-processors at the start"), covers=("A1.4",)),
    TermSpec(
        "subprocessors.sensitive_data",
        "boolean",
        False,
        _("Sensitive data may be transferred"),
        covers=("A1.2",),
    ),
)

SUBPROCESSOR = Clause(
    kind="subprocessor",
    title=_("Sub-processor"),
    plural=_("Sub-processors"),
    prefix="SP",
    detail=SubProcessor,
    covers=("12.1",),
    states={
        "draft": _("entered"),
        "proposed": _("proposed"),
        "active": _("in use"),
        "suspended": _("suspended"),
        "ended": _("ended"),
        "dropped": _("dropped"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
)
