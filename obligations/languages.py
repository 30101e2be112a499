"""Languages in which mails to customers are written; the house reads English."""

from collections.abc import Iterable, Iterator
from typing import Final

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from accounts.models import Invitation, Membership
from accounts.scope import ALL, scope
from obligations.models_agreement import Agreement, NoticeContact

LANGUAGES: Final = (
    ("en", _("English")),
    ("de", _("German")),
    ("es", _("Spanish")),
    ("fr", _("French")),
    ("it", _("Italian")),
    ("nl", _("Dutch")),
    ("pl", _("Polish")),
)

# Mails to the house's own people. All others stand whole in obligations/locale/: a test sees to it.
HOUSE: Final = ("obligations/alert", "obligations/digest", "obligations/fault")


def spoken(template: str, wanted: str) -> str:
    """The language in which a mail goes out to somebody who wants it in this one."""
    return wanted if template not in HOUSE and wanted in dict(LANGUAGES) else "en"


def duty_in(language: str, title: object) -> dict[str, str]:
    """What a reminder's context holds: the language, and the duty's name in it."""
    with translation.override(spoken("obligations/reminder", language)):
        return {"language": language, "duty": str(title)}


def languages_of(addresses: Iterable[str]) -> dict[str, str]:
    """What a customer's people read, by address: the contact's own language, else that of their oldest agreement.

    For mails that belong to no agreement. Four statements, however many; who is missing reads English.
    """
    wanted = {address.lower() for address in addresses}
    found: dict[str, str] = {}
    with scope(ALL, reason="languages of mails"):
        contacts = NoticeContact.objects.filter(email__in=wanted).order_by("pk")
        for email, own, agreements in contacts.values_list("email", "language", "agreement__language"):
            found.setdefault(email, own or agreements)
        places = list(_places(wanted - found.keys()))
        rows = Agreement.objects.filter(customer__in={customer for _email, customer in places})
        theirs = dict(rows.order_by("-pk").values_list("customer", "language"))
    for email, customer in places:
        found.setdefault(email, theirs.get(customer, "en"))
    return found


def _places(addresses: set[str]) -> Iterator[tuple[str, int]]:
    """Each address with the customers of its person, or of who is invited at it."""
    members = Membership.objects.filter(user__email__in=addresses, customer__isnull=False)
    yield from members.order_by("pk").values_list("user__email", "customer")
    invited = Invitation.objects.filter(email__in=addresses, customers__isnull=False)
    yield from invited.order_by("pk").values_list("email", "customers")


def language_of(address: str) -> str:
    """The same of one address."""
    return spoken("", languages_of([address]).get(address.lower(), "en"))
