"""The kind `disclosure_notice`: what one customer is told of a demand, before access or once telling is allowed."""

from django.utils.translation import gettext_lazy as _

from disclosures import secrecy
from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Facts,
    Field,
    Notice,
    On,
    Rung,
    Start,
    Step,
)
from obligations.clauses import TermSpec as Spec
from obligations.models import Matter
from obligations.signatures import SIGNATURE

ON_ITS_WAY = ("sent", "bounced")
TOLD = (*ON_ITS_WAY, "received")
TEXT = Field("text", "long_text", _("What the customer must know"), _("Sent as written."))
NAME = Field("typed_name", "text", _("Name"), _("Of the person who consents; it counts as signature."))
THE_NOTICE = Notice(
    "disclosures/notice", on_receipt="received", on_failure="bounced", on_exhausted="unreachable"
)


def access_is_planned(row: Matter, facts: Facts) -> bool:
    """Notice before access (7.1c) is owed as long as there was none."""
    return "planned_at" in facts


STEPS = (
    Step(
        "open",
        _("Notice owed"),
        frm=NEW,
        to="owed",
        by={"officer", "system"},
        fields=(
            Field("planned_at", "instant", _("Access not before"), required=False),
            Field("authority", "text", _("Who demands it")),
        ),
    ),
    Step(
        "send",
        _("Send the notice"),
        frm="owed",
        to="sent",
        by={"officer", "machine"},
        guard=secrecy.telling_is_allowed,
        covers=("7.1c", "7.1e"),
        fields=(TEXT,),
        notice=THE_NOTICE,
    ),
    Step("bounced", _("Bounced"), frm=TOLD, to="bounced", by={"system"}),
    Step("unreachable", _("No contact is left"), frm="bounced", to=SAME, by={"system"}),
    Step(
        "send_again",
        _("Send it again"),
        frm="bounced",
        to="sent",
        by={"officer"},
        guard=secrecy.telling_is_allowed,
        help=_("After a contact of the agreement was added or put right."),
        fields=(TEXT,),
        notice=THE_NOTICE,
    ),
    Step(
        "telephoned",
        _("Told by telephone"),
        frm=("owed", *ON_ITS_WAY),
        to="received",
        by={"officer"},
        happened="called_at",
        guard=secrecy.telling_is_allowed,
        help=_("Where the order leaves no time for a letter."),
        fields=(
            Field("called_at", "instant", _("When")),
            Field("spoke_with", "text", _("Who was told")),
        ),
    ),
    Step(
        "received",
        _("Confirm receipt"),
        frm=ON_ITS_WAY,
        to="received",
        by={"system", "contact", "signatory"},
    ),
    Step("forbidden", _("Telling is forbidden"), frm=("owed", *ON_ITS_WAY), to=SAME, by={"system"}),
    Step(
        "prohibition_ended",
        _("Telling is allowed again"),
        frm=("owed", *ON_ITS_WAY),
        to="owed",
        by={"system"},
    ),
    Step(
        "seek_order",
        _("We seek a protective order"),
        frm=TOLD,
        to=SAME,
        by={"contact", "signatory", "officer"},
        covers=("7.1c",),
        fields=(
            Field("where", "text", _("Court or authority")),
            Field("filed", "file", _("As it was filed"), required=False),
        ),
    ),
    Step(
        "consent",
        _("Consent to the disclosure"),
        frm=TOLD,
        to="received",
        by={"signatory"},
        covers=("7.1b",),
        fields=(NAME, Field("scope", "long_text", _("To what")), *SIGNATURE),
    ),
    Step(
        "record_consent",
        _("Record a letter of consent"),
        frm=TOLD,
        to="received",
        by={"officer"},
        covers=("7.1b",),
        fields=(NAME, Field("scope", "long_text", _("To what")), Field("letter", "file", _("Letter"))),
    ),
    Step(
        "withdraw_consent",
        _("Withdraw the consent"),
        frm="received",
        to=SAME,
        by={"signatory", "officer"},
        guard=secrecy.has_consented,
        fields=(Field("reason", "long_text", _("Reason")),),
    ),
    Step(
        "retract",
        _("Not this customer's content"),
        frm=("owed", *TOLD),
        to="retracted",
        by={"approver"},
        two_people=True,
        guard=secrecy.telling_is_allowed,
        closes=True,
        fields=(Field("reason", "long_text", _("Reason")),),
        notice=Notice("disclosures/retraction", to="told"),
    ),
)
DUTIES = (
    Duty(
        "notify",
        _("Tell the customer before access"),
        source="7.1c",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("received", "telephoned", "consent", "record_consent"),
        ends=("retract", "forbidden"),
        due_fact="planned_at",
        applies=access_is_planned,
        term="disclosures.notice.before",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 1, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 1, "business days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
    Duty(
        "inform",
        _("Tell the customer what could not be told before"),
        source="7.1e",
        owed_by=PROCESSOR,
        starts=(Start("prohibition_ended"),),
        met_by=("received", "telephoned", "consent", "record_consent"),
        ends=("retract",),
        term="disclosures.release.inform.within",
        ladder=(
            Rung("after start", 0, to=("owner", "approvers")),
            Rung("before target", 4, "hours"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
)

NOTICE = Clause(
    kind="disclosure_notice",
    title=_("Notice of a demand"),
    plural=_("Notices of demands"),
    prefix="DN",
    of="agreement",
    opened_by_hand=False,
    states={
        "owed": _("to be told"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received by the customer"),
        "retracted": _("retracted"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=(
        Spec(
            "disclosures.notice.before",
            "period",
            {"word": "reasonable notice", "target": {"business_days": 5}},
            _("Notice before access"),
            covers=("7.1c",),
        ),
        Spec(
            "disclosures.release.inform.within",
            "period",
            {"word": "promptly", "target": {"business_days": 1}},
            _("Notice after a prohibition ends"),
        ),
    ),
    on=(
        On("disclosure", "gag", takes="forbidden", of=secrecy.untold_below),
        On("disclosure", "release", takes="prohibition_ended", of=secrecy.untold_below),
    ),
)
