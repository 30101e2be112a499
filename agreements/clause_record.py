"""The kind `processing_record`: the processor's record of processing (Art. 30(2) GDPR), reviewed every year."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import NEW, PROCESSOR, SAME, Clause, Duty, Field, Rung, Start, Step, TermSpec

RECORD = Field("record", "file", _("The record"), _("As it stands now."))
NOTE = Field("note", "long_text", _("What has changed"))

PROCESSING_RECORD = Clause(
    kind="processing_record",
    title=_("Record of processing"),
    plural=_("Records of processing"),
    prefix="RP",
    covers=("2.1",),
    states={"kept": _("kept"), "closed": _("closed")},
    steps=(
        Step("open", _("Keep a record of processing"), frm=NEW, to="kept", by={"officer"}, fields=(RECORD,)),
        Step("review", _("Record a review"), frm="kept", to=SAME, by={"officer"}, fields=(RECORD, NOTE)),
        Step(
            "close",
            _("Close the record"),
            frm="kept",
            to="closed",
            by={"approver"},
            closes=True,
            fields=(Field("reason", "long_text", _("Reason")),),
        ),
    ),
    duties=(
        Duty(
            "review",
            _("Review the record of processing"),
            source="S6",
            owed_by=PROCESSOR,
            starts=(Start("open"), Start("review")),
            met_by=("review",),
            ends=("close",),
            term="statutory.records.review.within",
            ladder=(
                Rung("before target", 30, "days"),
                Rung("before target", 7, "days"),
                Rung("at target", to=("owner", "approvers")),
                Rung("before due", 30, "days"),
                Rung("at due", to=("owner", "approvers")),
            ),
        ),
    ),
    terms=(
        TermSpec(
            "statutory.records.review.within",
            "period",
            {"word": "regularly", "target": {"years": 1}},
            _("Review of the record of processing"),
        ),
    ),
)
