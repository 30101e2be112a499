"""Who at the customer is told, and what is wrong with that: the only contact bounced, or has left."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import Membership
from obligations import told
from obligations.models import Agreement, Message, NoticeContact


@dataclass(frozen=True)
class Line:
    """One contact; `trouble` says why nothing arrives there, or is empty."""

    row: NoticeContact
    gets: str
    trouble: str


@dataclass(frozen=True)
class Desk:
    """The contacts of one agreement, in order; `warning` when nobody can be reached."""

    agreement: Agreement
    lines: Sequence[Line]
    warning: str


def desks(agreements: Iterable[Agreement]) -> list[Desk]:
    """Three statements, however many agreements there are."""
    chosen = list(agreements)
    contacts = list(
        NoticeContact.objects.filter(agreement__in=chosen)
        .select_related("user")
        .order_by("agreement", "position")
    )
    fates = _last_fates({contact.email for contact in contacts})
    here: set[tuple[int, int | None]] = set(
        Membership.objects.filter(user__in=[c.user_id for c in contacts if c.user_id]).values_list(
            "user_id", "customer_id"
        )
    )
    found = []
    for agreement in chosen:
        lines = [
            Line(c, told.in_words(c), _trouble(c, fates, here))
            for c in contacts
            if c.agreement_id == agreement.pk
        ]
        found.append(Desk(agreement, lines, _warning(lines)))
    return found


def _last_fates(addresses: set[str]) -> dict[str, str]:
    """What became of the last message to each address."""
    rows = Message.objects.filter(recipient__in=addresses, state__in=("received", "sent", "failed"))
    return dict(rows.order_by("queued_at", "pk").values_list("recipient", "state"))


def _trouble(contact: NoticeContact, fates: dict[str, str], here: Collection[tuple[int, int | None]]) -> str:
    user = contact.user
    if user is not None and (not user.is_active or (user.pk, contact.customer_id) not in here):
        return _("has left: can no longer sign in here")
    if fates.get(contact.email) == Message.State.FAILED:
        return _("the last message came back")
    return ""


def _warning(lines: Sequence[Line]) -> str:
    if not lines:
        return _("Nobody is named: a breach notice would reach nobody. Add a contact now.")
    if any(not line.trouble for line in lines):
        return ""
    if len(lines) == 1:
        return _("Your only contact cannot be reached. Add another one, or put the address right.")
    return _("None of your contacts can be reached. Add another one, or put the addresses right.")
