"""The kind `disclosure`: a demand, on what it rests, who may know of it, and what was handed over (7.1)."""

from django.utils.translation import gettext_lazy as _

from disclosures import access, secrecy
from disclosures.clause_disclosure_duties import DUTIES, TERMS
from disclosures.models import Disclosure
from obligations.clauses import NEW, SAME, Clause, Field, Step

KINDS = (
    ("law_enforcement", _("law enforcement")),
    ("court", _("a court")),
    ("government", _("another authority")),
)
OPEN = ("received", "granted", "refused")
REASON = Field("reason", "long_text", _("Reason"))
PEOPLE = Field("people", "people", _("Who may see it"), _("And you. An approver among them."))
EXPIRES = Field("expires_on", "date", _("It ends on"), _("Empty: no day is named."), required=False)
STEPS = (
    Step(
        "open",
        _("Record a demand"),
        frm=NEW,
        to="received",
        by={"officer"},
        happened="received_at",
        check=secrecy.an_approver_is_named,
        restricts="people",
        covers=("7.1a",),
        help=_("Where the order forbids telling, say at once who may see it: nobody else will."),
        fields=(
            Field("received_at", "instant", _("Received")),
            Field("authority", "text", _("Who demands it")),
            Field("authority_kind", "choice", _("It is"), choices=KINDS),
            Field("what", "long_text", _("What is demanded"), _("No data of persons here.")),
            Field("order", "file", _("The demand"), required=False),
            Field("answer_by", "date", _("To be answered by"), _("As the demand says."), required=False),
            Field("agreements", "agreements", _("Whose content"), required=False),
            Field(
                "people", "people", _("Only they may see it"), _("Empty: telling is allowed."), required=False
            ),
        ),
    ),
    Step(
        "affects",
        _("Say whose content it is"),
        frm=OPEN,
        to=SAME,
        by={"officer"},
        fields=(Field("agreements", "agreements", _("Whose content")),),
    ),
    Step(
        "rest_on_law",
        _("A law obliges us"),
        frm="received",
        to=SAME,
        by={"approver"},
        two_people=True,
        covers=("7.1b",),
        help=_("Without it only the written consent of every customer allows access."),
        fields=(
            Field("law", "text", _("Law and provision")),
            Field("analysis", "long_text", _("Why it is mandatory for us, and how far")),
            Field("opinion", "file", _("Legal opinion"), required=False),
        ),
    ),
    Step(
        "challenge",
        _("Record a challenge"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        fields=(
            Field("how", "long_text", _("What was asked of whom")),
            Field("filed", "file", _("As it was filed"), required=False),
        ),
    ),
    Step(
        "notify",
        _("Nothing forbids it: tell the customers"),
        frm=OPEN,
        to=SAME,
        by={"officer"},
        guard=secrecy.telling_is_allowed,
        check=secrecy.somebody_is_affected,
        spawns=secrecy.notices_before,
        covers=("7.1c",),
        fields=(
            Field("planned_at", "instant", _("Access not before"), _("As planned, or as the order demands.")),
            Field("agreements", "agreements", _("More whose content it is"), required=False),
        ),
    ),
    Step(
        "gag",
        _("Telling is forbidden"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        guard=secrecy.is_not_gagged,
        check=secrecy.an_approver_is_named,
        restricts="people",
        covers=("7.1d",),
        help=_("Customers and everybody who is not named see nothing of it from now on."),
        fields=(
            Field("prohibition", "long_text", _("What forbids it"), _("Its wording.")),
            EXPIRES,
            Field("until", "text", _("Or until"), _("A condition, where no day is named."), required=False),
            Field("measures", "long_text", _("Measures"), _("How it is kept as secret as our own secrets.")),
            PEOPLE,
            Field("prohibiting", "file", _("The prohibition"), required=False),
        ),
    ),
    Step(
        "show_to",
        _("Change who may see it"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        guard=secrecy.is_restricted,
        check=secrecy.an_approver_is_named,
        restricts="people",
        fields=(PEOPLE,),
    ),
    Step(
        "record_measure",
        _("Record a measure"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        guard=secrecy.is_restricted,
        covers=("7.1d",),
        fields=(Field("measure", "long_text", _("What keeps it secret")),),
    ),
    Step(
        "review_gag",
        _("Record a review: still forbidden"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        guard=secrecy.is_gagged,
        fields=(Field("outcome", "long_text", _("Why it still is")),),
    ),
    Step(
        "prolonged",
        _("The prohibition was prolonged"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        guard=secrecy.is_gagged,
        fields=(
            Field("expires_on", "date", _("It now ends on")),
            Field("prolonging", "file", _("Prolongation"), required=False),
        ),
    ),
    Step(
        "release",
        _("Telling is allowed again"),
        frm=OPEN,
        to=SAME,
        by={"officer", "approver"},
        happened="ceased_at",
        guard=secrecy.is_restricted,
        lifts=True,
        spawns=secrecy.notices_after,
        covers=("7.1e",),
        help=_("The customers are to be told promptly: their clocks start when the prohibition ended."),
        fields=(
            Field("ceased_at", "instant", _("The prohibition ended")),
            Field("why", "long_text", _("How it ended")),
            Field("agreements", "agreements", _("More whose content it is"), required=False),
        ),
    ),
    Step(
        "grant",
        _("Grant access"),
        frm="received",
        to="granted",
        by={"approver"},
        two_people=True,
        happened="granted_at",
        guard=access.may_be_granted,
        check=access.after_the_notices,
        covers=("7.1a", "7.1b", "7.1c"),
        fields=(
            Field("granted_at", "instant", _("Granted at")),
            Field("scope", "long_text", _("To what exactly"), _("The least that the demand obliges us to.")),
        ),
    ),
    Step(
        "hand_over",
        _("Record what was handed over"),
        frm="granted",
        to=SAME,
        by={"officer"},
        covers=("7.1a",),
        fields=(
            Field("handed_over", "long_text", _("What, to whom, how")),
            Field("copy", "file", _("Copy or list of it")),
        ),
    ),
    Step(
        "refuse",
        _("Refuse it"),
        frm="received",
        to="refused",
        by={"approver"},
        fields=(REASON, Field("answer", "file", _("Answer to the authority"), required=False)),
    ),
    Step(
        "upheld",
        _("The demand was upheld"),
        frm="refused",
        to="received",
        by={"officer"},
        fields=(REASON, Field("decision", "file", _("Decision"), required=False)),
    ),
    Step(
        "close",
        _("Close the demand"),
        frm=("granted", "refused"),
        to="closed",
        by={"officer"},
        guard=access.nothing_is_open,
        closes=True,
    ),
)

DISCLOSURE = Clause(
    kind="disclosure",
    title=_("Demand of an authority"),
    plural=_("Demands of authorities"),
    prefix="DI",
    detail=Disclosure,
    covers=("7.1a",),
    states={
        "received": _("being examined"),
        "granted": _("access granted"),
        "refused": _("refused"),
        "closed": _("closed"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
)
