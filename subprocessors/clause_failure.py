"""The kind `subprocessor_failure`: what a sub-processor failed to do, and we answer for in full (12.3)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import NEW, PROCESSOR, Clause, Duty, Field, Rung, Start, Step, TermSpec

FAILURE = Clause(
    kind="subprocessor_failure",
    title=_("Failure of a sub-processor"),
    plural=_("Failures of sub-processors"),
    prefix="SF",
    opened_by_hand=False,
    covers=("12.3",),
    states={"unresolved": _("unresolved"), "resolved": _("put right")},
    steps=(
        Step(
            "open",
            _("Record a failure"),
            frm=NEW,
            to="unresolved",
            by={"officer"},
            fields=(
                Field("what", "long_text", _("What it failed to do")),
                Field("failed_on", "date", _("Failed on")),
                Field("linked_to", "text", _("Breach or claim"), required=False),
            ),
        ),
        Step(
            "resolve",
            _("Put right"),
            frm="unresolved",
            to="resolved",
            by={"officer"},
            closes=True,
            fields=(
                Field("how", "long_text", _("How it was put right")),
                Field("owed", "text", _("What we owe to customers for it"), required=False),
            ),
        ),
    ),
    duties=(
        Duty(
            "resolve",
            _("Ensure that the sub-processor fulfils its obligations"),
            source="12.3",
            owed_by=PROCESSOR,
            starts=(Start("open"),),
            met_by=("resolve",),
            term="subprocessors.failure.within",
            ladder=(
                Rung("after start", 0, to=("owner", "approvers")),
                Rung("before target", 2, "business days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 2, "business days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "subprocessors.failure.within",
            "period",
            {"word": "without delay", "target": {"business_days": 10}},
            _("Put a sub-processor's failure right"),
        ),
        TermSpec(
            "subprocessors.liability",
            "choice",
            "fully",
            _("Liable for a sub-processor"),
            choices=("fully", "limited"),
            covers=("12.3",),
        ),
    ),
)
