"""The kind `consent`: one customer's answer to one sub-processor (12.1; Art. 28(2) GDPR)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import (
    CONTROLLER,
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Field,
    Notice,
    On,
    Rung,
    Start,
    Step,
    TermSpec,
)
from obligations.signatures import SIGNATURE
from subprocessors import answers
from subprocessors.models import Consent

ASKED = ("owed", "sent", "bounced", "received")
REFUSED = ("objected", "withdrawn")
REASON = Field("reason", "long_text", _("Reason"))
TYPED_NAME = Field("typed_name", "text", _("Name"), _("Of the person who decides; it counts as signature."))
VERSION = Field("list_version", "text", _("Version of the list"), _("As the question names it."))
LETTER = Field("letter", "file", _("Letter"))


ANSWERS = ("grant", "record_grant", "object", "record_objection")
STEPS = (
    Step(
        "open",
        _("Ask"),
        frm=NEW,
        to="owed",
        by={"officer"},
        fields=(
            Field("sub_processor", "text", _("Sub-processor")),
            Field("service", "text", _("Service")),
            Field("country", "text", _("Country")),
            Field("list_version", "text", _("Version of the list")),
            Field("starts_on", "date", _("Wanted start")),
            Field("told_by", "date", _("To be told by")),
        ),
    ),
    Step(
        "send",
        _("Send the question"),
        frm="owed",
        to="sent",
        by={"officer", "machine"},
        fields=(Field("text", "long_text", _("What the customer must know"), _("Sent as written.")),),
        notice=Notice("subprocessors/consent", on_receipt="received", on_failure="bounced"),
    ),
    Step(
        "received",
        _("Confirm receipt"),
        frm=("sent", "bounced"),
        to="received",
        by={"system", "contact", "signatory"},
    ),
    Step("bounced", _("Bounced"), frm="sent", to="bounced", by={"system"}),
    Step(
        "grant",
        _("Consent"),
        frm=("sent", "bounced", "received", *REFUSED),
        to="granted",
        by={"signatory"},
        check=answers.version_fits,
        covers=("12.1", "S7"),
        fields=(TYPED_NAME, VERSION, *SIGNATURE),
    ),
    Step(
        "record_grant",
        _("Record a letter of consent"),
        frm=(*ASKED, *REFUSED),
        to="granted",
        by={"officer"},
        check=answers.version_fits,
        fields=(TYPED_NAME, VERSION, LETTER),
    ),
    Step(
        "object",
        _("Object"),
        frm=("sent", "bounced", "received"),
        to="objected",
        by={"signatory"},
        fields=(TYPED_NAME, REASON, *SIGNATURE),
    ),
    Step(
        "record_objection",
        _("Record a letter of objection"),
        frm=ASKED,
        to="objected",
        by={"officer"},
        fields=(TYPED_NAME, REASON, LETTER),
    ),
    Step(
        "deem",
        _("Silence counts as consent"),
        frm="received",
        to="granted",
        by={"officer"},
        guard=answers.silence_counts,
        help=_("Closes the window; whether the sub-processor may start follows from the window itself."),
    ),
    Step(
        "withdraw",
        _("Withdraw the consent"),
        frm="granted",
        to="withdrawn",
        by={"signatory", "officer"},
        fields=(TYPED_NAME, REASON, *SIGNATURE),
    ),
    Step("must_stop", _("Content must stop flowing"), frm=REFUSED, to=SAME, by={"system"}),
    Step(
        "stopped",
        _("No content of this customer flows there"),
        frm=REFUSED,
        to=SAME,
        by={"officer"},
        fields=(Field("how", "long_text", _("How it was stopped")),),
    ),
    Step(
        "leave_out",
        _("Do not use it for this customer"),
        frm=(*ASKED, *REFUSED),
        to="left_out",
        by={"officer"},
        closes=True,
        fields=(REASON,),
    ),
    Step(
        "void",
        _("The proposal was dropped"),
        frm=(*ASKED, *REFUSED, "granted"),
        to="void",
        by={"system"},
        closes=True,
    ),
)
DUTIES = (
    Duty(
        "ask",
        _("Ask the customer before the start"),
        source="12.1",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("received", *ANSWERS),
        ends=("leave_out", "void"),
        due_fact="told_by",
        term="subprocessors.ask.before",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "deputy")),
            Rung("before due", 2, "business days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "answer",
        _("Consent or object"),
        source="12.1",
        owed_by=CONTROLLER,
        starts=(Start("received"),),
        met_by=ANSWERS,
        ends=("deem", "leave_out", "void"),
        term="subprocessors.objection.within",
        ladder=(
            Rung("before target", 7, "days", to="contacts"),
            Rung("at target", to=("owner", "contacts")),
            Rung("before due", 7, "days", to="contacts"),
            Rung("before due", 1, "days", to="contacts"),
            Rung("at due", to="owner"),
        ),
    ),
    Duty(
        "stop",
        _("Stop the flow to a sub-processor without consent"),
        source="12.1",
        owed_by=PROCESSOR,
        starts=(Start("must_stop"),),
        met_by=("stopped",),
        ends=("grant", "record_grant", "leave_out", "void"),
        term="subprocessors.stop.within",
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
        "subprocessors.consent",
        "choice",
        "specific",
        _("Consent to a sub-processor"),
        choices=("specific", "general"),
        covers=("12.1", "S7"),
    ),
    TermSpec(
        "subprocessors.silence",
        "choice",
        "no_consent",
        _("Silence means"),
        choices=("no_consent", "consent"),
        covers=("12.1",),
    ),
    TermSpec(
        "subprocessors.ask.before",
        "period",
        {"word": "none named", "target": {"days": 30}},
        _("Ask before the start"),
    ),
    TermSpec(
        "subprocessors.notice.before",
        "period",
        {"word": "none named", "target": {"days": 30}},
        _("Minimum notice of a general authorisation"),
    ),
    TermSpec(
        "subprocessors.objection.within",
        "period",
        {"word": "none named", "target": {"days": 30}},
        _("Time to consent or object"),
    ),
    TermSpec(
        "subprocessors.start_after",
        "choice",
        "objection_window",
        _("A general authorisation allows the start after"),
        choices=("objection_window", "notice"),
    ),
    TermSpec(
        "subprocessors.stop.within",
        "period",
        {"word": "promptly", "target": {"business_days": 1}},
        _("Stop the flow to a sub-processor without consent"),
    ),
)

CONSENT = Clause(
    kind="consent",
    title=_("Consent"),
    plural=_("Consents"),
    prefix="CO",
    of="agreement",
    opened_by_hand=False,
    detail=Consent,
    covers=("12.1",),
    states={
        "owed": _("to be asked"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("waiting for an answer"),
        "granted": _("consented"),
        "objected": _("objected"),
        "withdrawn": _("withdrawn"),
        "left_out": _("left out"),
        "void": _("void"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
    on=(
        On("subprocessor", "drop", takes="void", of=answers.questions_below),
        On("consent", "object", takes="must_stop", of=answers.in_use),
        On("consent", "record_objection", takes="must_stop", of=answers.in_use),
        On("consent", "withdraw", takes="must_stop", of=answers.in_use),
    ),
)
