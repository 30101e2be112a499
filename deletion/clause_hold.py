"""The kind `hold`: an order that stops erasure for a time. The contract knows only duties of law (14.x)."""

from django.utils.translation import gettext_lazy as _

from deletion.models import Hold
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

BASES = (("litigation", _("Litigation")), ("authority_order", _("Order of an authority")))
REASON = Field("reason", "long_text", _("Reason"))


HOLD = Clause(
    kind="hold",
    title=_("Hold"),
    plural=_("Holds"),
    prefix="HO",
    of="agreement",
    detail=Hold,
    states={
        "requested": _("requested"),
        "in_force": _("in force"),
        "released": _("released"),
        "refused": _("refused"),
    },
    steps=(
        Step(
            "open",
            _("Request a hold"),
            frm=NEW,
            to="requested",
            by={"officer"},
            help=_("From the request on nothing is erased that the hold covers."),
            fields=(
                Field("basis", "choice", _("Basis"), choices=BASES),
                Field(
                    "law",
                    "text",
                    _("Order, and the law that obliges us"),
                    _("Without a law the contract does not allow a hold: erasure is due."),
                ),
                Field("what", "long_text", _("Scope"), _("Which data; no data of persons here.")),
                Field(
                    "systems",
                    "long_text",
                    _("Systems"),
                    _("Names as in the plan, one in a line. Empty: everything."),
                    required=False,
                ),
            ),
        ),
        Step(
            "impose",
            _("Approve the hold"),
            frm="requested",
            to="in_force",
            by={"approver"},
            two_people=True,
        ),
        Step(
            "refuse",
            _("Refuse the hold"),
            frm="requested",
            to="refused",
            by={"approver"},
            closes=True,
            fields=(REASON,),
        ),
        Step(
            "review",
            _("Record a review: still needed"),
            frm="in_force",
            to=SAME,
            by={"officer"},
            fields=(Field("outcome", "long_text", _("Why it is still needed")),),
        ),
        Step(
            "conceal",
            _("Show it to named people only"),
            frm=("requested", "in_force"),
            to=SAME,
            by={"officer", "approver"},
            restricts="people",
            help=_("For an order that must stay secret: the customer does not see it either."),
            fields=(Field("people", "people", _("Who may see it"), _("An approver among them.")),),
        ),
        Step(
            "reveal",
            _("Show it to everybody again"),
            frm=("requested", "in_force"),
            to=SAME,
            by={"officer", "approver"},
            lifts=True,
            fields=(REASON,),
        ),
        Step(
            "release",
            _("Release the hold"),
            frm="in_force",
            to="released",
            by={"approver"},
            closes=True,
            fields=(REASON,),
        ),
    ),
    duties=(
        Duty(
            "decide",
            _("Decide on the hold"),
            source="14.x",
            owed_by=PROCESSOR,
            starts=(Start("open"),),
            met_by=("impose", "refuse"),
            term="deletion.hold.decide.within",
            ladder=(
                Rung("after start", 0, to=("owner", "approvers")),
                Rung("before target", 1, "business days", to="approvers"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 1, "business days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
        Duty(
            "review",
            _("Review the hold"),
            source="14.x",
            owed_by=PROCESSOR,
            starts=(Start("impose"), Start("review")),
            met_by=("review",),
            ends=("release",),
            term="deletion.hold.review.within",
            ladder=(
                Rung("before target", 14, "days"),
                Rung("before target", 3, "days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 7, "days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "deletion.hold.review.within",
            "period",
            {"word": "regularly", "target": {"days": 90}},
            _("Review of a hold"),
        ),
        TermSpec(
            "deletion.hold.decide.within",
            "period",
            {"word": "promptly", "target": {"business_days": 2}},
            _("Decide on a hold"),
        ),
    ),
)
