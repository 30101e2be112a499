"""The kind `dsar_assistance`: a data subject's request that the customer received itself and needs us for (7.2)."""

from django.utils.translation import gettext_lazy as _

from dsars import purging, subjects
from obligations.clauses import NEW, PROCESSOR, Clause, Duty, Field, Page, Rung, Start, Step

THEIRS = frozenset({"contact", "signatory", "officer"})
STEPS = (
    Step(
        "open",
        _("Pass on a data subject's request"),
        frm=NEW,
        to="asked",
        by=THEIRS,
        also=subjects.keep,
        check=subjects.names_nobody,
        covers=("7.2",),
        help=_(
            "For a request that reached you and that you cannot answer without us. You answer the data subject; we "
            "never do. The name and the file are kept apart, and purged when the help was given."
        ),
        fields=(
            Field("right", "choice", _("It asks for"), choices=subjects.RIGHTS),
            Field("instruction", "long_text", _("What we should do"), _("Without naming the person.")),
            *subjects.PRIVATE,
        ),
    ),
    Step(
        "assisted",
        _("Assistance given"),
        frm="asked",
        to="assisted",
        by={"officer"},
        covers=("7.2",),
        check=subjects.names_nobody,
        fields=(
            Field("what", "long_text", _("What was done"), _("Without naming the person.")),
            Field("files", "file", _("What was delivered"), required=False, private=True),
        ),
    ),
    Step(
        "withdraw",
        _("Not needed any more"),
        frm="asked",
        to="withdrawn",
        by=THEIRS,
    ),
    Step(
        "purge",
        _("Purge the data subject's data"),
        frm=("assisted", "withdrawn"),
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
        "assist",
        _("Assist as the customer instructs"),
        source="7.3c",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("assisted",),
        ends=("withdraw",),
        term="dsars.assist.within",
        ladder=(
            Rung("after start", 0),
            Rung("before target", 2, "business days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 2, "business days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "purge",
        _("Purge the data subject's data"),
        source="7.3b",
        owed_by=PROCESSOR,
        starts=(Start("assisted"), Start("withdraw")),
        met_by=("purge",),
        term="dsars.purge.within",
        ladder=subjects.PURGE_LADDER,
    ),
)

ASSISTANCE = Clause(
    kind="dsar_assistance",
    title=_("Help with a data subject's request"),
    plural=_("Help with data subjects' requests"),
    prefix="DA",
    of="agreement",
    states={
        "asked": _("asked"),
        "assisted": _("help given"),
        "withdrawn": _("withdrawn"),
        "purged": _("purged"),
    },
    steps=STEPS,
    duties=DUTIES,
    pages=(Page("data-subject", _("Who asks"), customers=True),),
)
