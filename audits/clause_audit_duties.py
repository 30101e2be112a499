"""What we owe in an audit, and the terms that steer it (10.2, 10.3)."""

from django.utils.translation import gettext_lazy as _

from audits.handing_over import BUSINESS_LADDER
from obligations.clauses import PROCESSOR, Duty, Rung, Start, TermSpec

ENDS = ("cancel", "decline")
AGREED = ("agree", "record_agreement", "accept_wish")
AUDIT_DUTIES = (
    Duty(
        "agree_date",
        _("Agree on a date"),
        source="10.2a",
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("move")),
        met_by=AGREED,
        ends=ENDS,
        term="audits.date.within",
        ladder=BUSINESS_LADDER,
    ),
    Duty(
        "allow",
        _("Allow and assist in the agreed slot"),
        source="10.2b",
        owed_by=PROCESSOR,
        starts=tuple(Start(step) for step in AGREED),
        met_by=("begin",),
        ends=("move", *ENDS),
        due_fact="ends_at",
        term="audits.prepare.before",
        ladder=(
            Rung("before target", 5, "business days"),
            Rung("at target", to=("owner", "deputy")),
            Rung("before due", 1, "business days", to=("owner", "deputy")),
            Rung("before due", 4, "hours", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
)
AUDIT_TERMS = (
    TermSpec(
        "audits.date.within",
        "period",
        {"word": "reasonable", "target": {"business_days": 10}},
        _("Agree on the date of an audit"),
    ),
    TermSpec(
        "audits.prepare.before",
        "period",
        {"word": "none named", "target": {"business_days": 5}},
        _("Be ready before an audit: auditor checked, people and documents there"),
    ),
    TermSpec(
        "audits.hours",
        "choice",
        "business_hours",
        _("Audits take place"),
        choices=("business_hours", "any_time"),
        covers=("10.2b",),
    ),
    TermSpec(
        "audits.auditor",
        "choice",
        "bound_and_no_competitor",
        _("An auditor must be"),
        choices=("bound_and_no_competitor", "bound", "any"),
        covers=("10.2c",),
    ),
    TermSpec("audits.free", "number", 1, _("Free audits in the window"), covers=("10.3a",)),
    TermSpec("audits.window", "period", {"months": 12}, _("Window of free audits"), covers=("10.3a",)),
    TermSpec(
        "audits.mode",
        "choice",
        "rolling",
        _("How the window counts"),
        choices=("rolling", "rolling_any", "calendar_year", "contract_year"),
        covers=("10.3a",),
    ),
    TermSpec(
        "audits.fees",
        "choice",
        "customer",
        _("Further audits are paid by"),
        choices=("customer", "processor"),
        covers=("10.3a", "17.2"),
    ),
)
