"""The kind `termination_notice`: the end of the services after a failed amendment (4.2c)."""

from django.utils.translation import gettext_lazy as _

from agreements import lifetime
from obligations.clauses import NEW, PROCESSOR, Clause, Duty, Field, Notice, Rung, Start, Step, TermSpec

REASON = Field("reason", "long_text", _("Reason"))
END_ON = Field(
    "end_on", "date", _("Services end on"), _("The last day. At least the agreed notice must lie before it.")
)
STEPS = (
    Step(
        "open",
        _("Prepare a notice of termination"),
        frm=NEW,
        to="given",
        by={"officer", "approver", "signatory"},
        check=lifetime.change_has_failed,
        fields=(END_ON, REASON),
    ),
    Step(
        "send",
        _("Send the notice"),
        frm=("given", "bounced"),
        to="sent",
        by={"approver"},
        fields=(Field("text", "long_text", _("Text of the notice"), _("Sent as written.")),),
        notice=Notice("agreements/termination", on_receipt="received", on_failure="bounced"),
    ),
    Step("bounced", _("Bounced"), frm="sent", to="bounced", by={"system"}),
    Step(
        "received",
        _("Confirm receipt"),
        frm=("sent", "bounced"),
        to="received",
        by={"system", "contact", "signatory"},
    ),
    Step(
        "record_receipt",
        _("Record that we received the customer's notice"),
        frm="given",
        to="received",
        by={"officer"},
        happened="received_at",
        fields=(
            Field("received_at", "instant", _("Received at")),
            Field("letter", "file", _("The written notice")),
        ),
    ),
    Step(
        "take_effect",
        _("The services have ended"),
        frm="received",
        to="effective",
        by={"officer"},
        check=lifetime.ends_after_receipt,
        closes=True,
        help=_("Opens the exit of the agreement."),
        fields=(Field("last_day", "date", _("Last day of the services")),),
    ),
    Step(
        "withdraw",
        _("Withdraw the notice"),
        frm=("given", "sent", "bounced", "received"),
        to="withdrawn",
        by={"approver", "signatory"},
        closes=True,
        fields=(REASON,),
    ),
)
DUTIES = (
    Duty(
        "deliver",
        _("Have the notice received in time"),
        source="4.2c",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("received", "record_receipt"),
        ends=("withdraw",),
        due_fact="end_on",
        term="agreements.termination.notice",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 7, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "end_services",
        _("End the services on the day of the notice"),
        source="4.2c",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("take_effect",),
        ends=("withdraw",),
        due_fact="end_on",
        ladder=(
            Rung("at target"),
            Rung("before due", 7, "days"),
            Rung("before due", 1, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
)

TERMINATION = Clause(
    kind="termination_notice",
    title=_("Notice of termination"),
    plural=_("Notices of termination"),
    prefix="TN",
    of="agreement",
    states={
        "given": _("prepared"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received"),
        "effective": _("effective"),
        "withdrawn": _("withdrawn"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=(
        TermSpec(
            "agreements.termination.notice",
            "period",
            {"days": 30, "minimum": True},
            _("Notice of termination"),
        ),
    ),
)
