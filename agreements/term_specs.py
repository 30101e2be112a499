"""Terms of clauses whose room is not built yet, and of the house. A room that is built takes its lines with it."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from obligations.clauses import TermSpec


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
TERMS = AGREEMENTS
