"""The kind `audit`: from the request to the last finding (10.2, 10.3)."""

from django.utils.translation import gettext_lazy as _

from audits import guards, quotes, site
from audits.clause_audit_duties import AUDIT_DUTIES, AUDIT_TERMS
from audits.clause_finding import findings
from audits.fields import FINDING_FIELDS, PRICE
from audits.handing_over import CUSTOMER, EITHER, REASON
from audits.models import Audit
from obligations.clauses import NEW, SAME, Clause, Field, Notice, Page, Step

UNDATED = ("requested", "wished", "offered")
BEFORE = (*UNDATED, "agreed")
HELD = ("conducted", "reported")
ZONE = _("In your own time zone; the site's business hours decide.")
STARTS_AT = Field("starts_at", "instant", _("From"), ZONE, known=True)
ENDS_AT = Field("ends_at", "instant", _("To"), ZONE, known=True)
COSTS_KNOWN = Field(
    "costs_known",
    "boolean",
    _("We know what it costs"),
    _("Needed only where the audit would be billable; its page says so."),
    required=False,
)
SLOT = (STARTS_AT, ENDS_AT)
AUDITOR_FIELDS = (
    Field("conducted_by", "choice", _("The audit is conducted by"), choices=tuple(Audit.By.choices)),
    Field("auditor", "text", _("Auditor"), _("The organisation, not a person."), covers=("10.2c",)),
)
STEPS = (
    Step(
        "open",
        _("Ask for an audit"),
        frm=NEW,
        to="requested",
        by=EITHER,
        covers=("10.2a",),
        fields=(
            *AUDITOR_FIELDS,
            Field(
                "subject", "long_text", _("What is audited"), _("Technical and organisational measures too.")
            ),
        ),
    ),
    Step(
        "name_auditor",
        _("Name another auditor"),
        frm=BEFORE,
        to=SAME,
        by=EITHER,
        also=guards.forget_vetting,
        help=_("The undertaking and the check of the one before no longer count."),
        fields=AUDITOR_FIELDS,
    ),
    Step(
        "bind",
        _("Add the auditor's undertaking"),
        frm=BEFORE,
        to=SAME,
        by=EITHER,
        covers=("10.2c",),
        fields=(Field("nda", "file", _("Signed undertaking of confidentiality")),),
    ),
    Step(
        "check_auditor",
        _("Check the auditor"),
        frm=BEFORE,
        to=SAME,
        by={"officer"},
        covers=("10.2c",),
        fields=(
            Field("competitor", "choice", _("The auditor is"), choices=tuple(Audit.Check.choices)),
            Field("how", "long_text", _("How that was checked")),
        ),
    ),
    Step(
        "wish",
        _("Propose a slot (customer)"),
        frm=UNDATED,
        to="wished",
        by=CUSTOMER,
        check=guards.slot_is_known,
        covers=("10.2b",),
        fields=(*SLOT, COSTS_KNOWN),
    ),
    Step(
        "offer",
        _("Propose a slot"),
        frm=UNDATED,
        to="offered",
        by={"officer"},
        check=site.slot_fits,
        covers=("10.2b",),
        fields=SLOT,
        notice=Notice("audits/slot"),
    ),
    Step(
        "agree",
        _("Agree to this slot"),
        frm="offered",
        to="agreed",
        by=CUSTOMER,
        check=guards.slot_is_the_one_offered,
        fields=(*SLOT, COSTS_KNOWN),
    ),
    Step(
        "record_agreement",
        _("Record the customer's yes to the slot"),
        frm="offered",
        to="agreed",
        by={"officer"},
        check=guards.slot_is_the_one_offered,
        fields=(*SLOT, COSTS_KNOWN, Field("letter", "file", _("Letter"))),
    ),
    Step(
        "accept_wish",
        _("Agree to the customer's slot"),
        frm="wished",
        to="agreed",
        by={"officer"},
        check=guards.slot_is_the_one_offered,
        fields=(*SLOT, COSTS_KNOWN),
        notice=Notice("audits/agreed"),
    ),
    Step(
        "move",
        _("Give up the agreed slot"),
        frm="agreed",
        to="requested",
        by=EITHER,
        help=_("A new one must be agreed; the audit goes on."),
        fields=(REASON,),
    ),
    Step(
        "quote",
        _("Prepare a quote"),
        frm=BEFORE,
        to=SAME,
        by={"officer"},
        check=quotes.audit_costs,
        spawns=quotes.drafts,
        covers=("10.3a", "17.2"),
        fields=PRICE,
    ),
    Step(
        "begin",
        _("Begin the audit"),
        frm="agreed",
        to="running",
        by={"officer"},
        guard=guards.before_begin,
        covers=("10.2c",),
    ),
    Step(
        "conducted",
        _("Audit conducted"),
        frm="running",
        to="conducted",
        by={"officer"},
        check=guards.held_already,
        covers=("10.3a",),
        fields=(
            Field(
                "conducted_on", "date", _("First day"), _("The local date at the site; it counts in 10.3.")
            ),
            Field("access_log", "file", _("Who had access to what"), required=False, covers=("10.2b",)),
        ),
    ),
    Step(
        "report",
        _("Add the report"),
        frm=HELD,
        to="reported",
        by=EITHER,
        covers=("10.2a",),
        fields=(Field("report", "file", _("Report")),),
    ),
    Step(
        "add_finding",
        _("Add a finding"),
        frm=HELD,
        to=SAME,
        by=EITHER,
        spawns=findings,
        covers=("10.2a",),
        fields=FINDING_FIELDS,
    ),
    Step(
        "close",
        _("Close the audit"),
        frm=HELD,
        to="closed",
        by={"officer"},
        guard=guards.findings_are_closed,
        closes=True,
    ),
    Step(
        "cancel",
        _("Cancel the audit"),
        frm=BEFORE,
        to="cancelled",
        by=CUSTOMER,
        closes=True,
        help=_("A cancelled audit counts for nothing."),
        fields=(REASON,),
    ),
    Step(
        "decline",
        _("Decline this audit"),
        frm=BEFORE,
        to="declined",
        by={"approver"},
        two_people=True,
        closes=True,
        help=_("The customer has a right to audits: only where no auditor is named that 10.2 allows."),
        fields=(REASON,),
        notice=Notice("audits/declined"),
    ),
)

AUDIT = Clause(
    kind="audit",
    title=_("Audit"),
    plural=_("Audits"),
    prefix="AU",
    of="agreement",
    detail=Audit,
    states={
        "requested": _("to be dated"),
        "wished": _("slot proposed by the customer"),
        "offered": _("slot proposed by us"),
        "agreed": _("agreed"),
        "running": _("under way"),
        "conducted": _("conducted"),
        "reported": _("reported"),
        "closed": _("closed"),
        "cancelled": _("cancelled"),
        "declined": _("declined"),
    },
    steps=STEPS,
    duties=AUDIT_DUTIES,
    terms=AUDIT_TERMS,
    pages=(Page("audit-entitlements", _("Free or billable?"), of="kind"),),
)
