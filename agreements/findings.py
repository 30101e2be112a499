"""What is wrong with an agreement as it stands: shown in red until it is mended."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from obligations.models import Agreement, Matter, NoticeContact
from obligations.terms import TermBook

MECHANISM = "subprocessors.transfer.mechanism"
# Decision 2010/87/EU was repealed on 27 September 2021; contracts could rely on it until 27 December 2022
# (Implementing Decision (EU) 2021/914, Art. 4). 2001/497/EC likewise.
REPEALED = {"2010/87/EU": dt.date(2022, 12, 27), "2001/497/EC": dt.date(2022, 12, 27)}
SOURCES = {
    "7.3b": "No calendar: business days are counted strictly",
    "4.1a": "Not signed by both parties",
    "2.2a": "Not in force: nothing may be processed under it",
    "13.3": "Transfers rest on a repealed decision",
    "11.1a": "No notice contact",
    "3.2": "The text calls us the controller of subscription data, and in its next sentence the customer",
}


@dataclass(frozen=True)
class Finding:
    """`source`: the register id it comes from. `mend`: what would put it right."""

    source: str
    words: str
    mend: str


def with_contacts(agreements: Iterable[Agreement]) -> set[int]:
    """Ids of those agreements that have a notice contact."""
    wanted = [agreement.pk for agreement in agreements]
    return set(NoticeContact.objects.filter(agreement__in=wanted).values_list("agreement_id", flat=True))


def find(
    agreement: Agreement, matter: Matter | None, book: TermBook, today: dt.date, has_contact: bool
) -> Sequence[Finding]:
    """Findings on one agreement; `book` holds its terms. No statement of its own."""
    found = []
    for party, calendar in (("our", agreement.our_calendar), ("the customer's", agreement.their_calendar)):
        if not calendar:
            found.append(
                Finding(
                    "7.3b",
                    f"No calendar for {party} side: business days count Monday to Friday without holidays, in UTC.",
                    "Set the country, and where it matters the subdivision.",
                )
            )
    if matter is None or matter.state == "unsigned":
        found.append(
            Finding(
                "4.1a",
                "Not signed by both parties: it is not in force.",
                "Record both signatures with their dates.",
            )
        )
    mechanism = book.read(agreement, MECHANISM, when=today).value
    ended = REPEALED.get(str(mechanism))
    if ended is not None and today > ended:
        found.append(
            Finding(
                "13.3",
                f"Transfers rest on Decision {mechanism}, repealed and unusable since {ended:%-d %B %Y}.",
                "Replace it by the clauses of Implementing Decision (EU) 2021/914 in an amendment.",
            )
        )
    if not has_contact:
        found.append(
            Finding("11.1a", "No notice contact: nobody could be told of a breach.", "Add a contact.")
        )
    return found
