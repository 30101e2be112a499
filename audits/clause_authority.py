"""The kind `authority_request`: an authority asks about Customer Content (10.3, 10.4). It never counts as an audit."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from audits.handing_over import BUSINESS_LADDER, DAY_LADDER, EITHER, REASON, TEXT, notice_of, receipt_steps
from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Facts, Field, Rung, Start, Step, TermSpec
from obligations.models import Matter, Obligation

REFERRAL = notice_of("audits/referral")
LIVE = ("owed", "sent", "bounced", "received")
ANSWER_BY = Field(
    "answer_by",
    "date",
    _("The authority wants an answer by"),
    _("Its own term, beside our duty to refer."),
    required=False,
)


def names_a_term(matter: Matter, facts: Facts) -> bool:
    """The authority's own term runs only where it has named one."""
    return bool(facts.get("answer_by"))


def cooperation_is_over(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """The authority's term and our cooperation end before the matter does."""
    waiting = Obligation.objects.filter(matter__in=[row.pk for row in rows], state="open")
    waiting = waiting.filter(duty__in=("authority_term", "cooperate"))
    words = _("The authority still waits. Record what was done for it first.")
    return dict.fromkeys(waiting.values_list("matter_id", flat=True), str(words))


STEPS = (
    Step(
        "open",
        _("Record an authority's request"),
        frm=NEW,
        to="owed",
        by={"officer"},
        covers=("10.3b", "10.4"),
        help=_("About Customer Content. Demands to hand over data are disclosures (7.1)."),
        fields=(
            Field("authority", "text", _("Authority")),
            Field(
                "asks_for",
                "choice",
                _("It asks for"),
                choices=(
                    ("information", _("information")),
                    ("audit", _("an audit or a visit")),
                    ("other", _("something else")),
                ),
            ),
            Field("what", "long_text", _("What it asks"), _("Without names of persons.")),
            ANSWER_BY,
            Field("letter", "file", _("Its letter"), required=False),
        ),
    ),
    Step(
        "send",
        _("Refer it to the customer"),
        frm="owed",
        to="sent",
        by={"officer", "machine"},
        covers=("10.3b",),
        fields=(TEXT,),
        notice=REFERRAL,
    ),
    *receipt_steps(REFERRAL),
    Step(
        "name_term",
        _("The authority names a term"),
        frm=LIVE,
        to=SAME,
        by=EITHER,
        fields=(Field("answer_by", "date", _("Answer by")),),
    ),
    Step(
        "ask_help",
        _("Ask for cooperation"),
        frm="received",
        to=SAME,
        by=EITHER,
        covers=("10.4",),
        fields=(Field("wanted", "long_text", _("What is needed from us")),),
    ),
    Step(
        "cooperate",
        _("Record the cooperation"),
        frm=LIVE,
        to=SAME,
        by={"officer"},
        covers=("10.4",),
        help=_("A visit too. It is no audit of the customer: 10.3 does not count it."),
        fields=(
            Field("done", "long_text", _("What was done")),
            Field("minutes", "file", _("Minutes"), required=False),
        ),
    ),
    Step(
        "answered",
        _("The authority has its answer"),
        frm=LIVE,
        to=SAME,
        by=EITHER,
        fields=(Field("answer", "file", _("Answer"), required=False),),
    ),
    Step(
        "close",
        _("Close the request"),
        frm="received",
        to="closed",
        by={"officer"},
        guard=cooperation_is_over,
        closes=True,
    ),
    Step(
        "dismiss",
        _("Not about this customer's content"),
        frm=LIVE,
        to="dismissed",
        by={"approver"},
        two_people=True,
        closes=True,
        fields=(REASON,),
    ),
)
DUTIES = (
    Duty(
        "refer",
        _("Refer the request to the customer"),
        source="10.3b",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("received",),
        ends=("dismiss",),
        term="audits.refer.within",
        ladder=DAY_LADDER,
    ),
    Duty(
        "authority_term",
        _("Answer within the authority's own term"),
        source="10.4",
        owed_by=PROCESSOR,
        starts=(Start("open"), Start("name_term")),
        met_by=("answered",),
        ends=("name_term", "dismiss"),
        applies=names_a_term,
        due_fact="answer_by",
        term="audits.authority.prepare.before",
        ladder=(
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 3, "business days", to=("owner", "deputy")),
            Rung("before due", 1, "business days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
    Duty(
        "cooperate",
        _("Cooperate with customer and authority"),
        source="10.4",
        owed_by=PROCESSOR,
        starts=(Start("ask_help"),),
        met_by=("cooperate",),
        ends=("dismiss",),
        term="audits.cooperate.within",
        ladder=BUSINESS_LADDER,
    ),
)

AUTHORITY_REQUEST = Clause(
    kind="authority_request",
    title=_("Request of an authority"),
    plural=_("Requests of authorities"),
    prefix="AR",
    of="agreement",
    states={
        "owed": _("to be referred"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("referred"),
        "closed": _("closed"),
        "dismissed": _("dismissed"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=(
        TermSpec(
            "audits.refer.within",
            "period",
            {"word": "promptly", "target": {"business_days": 1}},
            _("Refer an authority's request"),
        ),
        TermSpec(
            "audits.authority.prepare.before",
            "period",
            {"word": "none named", "target": {"business_days": 3}},
            _("Be ready before an authority's term"),
        ),
        TermSpec(
            "audits.cooperate.within",
            "period",
            {"word": "none named", "target": {"business_days": 5}},
            _("Cooperate in an authority's request"),
        ),
    ),
)
