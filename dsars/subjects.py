"""What is known of a data subject: kept apart, handed to the controller (design: never in an Entry).

Its end is in purging.py.
"""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence

from django.utils.translation import gettext_lazy as _

from accounts.roles import Actor
from dsars.models import DsarSubject
from obligations.clauses import Draft, Facts, Field, Rung, Turns
from obligations.models import Entry, Matter, Obligation
from obligations.terms import TermBook

REPLY = "dsars.reply"
KINDS = ("dsar_forwarding", "dsar_assistance", "dsar")  # that hold a data subject's data
RIGHTS = (
    ("access", _("access")),
    ("erasure", _("erasure")),
    ("rectification", _("rectification")),
    ("restriction", _("restriction")),
    ("portability", _("portability")),
    ("objection", _("objection")),
    ("opt_out", _("opt-out of sale (CCPA)")),
    ("other", _("something else")),
)
PRIVATE = (
    Field("subject_name", "text", _("Name of the data subject"), private=True),
    Field("subject_contact", "text", _("How to reach them"), private=True),
    Field("request", "file", _("The request, unchanged"), private=True),
)
_PRIVATE_NAMES = frozenset(field.name for field in PRIVATE)
SURNAME = 4  # letters from which the last part of a name counts as a name alone
PURGE_LADDER = (
    Rung("before target", 7, "days"),
    Rung("at target", to=("owner", "approvers")),
    Rung("before due", 7, "days"),
    Rung("at due", to=("owner", "approvers")),
)


def keep(pairs: Turns, actor: Actor, at: dt.datetime) -> None:
    """Store who it is. The Entry keeps none of these facts."""
    DsarSubject.objects.bulk_create(
        DsarSubject(
            matter=matter,
            customer_id=matter.customer_id,
            name=facts["subject_name"],
            contact=facts["subject_contact"],
            request=facts["request"],
        )
        for matter, facts in pairs
    )


def forwardings(rows: Sequence[Matter], facts: Mapping[int, Facts]) -> Mapping[int, Sequence[Draft]]:
    """One forwarding for each agreement that has none of this request yet, with a copy of what it says."""
    ids = [row.pk for row in rows]
    known = set(
        Matter.objects.filter(parent__in=ids, kind="dsar_forwarding").values_list("parent_id", "agreement_id")
    )
    people = DsarSubject.objects.in_bulk(ids)
    opened = {row.matter_id: row.facts for row in Entry.objects.filter(matter__in=ids, step="open")}
    return {
        row.pk: [
            Draft(
                "dsar_forwarding",
                row.title,
                agreement,
                _handed_over(people[row.pk], opened[row.pk], facts[row.pk]),
            )
            for agreement in facts[row.pk]["agreements"]
            if (row.pk, agreement) not in known
        ]
        for row in rows
    }


def _handed_over(person: DsarSubject, opened: Facts, facts: Facts) -> Facts:
    return {
        "identified_at": facts["identified_at"],
        "received_at": dt.datetime.fromisoformat(opened["received_at"]),
        "right": opened["right"],
        "subject_name": person.name,
        "subject_contact": person.contact,
        "request": person.request,
    }


def ours_is_open(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """We answer for our own data only."""
    known = still_open(rows, "answer_own")
    words = "Nothing of our own is open here. A customer's request is forwarded, never answered by us (7.3)."
    return {row.pk: words for row in rows if row.pk not in known}


def nothing_is_open(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """A request is closed when every customer has received it and our own answer is given."""
    ids = [row.pk for row in rows]
    below = Matter.objects.filter(parent__in=ids, kind="dsar_forwarding").select_related("customer")
    waiting = below.filter(state__in=("owed", "sent", "bounced")).order_by("-pk")
    reasons = {row.parent_id: f"{row.customer} has not received it yet." for row in waiting}
    words = "Our own answer is still open. Record it first."
    return {**dict.fromkeys(still_open(rows, "answer_own"), words), **reasons}


def assistance_is_asked(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """Assistance answers an instruction."""
    known = still_open(rows, "assist")
    words = "No instruction of the customer is open. Record what it asks for first."
    return {row.pk: words for row in rows if row.pk not in known}


def still_open(rows: Iterable[Matter], duty: str) -> set[int]:
    found = Obligation.objects.filter(matter__in=[row.pk for row in rows], duty=duty, state="open")
    return set(found.values_list("matter_id", flat=True))


def names_nobody(pairs: Turns, now: dt.datetime) -> Sequence[str]:
    """What is typed into a title or a text stays for good, so it may not name who asks."""
    stored = DsarSubject.objects.in_bulk([matter.pk for matter, _facts in pairs if matter.pk])
    return [_named(matter, facts, stored.get(matter.pk)) for matter, facts in pairs]


def _named(matter: Matter, facts: Facts, person: DsarSubject | None) -> str:
    name = facts.get("subject_name") or (person.name if person else "")
    contact = facts.get("subject_contact") or (person.contact if person else "")
    kept = [matter.title, *(value for key, value in facts.items() if key not in _PRIVATE_NAMES)]
    said = " ".join(" ".join(str(text) for text in kept).casefold().split())
    parts = name.casefold().split()
    told = [
        " ".join(parts),
        contact.casefold().strip(),
        *(part for part in parts[-1:] if len(part) >= SURNAME),
    ]
    if any(part and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", said) for part in told):
        return "This names the data subject, and it would stay for good. Use a reference instead."
    return ""


def reply_is_agreed(rows: Sequence[Matter], now: dt.datetime) -> Mapping[int, str]:
    """7.3: never a word to the data subject, unless this customer's agreement allows it."""
    book = TermBook([row.agreement for row in rows if row.agreement], [REPLY])
    return {
        row.pk: f"The agreement with {row.customer} forbids any answer to the data subject. Forward the request."
        for row in rows
        if book.read(row.agreement, REPLY, when=now.date()).value == "never"
    }
