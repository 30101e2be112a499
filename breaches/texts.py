"""The words of a notice: one text for all, one for a language, one for an agreement; the closest one counts.

They are written with the step `write` of the breach and kept in its entries; what is sent is kept in the message.
"""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from breaches.fields import TEXT
from obligations.clauses import Field
from obligations.languages import LANGUAGES
from obligations.models import Agreement, Entry, Matter

FIELDS = (
    TEXT,
    Field("language", "choice", _("For agreements in"), _("Empty: every language."), False, LANGUAGES),
    Field("agreements", "agreements", _("Only for these agreements"), _("None: for all."), required=False),
)


class Texts:
    """What was written for a breach so far. One statement."""

    def __init__(self, breach: Matter) -> None:
        self._by_agreement: dict[int, str] = {}
        self._by_language: dict[str, str] = {}
        written = Entry.objects.filter(matter=breach, step="write", proposed=False).order_by("id")
        for facts in written.values_list("facts", flat=True):
            self._keep(facts)

    def _keep(self, facts: dict[str, Any]) -> None:
        named = facts.get("agreements", ())
        for pk in named:
            self._by_agreement[pk] = facts["text"]
        if not named:
            self._by_language[facts.get("language", "")] = facts["text"]

    def of(self, agreement: Agreement) -> str:
        """The text for this agreement, or an empty one: nothing was written for it."""
        general = self._by_language.get("", "")
        return self._by_agreement.get(agreement.pk) or self._by_language.get(agreement.language, general)


def by_text(breach: Matter, notices: Iterable[Matter]) -> dict[str, list[Matter]]:
    """Notices grouped by what they would say; those without a text under the empty one."""
    texts, found = Texts(breach), dict[str, list[Matter]]()
    for row in notices:
        text = texts.of(row.agreement) if row.agreement else ""
        found.setdefault(text, []).append(row)
    return found
