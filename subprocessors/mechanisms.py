"""What a transfer may rest on, per origin, and since when it may not (clause 13; GDPR Chapter V). No database."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

ORIGINS = (("EU", _("EEA")), ("UK", _("United Kingdom")), ("CH", _("Switzerland")))
NAMES = {"EU": "the EEA", "UK": "the United Kingdom", "CH": "Switzerland"}
EEA = frozenset(
    {"AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IS"}
    | {"IT", "LI", "LT", "LU", "LV", "MT", "NL", "NO", "PL", "PT", "RO", "SE", "SI", "SK"}
)
EVERYWHERE = frozenset(NAMES)
# Decisions 2001/497/EC and 2010/87/EU were repealed on 27 September 2021; contracts could rely on them until 27
# December 2022 (Implementing Decision (EU) 2021/914, Art. 4). In the United Kingdom they ended on 21 March 2024,
# in Switzerland at the end of 2022.
OLD_CLAUSES_ENDED = {"EU": dt.date(2022, 12, 27), "UK": dt.date(2024, 3, 21), "CH": dt.date(2022, 12, 31)}
WOULD_BE_RIGHT = {
    "EU": "the clauses of Decision 2021/914, an adequacy decision or binding corporate rules",
    "UK": "the IDTA or the UK Addendum; the EU clauses alone do not suffice",
    "CH": "the clauses of Decision 2021/914 with the Swiss adaptations",
}


@dataclass(frozen=True)
class Mechanism:
    """`origins` it serves, the last day it could be relied on by origin, and whether it needs an assessment."""

    label: str
    origins: frozenset[str] = EVERYWHERE
    ended: Mapping[str, dt.date] = field(default_factory=dict)
    assessed: bool = True


MECHANISMS: Mapping[str, Mechanism] = {
    "adequacy": Mechanism("Adequacy decision", assessed=False),
    "DPF": Mechanism("Data Privacy Framework, listed importer", assessed=False),
    "2021/914": Mechanism("EU clauses, Decision 2021/914", frozenset({"EU"})),
    "2021/914 CH": Mechanism("EU clauses with Swiss adaptations", frozenset({"CH"})),
    "UK Addendum": Mechanism("EU clauses with UK Addendum", frozenset({"UK"})),
    "IDTA": Mechanism("International Data Transfer Agreement", frozenset({"UK"})),
    "BCR": Mechanism("Binding corporate rules"),
    "2010/87/EU": Mechanism("Old clauses, Decision 2010/87/EU", ended=OLD_CLAUSES_ENDED),
    "2001/497/EC": Mechanism("Old clauses, Decision 2001/497/EC", ended=OLD_CLAUSES_ENDED),
}
CHOICES = tuple((key, mechanism.label) for key, mechanism in MECHANISMS.items())


def defect(
    origin: str,
    mechanism: str,
    valid_from: dt.date,
    valid_to: dt.date | None,
    assessed_on: dt.date | None,
    day: dt.date,
) -> str:
    """Why a transfer may not rest on this mechanism on that day, and what would be right; or an empty text."""
    known = MECHANISMS[mechanism]
    right = f"Content from {NAMES[origin]} needs {WOULD_BE_RIGHT[origin]}."
    if origin not in known.origins:
        return f"{known.label} does not cover content from {NAMES[origin]}. {right}"
    ended = known.ended.get(origin)
    if ended and day > ended:
        return f"{known.label} ended for {NAMES[origin]} on {ended:%-d %B %Y}. {right}"
    if day < valid_from:
        return f"{known.label} is valid only from {valid_from:%-d %B %Y} on. Wait, or correct the date."
    if valid_to and day > valid_to:
        return f"{known.label} was valid until {valid_to:%-d %B %Y}. Renew it, or change the mechanism."
    if known.assessed and assessed_on is None:
        return f"{known.label} needs a transfer impact assessment. Record its date."
    return ""


def needs_transfer(country: str) -> bool:
    """Whether content that is processed there has left the EEA."""
    return country not in EEA
