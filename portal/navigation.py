"""The ways to go for a customer's people."""

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _


def items(request: HttpRequest) -> list[tuple[str, str, str]]:
    """(label, address, icon) in order."""
    return [
        (_("What needs you"), reverse("today"), "bell"),
        (_("Ask"), reverse("portal-ask"), "plus"),
        (_("Your matters"), reverse("portal-matters"), "grid"),
        (_("Agreement"), reverse("portal-agreements"), "document"),
        (_("Sub-processors"), reverse("portal-subprocessors"), "building"),
        (_("Contacts"), reverse("portal-contacts"), "people"),
        (_("Messages"), reverse("mailbox"), "mail"),
        (_("Proof"), reverse("proofs"), "shield"),
    ]
