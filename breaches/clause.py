"""Clause 11: personal data breach notification. Read this first.

A breach, actual or suspected, at the processor or a sub-processor, has one `breach_notice` per affected
agreement. The processor must notify immediately (11.1a); the customer's 72 hours to its authority start
when it receives the notice (11.1b); information and guidance follow (11.2a, 11.2b).
"""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from breaches.models import Breach
from obligations.clauses import (
    CONTROLLER,
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Draft,
    Duty,
    Facts,
    Field,
    Notice,
    Rung,
    Start,
    Step,
    TermSpec,
)
from obligations.models import Agreement, Matter, Obligation

WHERE = (("processor", _("At 365 AITECH")), ("sub-processor", _("At a sub-processor")))
CATEGORIES = (("customer_content", _("Customer Content")),)

TEXT = Field(
    "text", "long_text", _("What the customer must know"), _("Sent as written. Say what is not known yet.")
)
REASON = Field("reason", "long_text", _("Reason"), _("Kept in the file and told to the customer."))
INFORMED_AT = Field("informed_at", "instant", _("When the authority was informed"))
RECEIPT = Field("receipt", "text", _("The authority's receipt"), _("Its reference number."), required=False)
SUSPECTED_AT = Field(
    "suspected_at",
    "instant",
    _("First suspected"),
    _("When we first had reason to suspect it: the clock starts here."),
)


def notices_for(breaches: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One notice for each affected agreement. The portal never reads the breach: the notice has its own copy."""
    wanted = {pk for breach in breaches for pk in facts[breach.pk]["agreements"]}
    titles = dict(Agreement.objects.filter(pk__in=wanted).values_list("pk", "title"))
    return {
        breach.pk: [
            Draft("breach_notice", titles.get(pk, ""), pk, {"suspected_at": facts[breach.pk]["suspected_at"]})
            for pk in facts[breach.pk]["agreements"]
        ]
        for breach in breaches
    }


def customers_have_time_left(breaches: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A breach cannot be closed while a notice is unsent or a customer's time to inform its authority runs."""
    children = Obligation.objects.filter(
        matter__parent__in=[breach.pk for breach in breaches], state=Obligation.State.OPEN
    ).select_related("matter")
    reasons: dict[int, str] = {}
    for row in children.order_by("due_at", "id"):
        if row.duty == "notify_customer":
            reasons.setdefault(row.matter.parent_id, _not_notified(row))
        elif row.duty == "inform_authority" and row.due_at and row.due_at > now:
            reasons.setdefault(row.matter.parent_id, _has_until(row))
    return reasons


def _not_notified(row: Obligation) -> str:
    return f"{row.matter.title}: the notice has not been received yet. You can close when it has."


def _has_until(row: Obligation) -> str:
    return (
        f"{row.matter.title}: the customer has until {row.due_at:%a %-d %B, %H:%M} UTC to inform its authority. "
        "You can close when it has, or after that time."
    )


def customer_is_controller(notice: Matter, facts: Facts) -> bool:
    """The 72 hours are a controller's own; a customer that is itself a processor tells its controller (3.1)."""
    return (
        notice.agreement is not None and notice.agreement.customer_role == Agreement.CustomerRole.CONTROLLER
    )


BREACH = Clause(
    kind="breach",
    title=_("Breach"),
    plural=_("Breaches"),
    prefix="BR",
    detail=Breach,
    states={"suspected": _("suspected"), "closed": _("closed")},
    steps=(
        Step(
            "open",
            _("Report a suspected breach"),
            frm=NEW,
            to="suspected",
            by={"officer", "approver", "machine"},
            happened="suspected_at",
            spawns=notices_for,
            fields=(
                SUSPECTED_AT,
                Field("happened_at", "instant", _("When it happened"), _("If known."), required=False),
                Field("where", "choice", _("Where"), choices=WHERE),
                Field("sub_processor", "text", _("Sub-processor"), required=False),
                Field("categories", "choice", _("Data"), choices=CATEGORIES),
                Field(
                    "description", "long_text", _("What is known"), _("Facts only; not sent to anybody yet.")
                ),
                Field("agreements", "agreements", _("Affected agreements")),
            ),
        ),
        Step(
            "close",
            _("Close"),
            frm="suspected",
            to="closed",
            by={"officer"},
            guard=customers_have_time_left,
            closes=True,
            fields=(
                Field("conclusion", "long_text", _("Conclusion"), _("Cause, effects and remedial action.")),
            ),
        ),
    ),
)

NOTICE = Clause(
    kind="breach_notice",
    title=_("Breach notice"),
    plural=_("Breach notices"),
    prefix="BN",
    opened_by_hand=False,
    states={
        "owed": _("owed"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received"),
        "informed": _("authority informed"),
        "retracted": _("retracted"),
    },
    steps=(
        Step(
            "open",
            _("Owe"),
            frm=NEW,
            to="owed",
            by={"system"},
            happened="suspected_at",
            fields=(SUSPECTED_AT,),
        ),
        Step(
            "send",
            _("Send the notice"),
            frm="owed",
            to="sent",
            by={"officer", "machine"},
            fields=(TEXT,),
            notice=Notice("breaches/notice", on_receipt="received", on_relay="relayed", on_failure="bounced"),
        ),
        Step("relayed", _("Accepted by a relay"), frm="sent", to=SAME, by={"system"}),
        Step(
            "received",
            _("Confirm receipt"),
            frm=("sent", "bounced"),
            to="received",
            by={"system", "contact", "signatory"},
        ),
        Step("bounced", _("Bounced"), frm="sent", to="bounced", by={"system"}),
        Step(
            "supplement",
            _("Send a supplement"),
            frm=("sent", "bounced", "received", "informed"),
            to=SAME,
            by={"officer", "machine"},
            fields=(TEXT,),
            notice=Notice("breaches/supplement", to="told"),
        ),
        Step(
            "authority_informed",
            _("Authority informed"),
            frm="received",
            to="informed",
            by={"signatory", "officer"},
            happened="informed_at",
            fields=(INFORMED_AT, RECEIPT),
        ),
        Step(
            "not_required",
            _("No notification required"),
            frm="received",
            to="informed",
            by={"signatory"},
            fields=(REASON,),
        ),
        Step(
            "retract",
            _("Retract: not a breach"),
            frm=("owed", "sent", "bounced", "received", "informed"),
            to="retracted",
            by={"approver"},
            two_people=True,
            closes=True,
            fields=(REASON,),
            notice=Notice("breaches/retraction", to="told"),
        ),
    ),
    duties=(
        Duty(
            "notify_customer",
            _("Notify the customer"),
            source="11.1a",
            owed_by=PROCESSOR,
            starts=(Start("open", fact="suspected_at"),),
            met_by=("received",),
            ends=("retract",),
            term="breaches.notify_customer.within",
            ladder=(
                Rung("after start", 0),
                Rung("after start", 1, "hours", to="deputy"),
                Rung("before target", 30, "minutes"),
                Rung("at target", to="approvers"),
                Rung("before due", 4, "hours"),
                Rung("after due every", 1, "hours", to="admins"),
            ),
        ),
        Duty(
            "first_report",
            _("First full report"),
            source="11.2a",
            owed_by=PROCESSOR,
            starts=(Start("open", fact="suspected_at"),),
            met_by=("supplement",),
            ends=("retract",),
            term="breaches.first_report.within",
            ladder=(
                Rung("before target", 4, "hours"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 4, "hours"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
        Duty(
            "inform_authority",
            _("Inform the supervisory authority"),
            source="11.1b",
            owed_by=CONTROLLER,
            starts=(Start("received"), Start("relayed", provisional=True)),
            met_by=("authority_informed", "not_required"),
            ends=("retract",),
            applies=customer_is_controller,
            term="breaches.inform_authority.within",
            ladder=(
                Rung("at target", to=("owner", "contacts")),
                Rung("before due", 48, "hours", to="contacts"),
                Rung("before due", 24, "hours", to="contacts"),
                Rung("before due", 4, "hours", to="contacts"),
                Rung("at due", to=("owner", "contacts")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "breaches.notify_customer.within",
            "period",
            {"word": "immediately", "target": {"hours": 4}},
            _("Notify the customer of a breach"),
        ),
        TermSpec(
            "breaches.first_report.within",
            "period",
            {"word": "reasonable", "target": {"hours": 24}},
            _("First full report on a breach"),
        ),
        TermSpec(
            "breaches.inform_authority.within", "period", {"hours": 72}, _("Customer informs its authority")
        ),
        TermSpec("breaches.suspected_counts", "boolean", True, _("A suspicion is enough to notify")),
    ),
)

ROOM = (BREACH, NOTICE)
