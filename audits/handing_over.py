"""Steps and rungs that several kinds share: what is sent counts when it is received."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import SAME, Field, Notice, Rung, Step

CUSTOMER = frozenset({"contact", "signatory"})
EITHER = CUSTOMER | {"officer"}
UNDER_WAY = ("sent", "bounced")
REASON = Field("reason", "long_text", _("Reason"))
TEXT = Field("text", "long_text", _("What we tell the customer"), _("Without names of persons."))
TYPED_NAME = Field("typed_name", "text", _("Name"), _("Of the person who decides; it counts as signature."))
BUSINESS_LADDER = (
    Rung("after start", 0),
    Rung("before target", 2, "business days", to=("owner", "deputy")),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 2, "business days", to=("owner", "deputy")),
    Rung("at due", to=("owner", "approvers", "admins")),
)
DAY_LADDER = (
    Rung("after start", 0, to=("owner", "deputy")),
    Rung("before target", 4, "hours"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 4, "hours", to=("owner", "approvers")),
    Rung("at due", to=("owner", "approvers", "admins")),
)
PAY_LADDER = (
    Rung("before target", 7, "days", to="contacts"),
    Rung("at target", to=("owner", "contacts")),
    Rung("before due", 7, "days", to="contacts"),
    Rung("at due", to=("owner", "contacts")),
)
# A quote that nobody answers holds up the work: the customer is reminded, and its officer hears of it.
ANSWER_LADDER = (
    Rung("before target", 3, "business days", to="contacts"),
    Rung("at target", to=("owner", "contacts")),
    Rung("before due", 3, "business days", to="contacts"),
    Rung("at due", to=("owner", "contacts")),
)


def notice_of(template: str) -> Notice:
    """A notice whose receipt is proven, or whose failure is seen."""
    return Notice(template, on_receipt="received", on_failure="bounced", on_exhausted="unreachable")


def receipt_steps(notice: Notice) -> tuple[Step, ...]:
    """What follows from a notice that was sent."""
    return (
        Step(
            "received",
            _("Confirm receipt"),
            frm=UNDER_WAY,
            to="received",
            by=CUSTOMER | {"system"},
        ),
        # Even after receipt: a server that took a mail may send it back later.
        Step("bounced", _("Bounced"), frm=("sent", "bounced", "received"), to="bounced", by={"system"}),
        Step("unreachable", _("No contact is left"), frm="bounced", to=SAME, by={"system"}),
        Step(
            "send_again",
            _("Send it again"),
            frm="bounced",
            to="sent",
            by={"officer"},
            help=_("After a contact of the agreement was added or put right."),
            notice=notice,
        ),
    )
