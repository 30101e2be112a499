"""The kind `consent`: one customer's answer to one sub-processor (12.1; Art. 28(2) GDPR)."""

import datetime as dt
from collections.abc import Mapping, Sequence

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
    Turns,
)
from obligations.models import Matter, Obligation
from obligations.terms import TermBook
from subprocessors import gate
from subprocessors.models import Consent

ASKED = ("owed", "sent", "bounced", "received")
REFUSED = ("objected", "withdrawn")
REASON = Field("reason", "long_text", _("Reason"))
TYPED_NAME = Field("typed_name", "text", _("Name"), _("Of the person who decides; it counts as signature."))
VERSION = Field("list_version", "text", _("Version of the list"), _("As the question names it."))
LETTER = Field("letter", "file", _("Letter"))


def version_fits(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """A consent is given to the list that was sent, not to another one."""
    asked = Consent.objects.in_bulk([row.pk for row, _facts in pairs])
    return [
        ""
        if facts["list_version"] == asked[row.pk].list_version
        else f"The question is about version {asked[row.pk].list_version} of the list, "
        f"not {facts['list_version']}. Name that version."
        for row, facts in pairs
    ]


def silence_counts(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Silence becomes consent only where the terms say so, and only after the window."""
    windows = {
        row.matter_id: row
        for row in Obligation.objects.filter(matter__in=[row.pk for row in rows], duty="answer").order_by(
            "pk"
        )
    }
    book = TermBook([row.agreement for row in rows if row.agreement], gate.KEYS)
    reasons = {}
    for row in rows:
        window = windows.get(row.pk)
        end = gate.silence_counts_from(row.agreement, window, book) if window and row.agreement else None
        if end is None:
            reasons[row.pk] = f"{row.customer} has not consented, and silence is not consent."
        elif now < end:
            reasons[row.pk] = f"The silence of {row.customer} counts from {end:%-d %B %Y, %H:%M} UTC."
    return reasons


def in_use(rows: Sequence[Matter]) -> Sequence[int]:
    """Those whose sub-processor is at work already: content flows without consent."""
    parents = [row.parent_id for row in rows if row.parent_id]
    active = set(Matter.objects.filter(pk__in=parents, state="active").values_list("pk", flat=True))
    return [row.pk for row in rows if row.parent_id in active]


def questions_below(rows: Sequence[Matter]) -> Sequence[int]:
    """The questions about a proposal that was dropped."""
    below = Matter.objects.filter(parent__in=[row.pk for row in rows], kind="consent", closed_at=None)
    return list(below.values_list("pk", flat=True))


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
        check=version_fits,
        covers=("12.1", "S7"),
        fields=(TYPED_NAME, VERSION),
    ),
    Step(
        "record_grant",
        _("Record a letter of consent"),
        frm=(*ASKED, *REFUSED),
        to="granted",
        by={"officer"},
        check=version_fits,
        fields=(TYPED_NAME, VERSION, LETTER),
    ),
    Step(
        "object",
        _("Object"),
        frm=("sent", "bounced", "received"),
        to="objected",
        by={"signatory"},
        fields=(TYPED_NAME, REASON),
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
        guard=silence_counts,
        help=_("Closes the window; whether the sub-processor may start follows from the window itself."),
    ),
    Step(
        "withdraw",
        _("Withdraw the consent"),
        frm="granted",
        to="withdrawn",
        by={"signatory", "officer"},
        fields=(TYPED_NAME, REASON),
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
        On("subprocessor", "drop", takes="void", of=questions_below),
        On("consent", "object", takes="must_stop", of=in_use),
        On("consent", "record_objection", takes="must_stop", of=in_use),
        On("consent", "withdraw", takes="must_stop", of=in_use),
    ),
)
