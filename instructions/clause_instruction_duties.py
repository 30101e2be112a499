"""Duties and terms of an instruction."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import PROCESSOR, Duty, Rung, Start, TermSpec

LADDER = (
    Rung("after start", 0),
    Rung("before target", 4, "hours"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 4, "hours"),
    Rung("at due", to=("owner", "approvers")),
)
SLOW_LADDER = (
    Rung("before target", 2, "business days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 2, "business days"),
    Rung("at due", to=("owner", "approvers")),
)
DUTIES = (
    Duty(
        "acknowledge",
        _("Acknowledge the instruction"),
        source="5.1a",
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("change")),
        met_by=("acknowledgment_received", "objection_received", "approve_for_customer"),
        ends=("withdraw",),
        term="instructions.acknowledge.within",
        ladder=LADDER,
    ),
    Duty(
        "answer",
        _("Say whether it is within the agreement"),
        source="5.2",
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("change"), Start("confirm_lawful")),
        met_by=("in_scope", "out_of_scope"),
        ends=("hold", "change", "withdraw"),
        term="instructions.answer.within",
        ladder=SLOW_LADDER,
    ),
    Duty(
        "execute",
        _("Execute the instruction"),
        source="5.1a",
        owed_by=PROCESSOR,
        starts=(Start("in_scope"),),
        met_by=("execute",),
        ends=("hold", "change", "withdraw"),
        term="instructions.execute.within",
        ladder=SLOW_LADDER,
    ),
    Duty(
        "inform",
        _("Tell the customer why it is believed unlawful"),
        source="5.3",
        owed_by=PROCESSOR,
        starts=(Start("hold", fact="believed_at"),),
        met_by=("objection_received",),
        ends=("confirm_lawful", "change", "withdraw"),
        term="instructions.unlawful.inform.within",
        ladder=(
            Rung("after start", 0, to=("owner", "approvers")),
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
)
TERMS = (
    TermSpec(
        "instructions.acknowledge.within",
        "period",
        {"word": "reasonable", "target": {"business_days": 1}},
        _("Acknowledge an instruction"),
    ),
    TermSpec(
        "instructions.answer.within",
        "period",
        {"word": "reasonable", "target": {"business_days": 5}},
        _("Say whether an instruction is within the agreement"),
    ),
    TermSpec(
        "instructions.execute.within",
        "period",
        {"word": "as instructed", "target": {"business_days": 10}},
        _("Execute an instruction"),
    ),
    TermSpec(
        "instructions.unlawful.inform.within",
        "period",
        {"word": "promptly", "target": {"business_days": 1}},
        _("Object to an unlawful instruction"),
    ),
    TermSpec(
        "instructions.out_of_scope",
        "choice",
        "amendment_in_force",
        _("Out of scope needs"),
        choices=("amendment_in_force", "written_agreement"),
        covers=("5.1b", "5.2"),
    ),
)
