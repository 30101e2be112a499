"""The kind `sensitive_finding`: special categories of data found in content that excludes them (1.5, A1.2)."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import (
    CONTROLLER,
    NEW,
    PROCESSOR,
    Clause,
    Duty,
    Field,
    Notice,
    Rung,
    Start,
    Step,
    TermSpec,
)

CATEGORIES = (
    ("health", _("health")),
    ("origin", _("racial or ethnic origin")),
    ("opinion", _("political opinion, religion or belief")),
    ("union", _("trade union membership")),
    ("genetic_biometric", _("genetic or biometric data")),
    ("sex_life", _("sex life or sexual orientation")),
    ("criminal", _("criminal convictions and offences")),
    ("other", _("something else that the contract calls sensitive")),
)
DECISIONS = (
    ("delete", _("delete it")),
    ("mask", _("mask it")),
    ("amend", _("keep it: the agreement is amended")),
)
LADDER = (
    Rung("after start", 0),
    Rung("before target", 4, "hours"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 4, "hours"),
    Rung("at due", to=("owner", "approvers")),
)
STEPS = (
    Step(
        "open",
        _("Record sensitive data found"),
        frm=NEW,
        to="found",
        by={"officer"},
        happened="found_at",
        help=_("Never the data itself: where it is and of which kind."),
        fields=(
            Field("found_at", "instant", _("Found")),
            Field("category", "choice", _("It is about"), choices=CATEGORIES, covers=("1.5",)),
            Field("where", "long_text", _("Where it is"), _("System, call, time. No content.")),
        ),
    ),
    Step(
        "tell",
        _("Tell the customer"),
        frm=("found", "bounced"),
        to="told",
        by={"officer"},
        notice=Notice("safeguards/sensitive", on_receipt="received", on_failure="bounced"),
    ),
    Step("bounced", _("Bounced"), frm=("told", "received"), to="bounced", by={"system"}),
    Step(
        "received",
        _("Confirm receipt"),
        frm=("told", "bounced"),
        to="received",
        by={"system", "contact", "signatory"},
    ),
    Step(
        "decide",
        _("Decide what becomes of it"),
        frm=("told", "bounced", "received"),
        to="decided",
        by={"contact", "signatory", "officer"},
        covers=("A1.2",),
        fields=(
            Field("decision", "choice", _("Decision"), choices=DECISIONS),
            Field("note", "long_text", _("Note"), required=False),
        ),
    ),
    Step(
        "carry_out",
        _("Carried out"),
        frm="decided",
        to="closed",
        by={"officer"},
        closes=True,
        fields=(Field("how", "long_text", _("What was done")),),
    ),
    Step(
        "mistaken",
        _("Not sensitive data"),
        frm=("found", "told", "bounced", "received"),
        to="closed",
        by={"approver"},
        two_people=True,
        closes=True,
        fields=(Field("reason", "long_text", _("Reason")),),
    ),
)
DUTIES = (
    Duty(
        "inform",
        _("Tell the customer of the sensitive data"),
        source="A1.2",
        owed_by=PROCESSOR,
        starts=(Start("open", fact="found_at"),),
        met_by=("received", "decide"),
        ends=("mistaken",),
        term="safeguards.sensitive.inform.within",
        ladder=LADDER,
    ),
    Duty(
        "decide",
        _("Decide on the sensitive data"),
        source="A1.2",
        owed_by=CONTROLLER,
        starts=(Start("received"),),
        met_by=("decide",),
        ends=("mistaken",),
        term="safeguards.sensitive.decide.within",
        ladder=(
            Rung("at target", to=("owner", "contacts")),
            Rung("before due", 1, "business days", to="contacts"),
            Rung("at due", to="owner"),
        ),
    ),
    Duty(
        "carry_out",
        _("Carry out the decision"),
        source="A1.2",
        owed_by=PROCESSOR,
        starts=(Start("decide"),),
        met_by=("carry_out",),
        term="safeguards.sensitive.act.within",
        ladder=LADDER,
    ),
)
TERMS = tuple(
    TermSpec(f"safeguards.sensitive.{name}.within", "period", {"word": word, "target": target}, label)
    for name, word, target, label in (
        ("inform", "promptly", {"business_days": 1}, _("Tell of sensitive data found")),
        ("decide", "none named", {"business_days": 5}, _("Decide on sensitive data found")),
        ("act", "as decided", {"business_days": 10}, _("Carry out a decision on sensitive data")),
    )
)

SENSITIVE = Clause(
    kind="sensitive_finding",
    title=_("Sensitive data found"),
    plural=_("Sensitive data found"),
    prefix="SE",
    of="agreement",
    states={
        "found": _("found"),
        "told": _("sent"),
        "bounced": _("bounced"),
        "received": _("waiting for a decision"),
        "decided": _("decided"),
        "closed": _("closed"),
    },
    steps=STEPS,
    duties=DUTIES,
    terms=TERMS,
)
