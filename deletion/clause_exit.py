"""The kind `exit`: the end of one agreement, until its certificate (14.1)."""

from django.utils.translation import gettext_lazy as _

from deletion import certificate, exits, missing
from deletion.models import Exit
from obligations.clauses import (
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

CUSTOMER_OR_OFFICER = frozenset({"contact", "signatory", "officer"})
LAST_DAY = Field(
    "last_day",
    "date",
    _("Last day of the contract"),
    _("The two years end on the same date two years later."),
)
REASON = Field("reason", "long_text", _("Reason"))
WANTED_BY = Field("wanted_by", "date", _("Wanted by"))


STEPS = (
    Step(
        "open",
        _("Record the end of a contract"),
        frm=NEW,
        to="ended",
        by={"officer", "system"},
        check=exits.one_exit,
        fields=(LAST_DAY,),
    ),
    Step(
        "plan",
        _("Name what must be erased"),
        frm=("ended", "erasing", "settled", "complete"),
        to="erasing",
        by={"officer"},
        check=exits.names_fit,
        spawns=exits.erasures_for,
        help=_("One erasure is opened for each, and one for each sub-processor in use."),
        fields=(
            Field("systems", "long_text", _("Systems"), _("One in a line.")),
            Field("backups", "long_text", _("Backups"), _("One in a line."), required=False),
        ),
    ),
    Step(
        "request_return",
        _("Ask for the data back"),
        frm=("ended", "erasing"),
        to=SAME,
        by=CUSTOMER_OR_OFFICER,
        guard=exits.return_is_agreed,
        check=exits.lies_ahead,
        covers=("S7",),
        fields=(WANTED_BY, Field("format", "text", _("Format"), required=False)),
    ),
    Step(
        "returned",
        _("Data returned"),
        frm=("ended", "erasing"),
        to=SAME,
        by={"officer"},
        guard=exits.return_was_asked,
        fields=(
            Field("receiver", "text", _("Handed over to"), _("Office or function at the customer.")),
            Field("receipt", "file", _("Receipt")),
        ),
    ),
    Step(
        "request_erasure",
        _("Ask for earlier erasure"),
        frm=("ended", "erasing"),
        to=SAME,
        by=CUSTOMER_OR_OFFICER,
        check=exits.is_earlier,
        fields=(WANTED_BY,),
    ),
    Step(
        "settle",
        _("All erased or isolated"),
        frm="erasing",
        to="settled",
        by={"system"},
        guard=missing.before_settling,
    ),
    Step(
        "complete",
        _("All erased and proven"),
        frm=("erasing", "settled"),
        to="complete",
        by={"system"},
        guard=missing.before_certificate,
    ),
    Step(
        "certify",
        _("Issue the certificate"),
        frm=("ended", "erasing", "settled", "complete"),
        to="certified",
        by={"approver"},
        two_people=True,
        closes=True,
        guard=missing.before_certificate,
        also=certificate.issue,
        notice=Notice("deletion/certificate"),
    ),
    Step(
        "withdraw",
        _("The contract goes on"),
        frm=("ended", "erasing"),
        to="withdrawn",
        by={"approver"},
        two_people=True,
        closes=True,
        guard=exits.nothing_is_erased,
        fields=(REASON,),
    ),
)
DUTIES = (
    Duty(
        "erase_all",
        _("Erase all Customer Content"),
        source="14.1",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="last_day"),),
        met_by=("settle", "complete", "certify"),
        ends=("withdraw",),
        term="deletion.erase.within",
        ladder=(
            Rung("before target", 30, "days"),
            Rung("before target", 7, "days"),
            Rung("at target", to=("owner", "approvers")),
            *(Rung("before due", n, "months") for n in (24, 12, 6)),
            *(Rung("before due", n, "months", to=("owner", "approvers")) for n in (3, 1)),
            *(Rung("before due", n, "days", to=("owner", "approvers")) for n in (30, 7)),
            Rung("before due", 1, "days", to=("owner", "approvers", "admins")),
            Rung("at due", to=("owner", "approvers", "admins")),
            Rung("after due every", 7, "days", to="admins"),
        ),
    ),
    Duty(
        "return_data",
        _("Return the data"),
        source="14.1",
        owed_by=PROCESSOR,
        starts=(Start("request_return"),),
        met_by=("returned",),
        ends=("request_return", "withdraw"),
        due_fact="wanted_by",
        term="deletion.return.within",
        ladder=(
            Rung("before target", 2, "business days"),
            Rung("at target"),
            Rung("before due", 7, "days"),
            Rung("before due", 1, "days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "erase_early",
        _("Erase by the date that the customer wants"),
        source="14.1",
        owed_by=PROCESSOR,
        starts=(Start("request_erasure"),),
        met_by=("settle", "complete", "certify"),
        ends=("request_erasure", "withdraw"),
        due_fact="wanted_by",
        term="deletion.early.within",
        ladder=(
            Rung("before target", 7, "days"),
            Rung("at target"),
            Rung("before due", 30, "days"),
            Rung("before due", 7, "days", to=("owner", "approvers")),
            Rung("before due", 1, "days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "certify",
        _("Certify the erasure"),
        source="14.1",
        owed_by=PROCESSOR,
        starts=(Start("complete"),),
        met_by=("certify",),
        ends=("plan",),
        term="deletion.certify.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 1, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 2, "business days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
)
TERMS = (
    TermSpec(
        "deletion.erase.within", "period", {"years": 2, "target": {"days": 90}}, _("Erase after the end")
    ),
    TermSpec(
        "deletion.return",
        "choice",
        "on_request",
        _("Return instead of erasure"),
        choices=("on_request", "no"),
    ),
    TermSpec(
        "deletion.return.within", "period", {"word": "as asked", "target": {"days": 14}}, _("Return the data")
    ),
    TermSpec(
        "deletion.early.within", "period", {"word": "as asked", "target": {"days": 30}}, _("Erase earlier")
    ),
    TermSpec(
        "deletion.certify.within",
        "period",
        {"word": "promptly", "target": {"business_days": 5}},
        _("Certify the erasure"),
    ),
)

EXIT = Clause(
    kind="exit",
    title=_("Exit"),
    plural=_("Exits"),
    prefix="EX",
    of="agreement",
    detail=Exit,
    states={
        "ended": _("contract ended"),
        "erasing": _("erasing"),
        "settled": _("erased or isolated"),
        "complete": _("all erased"),
        "certified": _("certified"),
        "withdrawn": _("withdrawn"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
    on=(
        On("agreement", "contract_ended", spawns=exits.exits_for),
        On("termination_notice", "take_effect", spawns=exits.exits_for),
        On("erasure", "isolate", takes="settle", of=exits.exits_above),
        On("erasure", "prove", takes="settle", of=exits.exits_above),
        On("erasure", "prove", takes="complete", of=exits.exits_above),
        On("erasure", "retained_erased", takes="complete", of=exits.exits_above),
        On("retention", "erase", takes="complete", of=exits.exits_of_the_agreement),
        On("hold", "release", takes="complete", of=exits.exits_of_the_agreement),
        On("hold", "refuse", takes="complete", of=exits.exits_of_the_agreement),
    ),
)
