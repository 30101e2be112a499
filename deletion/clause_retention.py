"""The kind `retention`: what law obliges us to keep is isolated, and erased when the law lets go (14.2)."""

import datetime as dt
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from deletion import missing
from deletion.facts import ERASED_ON, METHOD, OPERATOR, PROOF, has_happened
from deletion.models import Retention
from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Field,
    Rung,
    Start,
    Step,
    TermSpec,
    Turns,
)
from obligations.models import Matter

LAW = Field("law", "text", _("Law"), _("The provision that obliges us to keep it."))
WHAT = Field("what", "long_text", _("Scope"), _("Which data; no data of persons here."))
UNTIL = Field("until", "date", _("Last day of the retention"))
ACCESS_LIST = Field("access_list", "people", _("Who may open the isolated store"))


def ends_later(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Where nothing is to be kept any more, nothing is isolated: it is erased."""
    words = "The retention ended on {:%-d %B %Y}. Give a later last day, or erase the data."
    return [words.format(facts["until"]) if facts["until"] < now.date() else "" for _, facts in pairs]


def is_on_the_list(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """Only people on the access list open the isolated store."""
    lists = Retention.objects.in_bulk([matter.pk for matter, _ in pairs])
    words = (
        "This person is not on the access list of {}. Change the list first; an access that happened without "
        "leave is reported as a breach."
    )
    return [
        "" if facts["person"] in lists[matter.pk].access_list else words.format(matter.reference)
        for matter, facts in pairs
    ]


def the_law_lets_go(retentions: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """The last day of the retention has passed."""
    rows = Retention.objects.filter(matter__in=[row.pk for row in retentions], until__gte=now.date())
    return {
        row.matter_id: f"The law retains this until {row.until:%-d %B %Y}. It ends after that day; "
        "if the law changed, record the new last day first."
        for row in rows
    }


RETENTION = Clause(
    kind="retention",
    title=_("Retention by law"),
    plural=_("Retentions by law"),
    prefix="RT",
    of="agreement",
    detail=Retention,
    covers=("14.2",),
    states={"isolated": _("isolated"), "expired": _("retention ended"), "erased": _("erased")},
    steps=(
        Step(
            "open",
            _("Isolate what law retains"),
            frm=NEW,
            to="isolated",
            by={"officer"},
            check=ends_later,
            fields=(LAW, WHAT, UNTIL, ACCESS_LIST),
        ),
        Step(
            "record_access",
            _("Record an access"),
            frm=("isolated", "expired"),
            to=SAME,
            by={"officer"},
            check=is_on_the_list,
            help=_("Every access to isolated data is recorded, with the law that requires it."),
            fields=(
                Field("person", "person", _("Who")),
                Field("purpose", "long_text", _("Why the law requires it")),
            ),
        ),
        Step(
            "change_access",
            _("Change the access list"),
            frm=("isolated", "expired"),
            to=SAME,
            by={"officer"},
            fields=(ACCESS_LIST, Field("reason", "text", _("Reason"))),
        ),
        Step(
            "prolong",
            _("Change the last day"),
            frm=("isolated", "expired"),
            to="isolated",
            by={"officer"},
            check=ends_later,
            fields=(LAW, UNTIL),
        ),
        Step(
            "expire",
            _("The retention has ended"),
            frm="isolated",
            to="expired",
            by={"officer"},
            guard=the_law_lets_go,
        ),
        Step(
            "erase",
            _("Record the erasure"),
            frm="expired",
            to="erased",
            by={"officer"},
            guard=missing.before_erasing,
            closes=True,
            check=has_happened,
            fields=(METHOD, ERASED_ON, OPERATOR, PROOF),
        ),
    ),
    duties=(
        Duty(
            "check_the_end",
            _("Check whether the retention ends"),
            source="14.2",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("prolong")),
            met_by=("expire",),
            ends=("prolong",),
            due_fact="until",
            term="deletion.retention.check.before",
            ladder=(
                Rung("before target", 7, "days"),
                Rung("at target"),
                Rung("before due", 7, "days"),
                Rung("at due", to=("owner", "deputy")),
            ),
        ),
        Duty(
            "erase_expired",
            _("Erase what law no longer retains"),
            source="14.2",
            owed_by=PROCESSOR,
            starts=(Start("open", fact="until"), Start("prolong", fact="until")),
            met_by=("erase",),
            ends=("prolong",),
            term="deletion.isolated.erase.within",
            ladder=(
                Rung("before target", 7, "days"),
                Rung("before target", 1, "days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 7, "days"),
                Rung("at due", to=("owner", "approvers")),
                Rung("after due every", 7, "days", to="admins"),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "deletion.isolated.erase.within",
            "period",
            {"word": "without delay", "target": {"days": 30}},
            _("Erase what law no longer retains"),
        ),
        TermSpec(
            "deletion.retention.check.before",
            "period",
            {"word": "in time", "target": {"days": 30}},
            _("Check the end of a retention before it comes"),
        ),
    ),
)
