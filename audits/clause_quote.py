"""The kind `quote`: what extra effort costs, approved before the work (9.2, 10.3, 17.2)."""

from django.utils.translation import gettext_lazy as _

from audits import quotes
from audits.fields import PRICE
from audits.handing_over import ANSWER_LADDER, CUSTOMER, PAY_LADDER, REASON, TYPED_NAME
from audits.models import Quote
from obligations.clauses import CONTROLLER, NEW, Clause, Duty, Facts, Field, Notice, Start, Step, TermSpec
from obligations.models import Matter
from obligations.signatures import SIGNATURE

CITES = (
    ("9.2", _("9.2: assistance beyond the normal service")),
    ("10.3a", _("10.3: audits more than once in 12 months")),
    (quotes.AGREED, _("17.2: the approved quote, where this contract lets the parties agree a payment")),
)
LETTER = Field("letter", "file", _("Letter"))


def for_assistance(matter: Matter, facts: Facts) -> bool:
    """The invoice cites 9.2."""
    return facts.get("cites") == "9.2"


def for_an_audit(matter: Matter, facts: Facts) -> bool:
    """The invoice cites 10.3."""
    return facts.get("cites") == "10.3a"


def as_agreed(matter: Matter, facts: Facts) -> bool:
    """The invoice cites what the parties agreed."""
    return facts.get("cites") == quotes.AGREED


STEPS = (
    Step(
        "open",
        _("Prepare a quote"),
        frm=NEW,
        to="draft",
        by={"officer"},
        check=quotes.has_a_rule,
        covers=("9.2", "10.3a", "17.2"),
        fields=PRICE,
    ),
    Step(
        "send",
        _("Send the quote"),
        frm="draft",
        to="sent",
        by={"officer"},
        guard=quotes.work_is_known,
        notice=Notice("audits/quote"),
    ),
    Step(
        "approve",
        _("Approve the quote"),
        frm="sent",
        to="approved",
        by=CUSTOMER,
        covers=("9.2", "10.3a"),
        fields=(TYPED_NAME, *SIGNATURE),
    ),
    Step(
        "record_approval",
        _("Record a letter of approval"),
        frm="sent",
        to="approved",
        by={"officer"},
        fields=(TYPED_NAME, LETTER),
    ),
    Step(
        "reject",
        _("Refuse the quote"),
        frm="sent",
        to="refused",
        by=CUSTOMER,
        closes=True,
        help=_("Then the extra effort is not made; what is part of the normal service goes on."),
        fields=(REASON,),
    ),
    Step(
        "withdraw",
        _("Withdraw the quote"),
        frm=("draft", "sent", "approved"),
        to="withdrawn",
        by={"officer"},
        closes=True,
        fields=(REASON,),
    ),
    Step(
        "bill",
        _("Bill the extra hours"),
        frm="approved",
        to="billed",
        by={"officer"},
        check=quotes.bill_is_right,
        covers=("9.2", "10.3a", "17.2"),
        fields=(
            Field("cites", "choice", _("Clause that allows it"), choices=CITES, covers=("17.2",)),
            Field("normal_hours_worked", "number", _("Hours within the normal service"), required=False),
            Field("extra_hours_worked", "number", _("Hours beyond it")),
            Field("invoice", "text", _("Number of the invoice")),
            Field("time_sheet", "file", _("Time sheet")),
        ),
    ),
    Step("paid", _("Paid"), frm="billed", to="paid", by={"officer"}, closes=True),
)


# `answer_quote` was the only one once: open clocks carry that name.
ANSWERS = {"answer_quote": "10.3a", "answer_assistance": "9.2", "answer_agreed": quotes.AGREED}


def _answer(name: str, source: str) -> Duty:
    return Duty(
        name,
        _("Answer the quote"),
        source=source,
        owed_by=CONTROLLER,
        starts=(Start("send"),),
        met_by=("approve", "record_approval", "reject"),
        ends=("withdraw",),
        applies=quotes.under(source),
        term="audits.quote.answer.within",
        ladder=ANSWER_LADDER,
    )


def _pay(name: str, source: str, applies: object) -> Duty:
    return Duty(
        name,
        _("Pay the invoice"),
        source=source,
        owed_by=CONTROLLER,
        starts=(Start("bill"),),
        met_by=("paid",),
        applies=applies,  # type: ignore[arg-type]
        term="audits.pay.within",
        ladder=PAY_LADDER,
    )


QUOTE = Clause(
    kind="quote",
    title=_("Quote"),
    plural=_("Quotes"),
    prefix="QU",
    of="agreement",
    opened_by_hand=False,
    detail=Quote,
    states={
        "draft": _("draft"),
        "sent": _("waiting for the customer"),
        "approved": _("approved"),
        "refused": _("refused"),
        "withdrawn": _("withdrawn"),
        "billed": _("billed"),
        "paid": _("paid"),
    },
    steps=STEPS,
    duties=(
        *(_answer(name, source) for name, source in ANSWERS.items()),
        _pay("pay_assistance", "9.2", for_assistance),
        _pay("pay_audit", "10.3a", for_an_audit),
        _pay("pay_agreed", "17.2", as_agreed),
    ),
    terms=(
        TermSpec(
            "audits.quote.answer.within",
            "period",
            {"word": "none named", "target": {"business_days": 10}},
            _("Answer a quote for extra effort"),
        ),
        TermSpec(
            "audits.pay.within",
            "period",
            {"word": "none named", "target": {"days": 30}},
            _("Pay an invoice for extra effort"),
        ),
    ),
)
