"""Clauses 7.2 and 7.3: requests of data subjects. Read this first.

A request arrives at the house; who its controller is makes one `dsar_forwarding` for each agreement. We never
answer the data subject. What names a person is in `DsarSubject` and in private files alone, until it is purged.
"""

from django.utils.translation import gettext_lazy as _

from dsars import purging, subjects
from dsars.clause_assistance import ASSISTANCE
from dsars.clause_forwarding import FORWARDING
from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Facts,
    Field,
    Page,
    Rung,
    Start,
    Step,
    TermSpec,
)
from obligations.models import Matter

OWN = ("own_data", "both")
ABOUT = (
    ("unknown", _("not known yet")),
    ("customer_content", _("Customer Content")),
    ("own_data", _("data that we control ourselves")),
    ("both", _("both")),
)
RECEIVED_AT = Field("received_at", "instant", _("Received"))
REASON = Field("reason", "long_text", _("Reason"), _("Without naming the person."))


def is_ours(matter: Matter, facts: Facts) -> bool:
    """Subscription and usage data are our own: we answer within our own month (3.2, 3.3; Art. 12(3) GDPR)."""
    return facts.get("about", "own_data") in OWN


STEPS = (
    Step(
        "open",
        _("Record a request"),
        frm=NEW,
        to="received",
        by={"officer", "machine"},
        happened="received_at",
        also=subjects.keep,
        check=subjects.names_nobody,
        help=_("The title is a reference, never the person's name."),
        fields=(
            RECEIVED_AT,
            Field("right", "choice", _("It asks for"), choices=subjects.RIGHTS),
            Field("about", "choice", _("About"), choices=ABOUT, covers=("1.2", "1.3")),
            *subjects.PRIVATE,
        ),
    ),
    Step(
        "identify",
        _("Identify whose it is"),
        frm=("received", "identified"),
        to="identified",
        by={"officer"},
        happened="identified_at",
        spawns=subjects.forwardings,
        covers=("7.3b",),
        help=_(
            "The ten business days run from here, not from the receipt. May be repeated for more customers."
        ),
        fields=(
            Field("identified_at", "instant", _("Identified")),
            Field("agreements", "agreements", _("It concerns")),
        ),
    ),
    Step(
        "mark_ours",
        _("It concerns data of our own"),
        frm=("received", "identified"),
        to="identified",
        by={"officer"},
        fields=(RECEIVED_AT,),
    ),
    Step(
        "answered",
        _("Our own data: answered"),
        frm="identified",
        to=SAME,
        by={"officer"},
        guard=subjects.ours_is_open,
        help=_("For data that we control ourselves only. Customers' requests are never answered by us."),
        fields=(Field("answer", "file", _("Answer"), private=True),),
    ),
    Step(
        "close",
        _("Close the request"),
        frm="identified",
        to="closed",
        by={"officer"},
        guard=subjects.nothing_is_open,
    ),
    Step(
        "dismiss",
        _("Not a request of a data subject"),
        frm="received",
        to="closed",
        by={"approver"},
        two_people=True,
        check=subjects.names_nobody,
        fields=(REASON,),
    ),
    Step(
        "purge",
        _("Purge the data subject's data"),
        frm="closed",
        to="purged",
        by={"officer", "system"},
        guard=purging.nothing_needs_it,
        also=purging.purge,
        check=subjects.names_nobody,
        closes=True,
        help=_("Deletes the name, the contact and every file. What was done and when stays."),
        fields=(Field("why", "text", _("Why now"), _("Without naming the person."), required=False),),
    ),
)
DUTIES = (
    Duty(
        "identify",
        _("Identify the controller of the request"),
        source="7.3b",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="received_at"),),
        met_by=("identify", "mark_ours", "dismiss"),
        term="dsars.identify.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 1, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 1, "business days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "answer_own",
        _("Answer for data that we control"),
        source="S5",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="received_at"), Start("mark_ours", fact="received_at")),
        met_by=("answered",),
        ends=("dismiss",),
        applies=is_ours,
        term="statutory.answer_request.within",
        ladder=(
            Rung("before target", 7, "days"),
            Rung("at target"),
            Rung("before due", 10, "days"),
            Rung("before due", 3, "days", to=("owner", "approvers")),
            Rung("before due", 1, "days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
    Duty(
        "purge",
        _("Purge the data subject's data"),
        source="7.3b",
        owed_by=PROCESSOR,
        starts=(Start("close"), Start("dismiss")),
        met_by=("purge",),
        term="dsars.purge.within",
        ladder=subjects.PURGE_LADDER,
    ),
)
TERMS = (
    TermSpec(
        "dsars.identify.within",
        "period",
        {"word": "promptly", "target": {"business_days": 2}},
        _("Identify the controller of a request"),
    ),
    TermSpec("statutory.answer_request.within", "period", {"months": 1}, _("A controller answers a request")),
    TermSpec(
        "dsars.purge.within",
        "period",
        {"word": "no longer than needed", "target": {"days": 30}},
        _("Purge a data subject's data after the hand-over"),
    ),
)

DSAR = Clause(
    kind="dsar",
    title=_("Request of a data subject"),
    plural=_("Requests of data subjects"),
    prefix="DS",
    states={
        "received": _("received"),
        "identified": _("identified"),
        "closed": _("closed, to be purged"),
        "purged": _("purged"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
    pages=(Page("data-subject", _("Who asks")),),
)

ROOM = (DSAR, FORWARDING, ASSISTANCE)
