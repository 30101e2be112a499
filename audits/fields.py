"""Facts that several kinds of this room ask for."""

from django.utils.translation import gettext_lazy as _

from obligations.clauses import Field

PRICE = (
    Field("work", "long_text", _("What the extra effort is")),
    Field(
        "normal_hours",
        "number",
        _("Hours within the normal service"),
        _("They cost nothing (9.2)."),
        required=False,
    ),
    Field("extra_hours", "number", _("Hours beyond it"), covers=("9.2",)),
    Field("hourly_rate", "number", _("Price of an hour"), _("In whole units of the currency.")),
    Field(
        "currency",
        "choice",
        _("Currency"),
        choices=(("EUR", "EUR"), ("USD", "USD"), ("GBP", "GBP"), ("CHF", "CHF")),
    ),
)
SEVERITIES = (("high", _("high")), ("medium", _("medium")), ("low", _("low")))
FINDING_FIELDS = (
    Field("finding", "text", _("Finding")),
    Field("severity", "choice", _("Severity"), choices=SEVERITIES),
    Field("detail", "long_text", _("What was found")),
)
