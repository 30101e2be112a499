"""The kind `dsar_forwarding`: one request on its way to one customer, and what the customer then asks (7.2, 7.3)."""

from django.utils.translation import gettext_lazy as _

from dsars import purging, subjects
from obligations.clauses import (
    CONTROLLER,
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Facts,
    Field,
    Notice,
    Page,
    Rung,
    Start,
    Step,
    TermSpec,
)
from obligations.models import Agreement, Matter

THE_FORWARDING = Notice(
    "dsars/forwarding", on_receipt="received", on_failure="bounced", on_exhausted="unreachable"
)
ON_ITS_WAY = ("sent", "bounced")
HANDED_OVER = ("received", "answered")


def customer_is_controller(row: Matter, facts: Facts) -> bool:
    """The month is a controller's own; a customer that is a processor passes the request on (3.1)."""
    return row.agreement is not None and row.agreement.customer_role == Agreement.CustomerRole.CONTROLLER


STEPS = (
    Step(
        "open",
        _("To be forwarded"),
        frm=NEW,
        to="owed",
        by={"officer", "system"},
        also=subjects.keep,
        check=subjects.names_nobody,
        fields=(
            Field("identified_at", "instant", _("Identified")),
            Field("received_at", "instant", _("Received")),
            Field("right", "text", _("It asks for")),
            *subjects.PRIVATE,
        ),
    ),
    Step(
        "send",
        _("Forward the request"),
        frm="owed",
        to="sent",
        by={"officer", "machine"},
        help=_("The mail names no person: the customer signs in and reads the request, unchanged."),
        notice=THE_FORWARDING,
    ),
    Step("bounced", _("Bounced"), frm=("sent", "bounced", "received"), to="bounced", by={"system"}),
    Step("unreachable", _("No contact is left"), frm="bounced", to=SAME, by={"system"}),
    Step(
        "send_again",
        _("Forward it again"),
        frm="bounced",
        to="sent",
        by={"officer"},
        help=_("After a contact of the agreement was added or put right."),
        notice=THE_FORWARDING,
    ),
    Step(
        "received",
        _("Confirm receipt"),
        frm=ON_ITS_WAY,
        to="received",
        by={"system", "contact", "signatory"},
    ),
    Step(
        "instruct",
        _("Ask for assistance"),
        frm=HANDED_OVER,
        to=SAME,
        by={"contact", "signatory", "officer"},
        covers=("7.2",),
        check=subjects.names_nobody,
        fields=(Field("instruction", "long_text", _("What we should do"), _("Without naming the person.")),),
    ),
    Step(
        "assisted",
        _("Assistance given"),
        frm=HANDED_OVER,
        to=SAME,
        by={"officer"},
        guard=subjects.assistance_is_asked,
        covers=("7.2",),
        check=subjects.names_nobody,
        fields=(
            Field("what", "long_text", _("What was done"), _("Without naming the person.")),
            Field("files", "file", _("What was delivered"), required=False, private=True),
        ),
    ),
    Step(
        "record_reply",
        _("Record what the data subject was told"),
        frm=("owed", *ON_ITS_WAY, *HANDED_OVER),
        to=SAME,
        by={"officer"},
        guard=subjects.reply_is_agreed,
        covers=("7.3a",),
        help=_("Only where the agreement allows a reply."),
        check=subjects.names_nobody,
        fields=(Field("what", "long_text", _("What was said"), _("Without naming the person.")),),
    ),
    Step(
        "customer_answered",
        _("The customer has answered"),
        frm="received",
        to="answered",
        by={"contact", "signatory", "officer"},
    ),
    Step(
        "retract",
        _("Not this customer's request"),
        frm=("owed", *ON_ITS_WAY, *HANDED_OVER),
        to="retracted",
        by={"approver"},
        two_people=True,
        check=subjects.names_nobody,
        fields=(Field("reason", "long_text", _("Reason"), _("Without naming the person.")),),
        notice=Notice("dsars/retraction", to="told"),
    ),
    Step(
        "purge",
        _("Purge the data subject's data"),
        frm=(*HANDED_OVER, "retracted"),
        to="purged",
        by={"officer", "system"},
        guard=purging.nothing_needs_it,
        also=purging.purge,
        check=subjects.names_nobody,
        closes=True,
        help=_("Deletes the name, the contact and every file. What was done and when stays."),
        fields=(Field("why", "text", _("Why now"), _("Without naming the person."), required=False),),
    ),
)
DUTIES = (
    Duty(
        "forward",
        _("Forward the request"),
        source="7.3b",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="identified_at"),),
        met_by=("received",),
        ends=("retract",),
        term="dsars.forward.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 5, "business days"),
            Rung("before due", 2, "business days", to=("owner", "deputy")),
            Rung("before due", 1, "business days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
            Rung("after due every", 1, "days", to="admins"),
        ),
    ),
    Duty(
        "assist",
        _("Assist as the customer instructs"),
        source="7.3c",
        owed_by=PROCESSOR,
        starts=(Start("instruct"),),
        met_by=("assisted",),
        ends=("retract",),
        term="dsars.assist.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 2, "business days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "answer_subject",
        _("Answer the data subject"),
        source="S5",
        owed_by=CONTROLLER,
        starts=(Start("received"),),
        met_by=("customer_answered",),
        ends=("retract", "purge"),
        applies=customer_is_controller,
        term="statutory.answer_request.within",
        ladder=(
            Rung("before target", 10, "days", to=("owner", "contacts")),
            Rung("at target", to=("owner", "contacts")),
            Rung("before due", 10, "days", to=("owner", "contacts")),
            Rung("before due", 3, "days", to="contacts"),
            Rung("at due", to="owner"),
        ),
    ),
    Duty(
        "purge",
        _("Purge the data subject's data"),
        source="7.3b",
        owed_by=PROCESSOR,
        starts=(Start("received"), Start("retract")),
        met_by=("purge",),
        term="dsars.purge.within",
        ladder=subjects.PURGE_LADDER,
    ),
)
TERMS = (
    TermSpec(
        "dsars.forward.within",
        "period",
        {"business_days": 10},
        _("Forward a data subject's request"),
    ),
    TermSpec(
        "dsars.reply",
        "choice",
        "never",
        _("We may reply to a data subject"),
        choices=("never", "redirect_only", "confirm_forwarding", "with_consent"),
        covers=("7.3a",),
    ),
    TermSpec(
        "dsars.assist.within",
        "period",
        {"word": "reasonable", "target": {"business_days": 5}},
        _("Assist with a request"),
    ),
)

FORWARDING = Clause(
    kind="dsar_forwarding",
    title=_("Forwarded request"),
    plural=_("Forwarded requests"),
    prefix="DF",
    of="agreement",
    opened_by_hand=False,
    states={
        "owed": _("to be forwarded"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received by the customer"),
        "answered": _("answered by the customer"),
        "retracted": _("retracted"),
        "purged": _("purged"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
    pages=(Page("data-subject", _("Who asks"), customers=True),),
)
