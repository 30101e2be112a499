"""The kind `transfer`: content of one origin, one third country, one mechanism (13.1, 13.2, 13.4, 13.5, A1.1)."""

import datetime as dt
import re
from collections.abc import Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from obligations.clauses import (
    NEW,
    PROCESSOR,
    SAME,
    Clause,
    Duty,
    Facts,
    Field,
    Rung,
    Start,
    Step,
    TermSpec,
    Turns,
)
from obligations.models import Matter
from subprocessors.mechanisms import CHOICES, ORIGINS, defect
from subprocessors.models import Transfer

MECHANISM_FIELDS = (
    Field("mechanism", "choice", _("Rests on"), choices=CHOICES, covers=("13.4",)),
    Field("valid_from", "date", _("Valid from")),
    Field("valid_to", "date", _("Valid to"), _("Empty: no end."), required=False),
    Field("assessed_on", "date", _("Transfer impact assessment of"), required=False, covers=("13.1",)),
    Field(
        "appendices",
        "text",
        _("Version of the appendices"),
        _("Appendices 1 and 2 stand for those of the clauses: changed ones are signed anew."),
        required=False,
        covers=("13.5",),
    ),
    Field("signed", "file", _("Signed clauses or proof"), required=False),
)
TRANSFER_FIELDS = (
    Field("origin", "choice", _("Content from"), choices=ORIGINS, covers=("13.4",)),
    Field("country", "text", _("To the country"), _("Two letters, such as US.")),
    *MECHANISM_FIELDS,
)
IN_HAND = ("recorded", "in_use", "under_review")


def is_a_country(text: str) -> str:
    """What is wrong with a country's code, or an empty text."""
    return (
        ""
        if re.fullmatch("[A-Z]{2}", text)
        else f"{text!r} is no country code. Give two letters, such as US."
    )


def one_mechanism(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """One mechanism per origin and country, so that nobody must guess which one counts (13.4)."""
    rows = Transfer.objects.filter(matter__closed_at=None)
    agreements = [matter.agreement_id for matter, _facts in pairs if matter.agreement_id]
    parents = [matter.parent_id for matter, _facts in pairs if matter.parent_id]
    near = (
        rows.filter(matter__agreement__in=agreements) | rows.filter(matter__parent__in=parents)
    ).distinct()
    known = {
        (row.matter.agreement_id, row.matter.parent_id, row.origin, row.country): row.matter.reference
        for row in near.select_related("matter")
    }
    reasons = []
    for matter, facts in pairs:
        key = (matter.agreement_id, matter.parent_id, facts["origin"], facts["country"])
        twice = (
            f"{known[key]} covers this origin and country already: change its mechanism."
            if key in known
            else ""
        )
        reasons.append(is_a_country(facts["country"]) or twice)
    return reasons


def in_force(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A transfer starts on a mechanism that covers its origin and is in force today."""
    found = {}
    for row in Transfer.objects.filter(matter__in=[row.pk for row in rows]):
        words = defect(row.origin, row.mechanism, row.valid_from, row.valid_to, row.assessed_on, now.date())
        if words:
            found[row.matter_id] = words
    return found


def ends(row: Matter, facts: Facts) -> bool:
    """Whether the mechanism has an end."""
    return "valid_to" in facts


TRANSFER = Clause(
    kind="transfer",
    title=_("Transfer"),
    plural=_("Transfers"),
    prefix="TR",
    of="agreement",
    detail=Transfer,
    covers=("13.1", "13.5", "A1.1"),
    states={
        "recorded": _("recorded"),
        "in_use": _("in use"),
        "under_review": _("under review"),
        "ended": _("ended"),
    },
    steps=(
        Step(
            "open",
            _("Record a transfer"),
            frm=NEW,
            to="recorded",
            by={"officer"},
            check=one_mechanism,
            help=_("The customer exports, we import; a sub-processor's transfers are recorded with it."),
            fields=(
                *TRANSFER_FIELDS[:2],
                Field("importer", "text", _("Importer"), covers=("A1.1", "13.5")),
                *MECHANISM_FIELDS,
            ),
        ),
        Step(
            "use",
            _("Put the mechanism in use"),
            frm=("recorded", "under_review"),
            to="in_use",
            by={"officer"},
            guard=in_force,
            covers=("13.2",),
        ),
        Step(
            "change_mechanism",
            _("Change the mechanism"),
            frm=IN_HAND,
            to="recorded",
            by={"officer"},
            fields=MECHANISM_FIELDS,
        ),
        Step(
            "check",
            _("Record a check: nothing changed"),
            frm="in_use",
            to=SAME,
            by={"officer"},
            guard=in_force,
            fields=(Field("outcome", "long_text", _("What was checked")),),
        ),
        Step(
            "status_changed",
            _("Its status changed"),
            frm="in_use",
            to="under_review",
            by={"officer"},
            help=_("An adequacy decision fell, the importer left a list, a law changed."),
            fields=(Field("what", "long_text", _("What changed")),),
        ),
        Step(
            "end",
            _("No content goes there any more"),
            frm=IN_HAND,
            to="ended",
            by={"officer"},
            closes=True,
            fields=(Field("reason", "long_text", _("Reason")),),
        ),
    ),
    duties=(
        Duty(
            "secure",
            _("Rest the transfer on a mechanism in force"),
            source="13.2",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("change_mechanism")),
            met_by=("use",),
            ends=("end",),
            term="subprocessors.transfer.secure.within",
            ladder=(
                Rung("before target", 2, "business days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 2, "business days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
        Duty(
            "renew",
            _("Renew the mechanism"),
            source="13.4",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("change_mechanism")),
            met_by=("change_mechanism",),
            ends=("end",),
            applies=ends,
            due_fact="valid_to",
            term="subprocessors.transfer.renew.before",
            ladder=(
                Rung("before target", 7, "days"),
                Rung("at target"),
                Rung("before due", 30, "days", to=("owner", "approvers")),
                Rung("before due", 7, "days", to=("owner", "approvers")),
                Rung("at due", to=("owner", "approvers", "admins")),
            ),
        ),
        Duty(
            "check",
            _("Check the protection in the country"),
            source="13.1",
            owed_by=PROCESSOR,
            starts=(Start("use"), Start("check")),
            met_by=("check", "status_changed"),
            ends=("change_mechanism", "end"),
            term="subprocessors.transfer.check.within",
            ladder=(
                Rung("before target", 30, "days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 30, "days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
        Duty(
            "decide",
            _("Decide on a transfer whose status changed"),
            source="13.1",
            owed_by=PROCESSOR,
            starts=(Start("status_changed"),),
            met_by=("use", "change_mechanism", "end"),
            term="subprocessors.transfer.decide.within",
            ladder=(
                Rung("after start", 0, to=("owner", "approvers")),
                Rung("before target", 1, "business days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 1, "business days"),
                Rung("at due", to=("owner", "approvers", "admins")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "subprocessors.transfer.mechanism",
            "choice",
            "2021/914",
            _("Transfers rest on"),
            choices=("2021/914", "2010/87/EU", "2001/497/EC", "IDTA", "none"),
        ),
        TermSpec(
            "subprocessors.transfer.secure.within",
            "period",
            {"word": "before the transfer", "target": {"business_days": 10}},
            _("Put a transfer on a mechanism in force"),
        ),
        TermSpec(
            "subprocessors.transfer.renew.before",
            "period",
            {"word": "in time", "target": {"days": 90}},
            _("Renew a mechanism before it ends"),
        ),
        TermSpec(
            "subprocessors.transfer.check.within",
            "period",
            {"word": "continuously", "target": {"years": 1}},
            _("Check the protection in a third country"),
        ),
        TermSpec(
            "subprocessors.transfer.decide.within",
            "period",
            {"word": "promptly", "target": {"business_days": 5}},
            _("Decide on a transfer whose status changed"),
        ),
    ),
)
