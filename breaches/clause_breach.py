"""The kind `breach`: what happened, whom it affects, and what we owe as a controller of our own data."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from accounts.roles import SYSTEM, Actor
from breaches import choosing, closing, content, lateness, texts
from breaches.clause_breach_duties import BREACH_DUTIES, BREACH_TERMS
from breaches.fields import (
    CONFIRMED_AT,
    DATA,
    DELAY,
    INFORMED_AT,
    REASON,
    RECEIPT,
    SELECTION,
    SUSPECTED_AT,
    is_content,
)
from breaches.models import Breach
from obligations.actions import advance
from obligations.clauses import NEW, SAME, Clause, Facts, Field, On, Page, Step
from obligations.models import Matter

WHERE = (("processor", _("At 365 AITECH")), ("sub-processor", _("At a sub-processor")))
RISKS = (("unlikely", _("Unlikely")), ("risk", _("A risk")), ("high", _("A high risk")))
OPEN = ("suspected", "actual")


def report_is_possible(pairs: Sequence[tuple[Matter, Facts]], now: dt.datetime) -> list[str]:
    """A sub-processor has a name, and Customer Content belongs to somebody."""
    return [_impossible(matter, facts) for matter, facts in pairs]


def _impossible(matter: Matter, facts: Facts) -> str:
    if facts["where"] == "sub-processor" and not facts.get("sub_processor"):
        return "Name the sub-processor, since it happened there."
    if not is_content(facts["categories"]):
        return ""
    return choosing.none_chosen(facts, matter.opened_at.date())


def somebody_is_chosen(pairs: Sequence[tuple[Matter, Facts]], now: dt.datetime) -> list[str]:
    """Adding nobody is refused."""
    return [choosing.none_chosen(facts, matter.opened_at.date()) for matter, facts in pairs]


def confirmed_already(breaches: Sequence[Matter]) -> list[int]:
    """Breaches that were certain when they were reported."""
    rows = Breach.objects.filter(matter__in=[breach.pk for breach in breaches], confirmed_at__isnull=False)
    return list(rows.values_list("matter_id", flat=True))


def withdraw_notices(pairs: Sequence[tuple[Matter, Facts]], actor: Actor, now: dt.datetime) -> None:
    """Not a breach: every notice ends, and everybody who was told is told, in the same transaction."""
    for breach, facts in pairs:
        rows = Matter.objects.filter(kind="breach_notice", parent=breach).exclude(state="retracted")
        advance(rows, "withdrawn", actor=SYSTEM, at=now, facts={"reason": facts["reason"]})


BREACH = Clause(
    kind="breach",
    title=_("Breach"),
    plural=_("Breaches"),
    prefix="BR",
    detail=Breach,
    covers=("S3",),
    pages=(
        Page("breach-notices", _("Notices and their fate")),
        Page("breach-affected", _("Choose who is affected")),
        Page("breach-send", _("Preview and send")),
        Page("breach-register", _("Register of breaches"), of="kind"),
    ),
    states={
        "suspected": _("suspected"),
        "actual": _("actual"),
        "not_a_breach": _("not a breach"),
        "closed": _("closed"),
    },
    steps=(
        Step(
            "open",
            _("Report a breach"),
            frm=NEW,
            to="suspected",
            by={"officer", "approver", "machine"},
            happened="suspected_at",
            check=report_is_possible,
            spawns=choosing.notices_for,
            help=_(
                "Read “breach” as widely as GDPR Art. 4(12): destruction, loss, alteration, disclosure or access, by "
                "accident or unlawful. A suspicion is enough."
            ),
            fields=(
                SUSPECTED_AT,
                Field("happened_at", "instant", _("When it happened"), _("If known."), required=False),
                Field(
                    "known_there_at",
                    "instant",
                    _("When the sub-processor knew"),
                    _("It does not start our clock: our own suspicion does."),
                    required=False,
                ),
                Field(
                    "confirmed_at",
                    "instant",
                    _("When it was confirmed"),
                    _("Only if it is certain already. The clock does not wait for it."),
                    required=False,
                ),
                Field("where", "choice", _("Where"), choices=WHERE),
                Field("sub_processor", "text", _("Sub-processor"), required=False),
                DATA,
                Field(
                    "description", "long_text", _("What is known"), _("Facts only; not sent to anybody yet.")
                ),
                *SELECTION,
            ),
        ),
        Step(
            "confirm",
            _("Confirm: it is a breach"),
            frm="suspected",
            to="actual",
            by={"officer"},
            happened="confirmed_at",
            fields=(CONFIRMED_AT,),
        ),
        Step("confirmed", _("Confirmed when it was reported"), frm="suspected", to="actual", by={"system"}),
        Step(
            "describe",
            _("Describe it (Art. 33(3))"),
            frm=OPEN,
            to=SAME,
            by={"officer", "machine"},
            check=content.something_is_told,
            fields=content.CONTENT,
        ),
        Step(
            "write",
            _("Write a text of the notice"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            help=_(
                "Nothing is sent yet: “Preview and send” shows each customer's mail first. "
                "The text for an agreement comes before the one for its language."
            ),
            fields=texts.FIELDS,
        ),
        Step(
            "add_affected",
            _("Add affected agreements"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            check=somebody_is_chosen,
            spawns=choosing.notices_for,
            fields=(
                *SELECTION,
                Field(
                    "known_at",
                    "instant",
                    _("When we learned that they are affected"),
                    _("Empty: their clock starts with the first suspicion."),
                    required=False,
                ),
                Field("reason", "long_text", _("Reason"), _("Kept in the file.")),
            ),
        ),
        Step(
            "classify",
            _("Change which data are affected"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            fields=(
                DATA,
                Field("aware_at", "instant", _("When we learned of it"), _("Our own 72 hours start there.")),
                Field("reason", "long_text", _("Reason"), _("Kept in the file.")),
            ),
        ),
        Step(
            "assess",
            _("Assess the risk"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            fields=(
                Field("risk", "choice", _("Risk to people's rights and freedoms"), choices=RISKS),
                Field("risk_reasons", "long_text", _("Why")),
            ),
        ),
        Step(
            "authority_informed",
            _("We informed our authority"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            happened="informed_at",
            check=lateness.delay_has_reasons("own_authority"),
            fields=(INFORMED_AT, RECEIPT, DELAY),
        ),
        Step(
            "authority_not_needed",
            _("No notice to our authority needed"),
            frm=OPEN,
            to=SAME,
            by={"approver"},
            two_people=True,
            fields=(Field("reason", "long_text", _("Why no risk is likely")),),
        ),
        Step(
            "subjects_informed",
            _("Data subjects informed"),
            frm=OPEN,
            to=SAME,
            by={"officer"},
            happened="informed_at",
            fields=(
                Field("informed_at", "instant", _("When they were informed")),
                Field("how", "text", _("How"), _("By mail, by a public notice: no names.")),
            ),
        ),
        Step(
            "subjects_not_needed",
            _("No notice to data subjects needed"),
            frm=OPEN,
            to=SAME,
            by={"approver"},
            two_people=True,
            fields=(Field("reason", "long_text", _("Which exception applies, and why (Art. 34(3))")),),
        ),
        Step(
            "not_a_breach",
            _("Not a breach"),
            frm=OPEN,
            to="not_a_breach",
            by={"approver"},
            two_people=True,
            closes=True,
            also=withdraw_notices,
            covers=("1.4",),
            help=_("Every notice is retracted, and everybody who was told is told."),
            fields=(REASON,),
        ),
        Step(
            "close",
            _("Close"),
            frm=OPEN,
            to="closed",
            by={"officer"},
            guard=closing.nothing_runs_any_more,
            closes=True,
            fields=(
                Field("conclusion", "long_text", _("Conclusion"), _("Cause, effects and remedial action.")),
            ),
        ),
    ),
    duties=BREACH_DUTIES,
    terms=BREACH_TERMS,
    on=(On("breach", "open", takes="confirmed", of=confirmed_already),),
)
