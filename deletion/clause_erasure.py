"""The kind `erasure`: Customer Content in one system, backup or sub-processor (14.1, 14.2)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from deletion import missing
from deletion.clause_retention import ACCESS_LIST, LAW, UNTIL, WHAT, ends_later
from deletion.facts import ERASED_ON, METHOD, OPERATOR, PLACES, PROOF, has_happened
from deletion.models import Erasure
from obligations.clauses import (
    NEW,
    PROCESSOR,
    Clause,
    Draft,
    Duty,
    Facts,
    Field,
    On,
    Rung,
    Start,
    Step,
)
from obligations.models import Matter


def retention_for(erasures: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """What law retains of each is a matter of its own, with its own end."""
    names = ("law", "what", "until", "access_list")
    return {
        row.pk: [
            Draft("retention", row.title, row.agreement_id, {name: facts[row.pk][name] for name in names})
        ]
        for row in erasures
    }


def retentions_are_erased(erasures: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Isolated is not erased: every retention below has ended and was erased."""
    rows = Matter.objects.filter(parent__in=[row.pk for row in erasures], kind="retention")
    return {
        row.parent_id: f"{row.reference} {row.title} is {row.state_label}, not erased."
        for row in rows.exclude(state="erased")
    }


def erasures_above(rows: Sequence[Matter]) -> Sequence[int]:
    """The erasures to which retentions belong."""
    parents = [row.parent_id for row in rows if row.parent_id]
    return list(Matter.objects.filter(pk__in=parents, kind="erasure").values_list("pk", flat=True))


def erasures_below(exits: Sequence[Matter]) -> Sequence[int]:
    """The erasures of exits."""
    rows = Matter.objects.filter(parent__in=[row.pk for row in exits], kind="erasure")
    return list(rows.values_list("pk", flat=True))


ERASURE = Clause(
    kind="erasure",
    title=_("Erasure"),
    plural=_("Erasures"),
    prefix="ER",
    of="agreement",
    opened_by_hand=False,
    detail=Erasure,
    states={
        "planned": _("planned"),
        "erased": _("erased"),
        "proven": _("proven"),
        "isolated": _("isolated"),
        "dropped": _("dropped"),
    },
    steps=(
        Step(
            "open",
            _("Plan"),
            frm=NEW,
            to="planned",
            by={"system"},
            fields=(
                Field("place", "choice", _("Place"), choices=PLACES),
                Field("name", "text", _("Name")),
                Field("last_day", "date", _("Last day of the contract")),
            ),
        ),
        Step(
            "erase",
            _("Record the erasure"),
            frm="planned",
            to="erased",
            by={"officer", "machine"},
            guard=missing.before_erasing,
            check=has_happened,
            fields=(METHOD, ERASED_ON, OPERATOR),
        ),
        Step(
            "failed",
            _("The erasure failed"),
            frm="erased",
            to="planned",
            by={"officer"},
            fields=(Field("reason", "long_text", _("What was found")),),
        ),
        Step(
            "prove",
            _("Prove the erasure"),
            frm="erased",
            to="proven",
            by={"officer", "machine"},
            closes=True,
            fields=(PROOF,),
        ),
        Step(
            "isolate",
            _("Isolate what law retains"),
            frm=("planned", "erased"),
            to="isolated",
            by={"officer"},
            check=ends_later,
            spawns=retention_for,
            help=_("Isolated data are safeguarded and not used; they are not erased."),
            covers=("14.2",),
            fields=(LAW, WHAT, UNTIL, ACCESS_LIST),
        ),
        Step(
            "retained_erased",
            _("Erased after retention"),
            frm="isolated",
            to="proven",
            by={"system"},
            guard=retentions_are_erased,
            closes=True,
        ),
        Step("drop", _("The contract goes on"), frm="planned", to="dropped", by={"system"}, closes=True),
    ),
    duties=(
        Duty(
            "erase",
            _("Erase and prove it"),
            source="14.1",
            owed_by=PROCESSOR,
            starts=(Start("open", fact="last_day"),),
            met_by=("prove", "isolate"),
            ends=("drop",),
            term="deletion.erase.within",
            ladder=(
                Rung("before target", 30, "days"),
                Rung("before target", 7, "days"),
                Rung("at target", to=("owner", "deputy")),
                Rung("before due", 6, "months"),
                Rung("before due", 3, "months"),
                Rung("before due", 1, "months", to=("owner", "approvers")),
                Rung("before due", 7, "days", to=("owner", "approvers")),
                Rung("before due", 1, "days", to=("owner", "approvers")),
                Rung("at due", to=("owner", "approvers", "admins")),
                Rung("after due every", 7, "days", to="admins"),
            ),
        ),
    ),
    on=(
        On("retention", "erase", takes="retained_erased", of=erasures_above),
        On("exit", "withdraw", takes="drop", of=erasures_below),
    ),
)
