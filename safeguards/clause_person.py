"""The kind `person`: nobody works with Customer Content before being authorised, bound and trained (6, A2.3, A2.4)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, Rung, Start, Step, TermSpec
from safeguards import people

AT_WORK = ("hired", "authorised")
REASON = Field("reason", "long_text", _("Reason"))
DAY_ONE = (
    Rung("after start", 0),
    Rung("before due", 2, "business days"),
    Rung("before due", 1, "business days"),
    Rung("at target"),
    Rung("at due", to=("owner", "approvers")),
)
STEPS = (
    Step(
        "open",
        _("Record a person"),
        frm=NEW,
        to="hired",
        by={"officer", "admin"},
        help=_("Employees and contractors alike."),
        fields=(Field("hired_on", "date", _("First day")),),
    ),
    Step(
        "undertake",
        _("Record the signed undertaking"),
        frm=AT_WORK,
        to=SAME,
        by={"officer"},
        help=_("Confidentiality, data protection and security."),
        fields=(Field("undertaking", "file", _("Signed undertaking")),),
    ),
    Step(
        "train",
        _("Record a training"),
        frm=AT_WORK,
        to=SAME,
        by={"officer"},
        check=people.trained_already,
        fields=(
            Field("trained_on", "date", _("Trained on")),
            Field("proof", "file", _("Certificate or list")),
        ),
    ),
    Step(
        "authorise",
        _("Authorise access"),
        frm="hired",
        to="authorised",
        by={"approver"},
        guard=people.is_bound_and_trained,
        covers=("6a", "6b"),
        fields=(Field("to_what", "long_text", _("Access to")),),
    ),
    Step(
        "review_access",
        _("Record the review of access"),
        frm="authorised",
        to=SAME,
        by={"officer", "approver"},
        fields=(Field("found", "long_text", _("What was checked")),),
    ),
    Step(
        "revoke",
        _("Withdraw access"),
        frm="authorised",
        to="hired",
        by={"officer", "approver"},
        fields=(REASON,),
    ),
    Step(
        "leave",
        _("Record that the person leaves"),
        frm=AT_WORK,
        to="leaving",
        by={"officer", "admin"},
        fields=(Field("left_on", "date", _("Last day")),),
    ),
    Step(
        "access_removed",
        _("All access removed"),
        frm="leaving",
        to="left",
        by={"officer", "admin"},
        closes=True,
        fields=(Field("checked", "long_text", _("What was removed")),),
    ),
)
DUTIES = (
    Duty(
        "undertake",
        _("Have the undertaking signed"),
        source="6b",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("undertake",),
        ends=("leave",),
        due_fact="hired_on",
        ladder=DAY_ONE,
    ),
    Duty(
        "first_training",
        _("Train at hire"),
        source="A2.3",
        owed_by=PROCESSOR,
        starts=(Start("open"),),
        met_by=("train",),
        ends=("leave",),
        due_fact="hired_on",
        ladder=DAY_ONE,
    ),
    Duty(
        "training",
        _("Train again"),
        source="A2.4",
        owed_by=PROCESSOR,
        starts=(Start("train", fact="trained_on"),),
        met_by=("train",),
        ends=("leave",),
        term="safeguards.training.renew.within",
        ladder=(
            Rung("before target", 30, "days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 60, "days"),
            Rung("before due", 30, "days"),
            Rung("before due", 7, "days", to=("owner", "approvers")),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
    Duty(
        "review_access",
        _("Review the access"),
        source="6a",
        owed_by=PROCESSOR,
        starts=(Start("authorise"), Start("review_access")),
        met_by=("review_access",),
        ends=("revoke", "leave"),
        term="safeguards.access.review.within",
        ladder=(
            Rung("before target", 30, "days"),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 30, "days"),
            Rung("at due", to=("owner", "approvers")),
        ),
    ),
    Duty(
        "remove_access",
        _("Remove the leaver's access"),
        source="6a",
        owed_by=PROCESSOR,
        starts=(Start("leave", fact="left_on"),),
        met_by=("access_removed",),
        term="safeguards.access.remove.within",
        ladder=(
            Rung("after start", 0),
            Rung("at target", to=("owner", "approvers")),
            Rung("before due", 4, "hours"),
            Rung("at due", to=("owner", "approvers", "admins")),
        ),
    ),
)
TERMS = (
    TermSpec("safeguards.training.renew.within", "period", {"years": 1}, _("Training again")),
    TermSpec(
        "safeguards.access.review.within",
        "period",
        {"word": "regularly", "target": {"years": 1}},
        _("Review of access"),
    ),
    TermSpec(
        "safeguards.access.remove.within",
        "period",
        {"word": "without delay", "target": {"business_days": 1}},
        _("Remove a leaver's access"),
    ),
)

PERSON = Clause(
    kind="person",
    title=_("Person with access"),
    plural=_("People with access"),
    prefix="PE",
    states={
        "hired": _("no access yet"),
        "authorised": _("authorised"),
        "leaving": _("leaves, access open"),
        "left": _("left"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
)
