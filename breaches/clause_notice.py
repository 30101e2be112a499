"""The kind `breach_notice`: what one customer is told of a breach, and what it owes from then on."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from breaches import confirming, content, lateness
from breaches.clause_notice_duties import NOTICE_DUTIES, NOTICE_TERMS
from breaches.fields import CONFIRMED_AT, DELAY, INFORMED_AT, REASON, RECEIPT, SUSPECTED_AT, TEXT
from obligations.clauses import NEW, SAME, Clause, Facts, Field, Notice, On, Step
from obligations.models import Matter

TOLD = ("sent", "bounced", "received", "informed")
ANY = ("owed", *TOLD)
THE_NOTICE = Notice(
    "breaches/notice",
    on_receipt="received",
    on_relay="relayed",
    on_failure="bounced",
    on_exhausted="unreachable",
)
CALLED_AT = Field("called_at", "instant", _("When"))
NUMBER = Field("number", "text", _("Number called"))


def last_means_complete(pairs: Sequence[tuple[Matter, Facts]], now: dt.datetime) -> list[str]:
    """The last supplement cannot go out while a part of Art. 33(3) is unknown."""
    asked = [matter.parent_id for matter, facts in pairs if facts.get("last") and matter.parent_id]
    missing = content.unknown_by_parent(asked) if asked else {}
    return [_open_questions(missing.get(m.parent_id or 0, [])) if f.get("last") else "" for m, f in pairs]


def _open_questions(missing: Sequence[str]) -> str:
    if not missing:
        return ""
    return f"Not known yet: {', '.join(missing)}. Describe them on the breach, or say that more follows."


NOTICE = Clause(
    kind="breach_notice",
    title=_("Breach notice"),
    plural=_("Breach notices"),
    prefix="BN",
    opened_by_hand=False,
    covers=("3.1",),
    states={
        "owed": _("owed"),
        "sent": _("sent"),
        "bounced": _("bounced"),
        "received": _("received"),
        "informed": _("authority informed"),
        "retracted": _("retracted"),
    },
    steps=(
        Step(
            "open",
            _("Notice owed"),
            frm=NEW,
            to="owed",
            by={"system"},
            happened="suspected_at",
            fields=(SUSPECTED_AT, confirming.AWAITS),
        ),
        Step(
            "confirmed",
            _("It is a breach: now the agreement counts"),
            frm=("owed", *TOLD),
            to=SAME,
            by={"system"},
            happened="confirmed_at",
            fields=(CONFIRMED_AT,),
        ),
        Step(
            "send",
            _("Send the notice"),
            frm="owed",
            to="sent",
            by={"officer", "machine"},
            fields=(TEXT,),
            notice=THE_NOTICE,
        ),
        Step("relayed", _("Accepted by a relay"), frm=("sent", "bounced"), to=SAME, by={"system"}),
        Step(
            "received",
            _("Confirm receipt"),
            frm=("sent", "bounced"),
            to="received",
            by={"system", "contact", "signatory"},
        ),
        # Even after receipt: a server that took a mail may send it back later.
        Step("bounced", _("Bounced"), frm=("sent", "bounced", "received"), to="bounced", by={"system"}),
        Step("unreachable", _("No contact is left"), frm="bounced", to=SAME, by={"system"}),
        Step(
            "send_again",
            _("Send it again"),
            frm="bounced",
            to="sent",
            by={"officer"},
            help=_("After a contact of the agreement was added or put right."),
            fields=(TEXT,),
            notice=THE_NOTICE,
        ),
        Step(
            "telephoned",
            _("Told by telephone"),
            frm=("sent", "bounced"),
            to="received",
            by={"officer"},
            happened="called_at",
            fields=(CALLED_AT, Field("spoke_with", "text", _("Who was told")), NUMBER),
        ),
        Step(
            "called_in_vain",
            _("Called, nobody reached"),
            frm=("sent", "bounced"),
            to=SAME,
            by={"officer"},
            happened="called_at",
            fields=(CALLED_AT, NUMBER),
        ),
        Step(
            "supplement",
            _("Send a supplement"),
            frm=TOLD,
            to=SAME,
            by={"officer", "machine"},
            check=last_means_complete,
            fields=(
                TEXT,
                Field("last", "boolean", _("The last one: nothing is unknown any more"), required=False),
            ),
            notice=Notice("breaches/supplement", to="told"),
        ),
        Step(
            "guidance",
            _("Send guidance"),
            frm=TOLD,
            to=SAME,
            by={"officer", "machine"},
            help=_("How the customer can tell data subjects and authorities of it."),
            fields=(TEXT,),
            notice=Notice("breaches/guidance", to="told"),
        ),
        Step(
            "aware_earlier",
            _("The customer knew it before us"),
            frm=("owed", "sent", "bounced", "received"),
            to=SAME,
            by={"officer", "contact", "signatory"},
            help=_("Then its period by law runs from there, and the earlier one counts."),
            fields=(Field("known_at", "instant", _("When the customer became aware")),),
        ),
        Step(
            "authority_informed",
            _("Authority informed"),
            frm="received",
            to="informed",
            by={"signatory", "officer"},
            happened="informed_at",
            check=lateness.delay_has_reasons("inform_authority", "inform_authority_by_law"),
            fields=(INFORMED_AT, RECEIPT, DELAY),
        ),
        Step(
            "not_required",
            _("No notification required"),
            frm="received",
            to="informed",
            by={"signatory"},
            fields=(REASON,),
        ),
        Step(
            "retract",
            _("Retract: not a breach"),
            frm=ANY,
            to="retracted",
            by={"approver"},
            two_people=True,
            closes=True,
            fields=(REASON,),
            notice=Notice("breaches/retraction", to="told"),
        ),
        Step(
            "not_needed",
            _("Take out: no notice needed"),
            frm=ANY,
            to="retracted",
            by={"approver"},
            two_people=True,
            closes=True,
            help=_("This agreement is not affected. Whoever was told is told."),
            fields=(REASON,),
            notice=Notice("breaches/not_affected", to="told"),
        ),
        Step(
            "withdrawn",
            _("Withdrawn with the breach"),
            frm=ANY,
            to="retracted",
            by={"system"},
            closes=True,
            fields=(REASON,),
            notice=Notice("breaches/retraction", to="told"),
        ),
    ),
    duties=NOTICE_DUTIES,
    terms=NOTICE_TERMS,
    on=tuple(
        On("breach", step, takes="confirmed", of=confirming.confirmed_for)
        for step in ("open", "confirm", "add_affected")
    ),
)
