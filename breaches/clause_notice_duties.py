"""What we owe a customer for a breach, and what it then owes its authority."""

from django.utils.translation import gettext_lazy as _

from breaches import confirming
from obligations.clauses import CONTROLLER, PROCESSOR, Duty, Facts, Rung, Start, TermSpec
from obligations.models import Agreement, Matter

ENDS = ("retract", "not_needed", "withdrawn")


def customer_is_controller(notice: Matter, facts: Facts) -> bool:
    """The 72 hours are a controller's own; a customer that is itself a processor tells its controller (3.1)."""
    return (
        notice.agreement is not None and notice.agreement.customer_role == Agreement.CustomerRole.CONTROLLER
    )


def more_follows(notice: Matter, facts: Facts) -> bool:
    """Information is given in phases until a supplement says that it is the last (Art. 33(4))."""
    return not facts.get("last")


NOTICE_DUTIES = (
    Duty(
        "notify_customer",
        _("Notify the customer"),
        source="11.1a",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("confirmed", fact="confirmed_at")),
        met_by=("received", "telephoned"),
        ends=ENDS,
        applies=confirming.must_be_told,
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
        "telephone",
        _("Telephone: no mail arrives"),
        source="11.1a",
        owed_by=PROCESSOR,
        starts=(Start("unreachable"),),
        met_by=("telephoned",),
        ends=("received", *ENDS),
        term="breaches.telephone.within",
        ladder=(
            Rung("after start", 0, to=("owner", "deputy")),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 1, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "first_report",
        _("First full report"),
        source="11.2a",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("confirmed", fact="confirmed_at")),
        met_by=("supplement",),
        ends=ENDS,
        applies=confirming.counts,
        term="breaches.first_report.within",
        ladder=(
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "next_supplement",
        _("Next supplement"),
        source="11.2a",
        owed_by=PROCESSOR,
        starts=(Start("supplement"),),
        met_by=("supplement",),
        ends=ENDS,
        applies=more_follows,
        term="breaches.supplement.within",
        ladder=(
            Rung("before target", 2, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "guide_customer",
        _("Guide the customer"),
        source="11.2b",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="suspected_at"), Start("confirmed", fact="confirmed_at")),
        met_by=("guidance",),
        ends=ENDS,
        applies=confirming.counts,
        term="breaches.guidance.within",
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
        starts=(
            Start("received"),
            Start("telephoned", fact="called_at"),
            Start("relayed", provisional=True),
        ),
        met_by=("authority_informed", "not_required"),
        ends=ENDS,
        applies=customer_is_controller,
        term="breaches.inform_authority.within",
        ladder=(
            Rung("at target", to=("owner", "contacts")),
            Rung("before due", 48, "hours", to="contacts"),
            Rung("before due", 24, "hours", to="contacts"),
            Rung("before due", 12, "hours", to="contacts"),
            Rung("before due", 4, "hours", to="contacts"),
            Rung("before due", 1, "hours", to="contacts"),
            Rung("at due", to=("owner", "contacts")),
        ),
    ),
    Duty(
        "inform_authority_by_law",
        _("Inform the authority, counted from the customer's own awareness"),
        source="S1",
        owed_by=CONTROLLER,
        starts=(Start("aware_earlier", fact="known_at"),),
        met_by=("authority_informed", "not_required"),
        ends=ENDS,
        applies=customer_is_controller,
        term="statutory.inform_authority.within",
        ladder=(
            Rung("at target", to=("owner", "contacts")),
            Rung("before due", 24, "hours", to=("owner", "contacts")),
            Rung("before due", 4, "hours", to="contacts"),
            Rung("at due", to=("owner", "contacts")),
        ),
    ),
)

NOTICE_TERMS = (
    TermSpec(
        "breaches.notify_customer.within",
        "period",
        {"word": "immediately", "target": {"hours": 4}},
        _("Notify the customer of a breach"),
    ),
    TermSpec(
        "breaches.telephone.within",
        "period",
        {"word": "immediately", "target": {"hours": 1}},
        _("Telephone when no mail arrives"),
    ),
    TermSpec(
        "breaches.first_report.within",
        "period",
        {"word": "reasonable", "target": {"hours": 24}},
        _("First full report on a breach"),
    ),
    TermSpec(
        "breaches.supplement.within",
        "period",
        {"word": "reasonable", "target": {"hours": 24}},
        _("Next supplement on a breach"),
    ),
    TermSpec(
        "breaches.guidance.within",
        "period",
        {"word": "reasonable", "target": {"hours": 24}},
        _("Guidance on telling others of a breach"),
    ),
    TermSpec(
        "breaches.inform_authority.within", "period", {"hours": 72}, _("Customer informs its authority")
    ),
)
