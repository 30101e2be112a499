"""The kind `dpia`: help with a data protection impact assessment and with authorities (9.1, 9.2)."""

from django.utils.translation import gettext_lazy as _

from audits import quotes
from audits.fields import PRICE
from audits.handing_over import (
    BUSINESS_LADDER,
    CUSTOMER,
    EITHER,
    REASON,
    TEXT,
    UNDER_WAY,
    notice_of,
    receipt_steps,
)
from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, Notice, Start, Step, TermSpec

HELP = notice_of("audits/assessment")
QUESTION = Field("question", "long_text", _("What is needed"))
GROUNDS = (
    ("not_our_obligations", _("it is not related to our obligations under the agreement")),
    ("not_required", _("the law requires no assessment here")),
)
STEPS = (
    Step(
        "open",
        _("Ask for help with an assessment"),
        frm=NEW,
        to="requested",
        by=EITHER,
        covers=("9.1a",),
        fields=(
            Field("processing", "text", _("Processing that is assessed")),
            Field("required_by", "text", _("Law that requires it"), _("Such as Art. 35 GDPR.")),
            QUESTION,
        ),
    ),
    Step(
        "quote",
        _("Prepare a quote"),
        frm=("requested", "received"),
        to=SAME,
        by={"officer"},
        check=quotes.assistance_costs,
        spawns=quotes.drafts,
        covers=("9.2", "17.2"),
        help=_("Before the work, and only for what lies beyond the normal service (9.2)."),
        fields=PRICE,
    ),
    Step(
        "deliver",
        _("Deliver information and help"),
        frm="requested",
        to="sent",
        by={"officer"},
        guard=quotes.before_delivery,
        covers=("9.1a", "9.2"),
        fields=(TEXT, Field("documents", "file", _("Documents"))),
        notice=HELP,
    ),
    *receipt_steps(HELP),
    Step(
        "ask_more",
        _("Ask for more"),
        frm="received",
        to="requested",
        by=EITHER,
        fields=(QUESTION,),
    ),
    Step(
        "consult",
        _("Ask for help with an authority"),
        frm=("requested", *UNDER_WAY, "received"),
        to=SAME,
        by=EITHER,
        covers=("9.1b",),
        help=_(
            "Prior consultation: the authority has eight weeks, and six more if it says so (Art. 36 GDPR)."
        ),
        fields=(Field("wanted", "long_text", _("What is needed from us")),),
    ),
    Step(
        "consulted",
        _("Help with the authority given"),
        frm=("requested", *UNDER_WAY, "received"),
        to=SAME,
        by={"officer"},
        guard=quotes.before_delivery,
        covers=("9.1b",),
        fields=(
            Field("what", "long_text", _("What was done")),
            Field("correspondence", "file", _("Correspondence")),
        ),
    ),
    Step(
        "refuse",
        _("Refuse the help"),
        frm="requested",
        to="refused",
        by={"approver"},
        two_people=True,
        closes=True,
        covers=("9.1c",),
        help=_("Only what is not related to our obligations, and never without a reason (9.1)."),
        fields=(Field("ground", "choice", _("Because"), choices=GROUNDS, covers=("9.1c",)), REASON),
        notice=Notice("audits/refused"),
    ),
    Step(
        "withdraw",
        _("Withdraw the request"),
        frm=("requested", *UNDER_WAY),
        to="withdrawn",
        by=CUSTOMER,
        closes=True,
        fields=(REASON,),
    ),
    Step("close", _("Close"), frm="received", to="closed", by=EITHER, closes=True),
)

DPIA = Clause(
    kind="dpia",
    title=_("Impact assessment"),
    plural=_("Impact assessments"),
    prefix="IA",
    of="agreement",
    states={
        "requested": _("to be helped with"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received by the customer"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
        "closed": _("closed"),
    },
    steps=STEPS,
    duties=(
        Duty(
            "assist",
            _("Help with an impact assessment"),
            source="9.1a",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("ask_more")),
            met_by=("received",),
            ends=("refuse", "withdraw"),
            term="audits.dpia.within",
            ladder=BUSINESS_LADDER,
        ),
        Duty(
            "consult",
            _("Help with an authority"),
            source="9.1b",
            owed_by=PROCESSOR,
            starts=(Start("consult"),),
            met_by=("consulted",),
            ends=("refuse", "withdraw", "close"),
            term="audits.consultation.within",
            ladder=BUSINESS_LADDER,
        ),
    ),
    terms=(
        TermSpec(
            "audits.dpia.within",
            "period",
            {"word": "reasonable", "target": {"business_days": 10}},
            _("Assist with an impact assessment"),
        ),
        TermSpec(
            "audits.consultation.within",
            "period",
            {"word": "reasonable", "target": {"business_days": 5}},
            _("Assist with an authority"),
        ),
        TermSpec(
            "audits.dpia.fees",
            "choice",
            "beyond_normal_service",
            _("Fees for that assistance"),
            choices=("beyond_normal_service", "none", "always_customer"),
            covers=("9.2", "17.2"),
        ),
    ),
)
