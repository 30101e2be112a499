"""Terms of clauses whose room is not built yet, and of the house. A room that is built takes its lines with it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from obligations.clauses import TermSpec


def _period(key: str, label: Any, **value: Any) -> TermSpec:
    return TermSpec(key, "period", value, label)


def _choice(key: str, label: Any, *choices: str) -> TermSpec:
    """The first choice is the default."""
    return TermSpec(key, "choice", choices[0], label, choices)


def _vague(key: str, label: Any, word: str, **target: int) -> TermSpec:
    return TermSpec(key, "period", {"word": word, "target": target}, label)


AGREEMENTS = (
    _choice("agreements.ends_with", _("The agreement ends with"), "deletion_proven", "contract_end"),
    _vague("agreements.certification.renew.within", _("Renew the CCPA certification"), "regularly", years=1),
    TermSpec(
        "agreements.payment.only_where_named",
        "boolean",
        True,
        _("Fees only where a clause names them"),
        covers=("17.2",),
    ),
)
AUDITS = (
    _vague("audits.information.within", _("Information on compliance"), "timely", business_days=10),
    _vague("audits.date.within", _("Agree on the date of an audit"), "reasonable", business_days=10),
    _choice("audits.hours", _("Audits take place"), "business_hours", "any_time"),
    _choice("audits.auditor", _("An auditor must be"), "bound_and_no_competitor", "bound", "any"),
    TermSpec("audits.free", "number", 1, _("Free audits in the window")),
    _period("audits.window", _("Window of free audits"), months=12),
    _choice(
        "audits.mode", _("How the window counts"), "rolling", "rolling_any", "calendar_year", "contract_year"
    ),
    _choice("audits.fees", _("Further audits are paid by"), "customer", "processor"),
    _vague("audits.refer.within", _("Refer an authority's request"), "promptly", business_days=1),
    _vague("audits.dpia.within", _("Assist with an impact assessment"), "reasonable", business_days=10),
    _vague("audits.consultation.within", _("Assist with an authority"), "reasonable", business_days=5),
    _choice(
        "audits.dpia.fees", _("Fees for that assistance"), "beyond_normal_service", "none", "always_customer"
    ),
)
TERMS = (
    *AGREEMENTS, *AUDITS,
)  # fmt: skip
