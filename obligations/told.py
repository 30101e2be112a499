"""Which of an agreement's contacts is told of what: each chooses kinds of matters, and whether it wants reminders."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _

from obligations.clauses import CLAUSES, Clause
from obligations.models_agreement import NoticeContact


def choices() -> list[tuple[str, str]]:
    """The kinds of matters of which a customer's contact hears anything, with their names."""
    return [(clause.kind, str(clause.plural)) for clause in CLAUSES.values() if _tells(clause)]


def _tells(clause: Clause) -> bool:
    noticed = any(step.notice and step.notice.to == "first contact" for step in clause.steps)
    return noticed or any("contacts" in rung.recipients for duty in clause.duties for rung in duty.ladder)


def in_words(contact: NoticeContact) -> str:
    """What the contact gets, for people."""
    names = [str(CLAUSES[kind].plural) for kind in contact.kinds if kind in CLAUSES]
    what = ", ".join(names) if contact.kinds else _("All notices")
    return f"{what}; {_('reminders')}" if contact.reminders else what


def in_order(contacts: Iterable[NoticeContact], kind: str) -> list[NoticeContact]:
    """Who chose that kind, then who chose none, then the others: a notice must arrive, whatever was chosen."""
    return sorted(contacts, key=lambda one: (kind not in one.kinds, bool(one.kinds), one.position))


def takes(contact: NoticeContact, kind: str) -> bool:
    """Whether the contact chose that kind; who chose none takes all."""
    return not contact.kinds or kind in contact.kinds


def reminded(contacts: Sequence[NoticeContact], kind: str) -> list[NoticeContact]:
    """Everybody who takes that kind and wants reminders; when nobody does, whoever gets the notice."""
    wanted = [contact for contact in contacts if contact.reminders and takes(contact, kind)]
    return wanted or in_order(contacts, kind)[:1]
