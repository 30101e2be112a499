"""The kind `audit_finding`: what an audit found, until both sides see it closed (10.2)."""

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from audits.fields import FINDING_FIELDS
from audits.handing_over import BUSINESS_LADDER, EITHER, REASON
from obligations.clauses import (
    NEW,
    PROCESSOR,
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
from obligations.models import Matter


def findings(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One matter for each finding, below its audit."""
    return {
        row.pk: [Draft("audit_finding", facts[row.pk]["finding"], row.agreement_id, facts[row.pk])]
        for row in rows
    }


FINDING = Clause(
    kind="audit_finding",
    title=_("Finding of an audit"),
    plural=_("Findings of audits"),
    prefix="AF",
    of="agreement",
    opened_by_hand=False,
    states={
        "open": _("open"),
        "planned": _("planned"),
        "resolved": _("resolved, to be confirmed"),
        "closed": _("closed"),
        "dropped": _("dropped"),
    },
    steps=(
        Step("open", _("Finding"), frm=NEW, to="open", by=EITHER, covers=("10.2a",), fields=FINDING_FIELDS),
        Step(
            "plan",
            _("Say what is done, and by when"),
            frm="open",
            to="planned",
            by={"officer"},
            fields=(
                Field("action", "long_text", _("What is done")),
                Field("done_by", "date", _("Done by"), _("From then on it is late.")),
            ),
        ),
        Step(
            "resolve",
            _("Resolved"),
            frm=("open", "planned"),
            to="resolved",
            by={"officer"},
            fields=(
                Field("what", "long_text", _("What was done")),
                Field("proof", "file", _("Proof"), required=False),
            ),
            notice=Notice("audits/finding"),
        ),
        Step("confirm", _("Confirm: closed"), frm="resolved", to="closed", by=EITHER, closes=True),
        Step("reopen", _("Not resolved"), frm="resolved", to="open", by=EITHER, fields=(REASON,)),
        Step(
            "drop",
            _("Drop the finding"),
            frm=("open", "planned", "resolved"),
            to="dropped",
            by={"contact", "signatory"},
            closes=True,
            help=_("The auditor or the customer takes it back."),
            fields=(REASON,),
        ),
    ),
    duties=(
        Duty(
            "plan",
            _("Say what is done about a finding"),
            source="10.2a",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("reopen")),
            met_by=("plan", "resolve"),
            ends=("drop",),
            term="audits.finding.plan.within",
            ladder=BUSINESS_LADDER,
        ),
        Duty(
            "resolve",
            _("Resolve a finding"),
            source="10.2a",
            owed_by=PROCESSOR,
            starts=(Start("plan"),),
            met_by=("resolve",),
            ends=("drop",),
            due_fact="done_by",
            term="audits.finding.remind.before",
            ladder=(
                Rung("before target", 7, "days"),
                Rung("at target"),
                Rung("before due", 2, "business days", to=("owner", "deputy")),
                Rung("at due", to=("owner", "approvers", "admins")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "audits.finding.plan.within",
            "period",
            {"word": "none named", "target": {"business_days": 10}},
            _("Say what is done about a finding"),
        ),
        TermSpec(
            "audits.finding.remind.before",
            "period",
            {"word": "none named", "target": {"days": 7}},
            _("Work on a finding before its day"),
        ),
    ),
)
