"""The kind `information_request`: what shows that we comply, on request (10.1)."""

from django.utils.translation import gettext_lazy as _

from audits.handing_over import BUSINESS_LADDER, CUSTOMER, EITHER, REASON, TEXT, notice_of, receipt_steps
from obligations.clauses import NEW, PROCESSOR, Clause, Duty, Field, Start, Step, TermSpec

ANSWER = notice_of("audits/information")
QUESTION = Field("question", "long_text", _("What the customer wants to know"))
STEPS = (
    Step(
        "open",
        _("Ask for information"),
        frm=NEW,
        to="requested",
        by=EITHER,
        covers=("10.1",),
        help=_("What shows that we comply with data protection law: reports, certificates, answers."),
        fields=(QUESTION, Field("letter", "file", _("Letter of the customer"), required=False)),
    ),
    Step(
        "send",
        _("Deliver the documents"),
        frm="requested",
        to="sent",
        by={"officer", "machine"},
        help=_(
            "The mail says that they are here; the files wait behind the sign-in. Met once it is received."
        ),
        fields=(
            TEXT,
            Field("documents", "file", _("Documents")),
            Field("more", "file", _("More documents"), required=False),
        ),
        notice=ANSWER,
    ),
    *receipt_steps(ANSWER),
    Step("ask_more", _("Ask for more"), frm="received", to="requested", by=EITHER, fields=(QUESTION,)),
    Step("close", _("Answered in full"), frm="received", to="closed", by=EITHER, closes=True),
    Step(
        "withdraw",
        _("Withdraw the request"),
        frm=("requested", "sent", "bounced"),
        to="withdrawn",
        by=CUSTOMER,
        closes=True,
        fields=(REASON,),
    ),
)

INFORMATION_REQUEST = Clause(
    kind="information_request",
    title=_("Request for information"),
    plural=_("Requests for information"),
    prefix="IR",
    of="agreement",
    states={
        "requested": _("to be answered"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received by the customer"),
        "closed": _("closed"),
        "withdrawn": _("withdrawn"),
    },
    steps=STEPS,
    duties=(
        Duty(
            "deliver",
            _("Deliver what shows that we comply"),
            source="10.1",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("ask_more")),
            met_by=("received",),
            ends=("withdraw",),
            term="audits.information.within",
            ladder=BUSINESS_LADDER,
        ),
    ),
    terms=(
        TermSpec(
            "audits.information.within",
            "period",
            {"word": "timely", "target": {"business_days": 10}},
            _("Information on compliance"),
        ),
    ),
)
