"""A simple electronic signature: typed name, intention, time, the second factor where the person has one, and the
SHA-256 of the document, which the ledger keeps with the step. Nothing more is claimed for it."""

import datetime as dt
from typing import Any, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import factors
from accounts.doors import Request
from obligations import evidence, paper
from obligations.clauses import Field, Step
from obligations.models import Entry, Evidence, Matter
from obligations.signatures import DOCUMENT, INTENTION, signs
from obligations.templatetags.clocks import fact
from portal.templatetags.customers_words import step_of

HELP: Final = gettext_lazy(
    "Type your name as it stands in your account: %(name)s. It counts as your signature."
)


def asked(step: Step) -> tuple[Field, ...]:
    """The fields that the signatory fills in: the portal itself makes the document and words the intention."""
    made = (INTENTION.name, DOCUMENT.name) if signs(step) else ()
    return tuple(field for field in step.fields if field.name not in made)


def intention(step: Step, matter: Matter, name: str) -> str:
    """What the signature means, in a sentence that the person confirms."""
    return _("I, %(name)s, act for %(customer)s and sign: %(step)s, %(title)s.") % {
        "name": name,
        "customer": matter.customer,
        "step": step_of(step, matter),
        "title": matter.title,
    }


def wrong_name(typed: str, name: str) -> str:
    """Why a typed name is no signature of this person; "" when it is."""
    if " ".join(typed.split()).casefold() == " ".join(name.split()).casefold():
        return ""
    return _("This is not your name. Type it as it stands in your account: %(name)s.") % {"name": name}


def document(
    request: Request, matter: Matter, step: Step, facts: dict[str, Any], at: dt.datetime
) -> dict[str, Any]:
    """The signed document as evidence, a PDF that both sides get: a fact of type "file" with its SHA-256."""
    fields = {field.name: field for field in step.fields}
    context = {
        "title": f"{step_of(step, matter)}: {matter.title}",
        "matter": matter,
        "step": step,
        "at": at.astimezone(dt.UTC),
        "name": request.actor.name,
        "email": request.user.email,  # type: ignore[union-attr]
        "factor": factors.given(request),
        "facts": [(fields[name].label, fact(value)) for name, value in facts.items() if name in fields],
        "asked": asked_so_far(matter),
        "papers": list(Evidence.objects.filter(matter=matter).exclude(sha256="").order_by("pk")),
    }
    content, ends = paper.made("portal/documents/signed.html", context, at)
    return evidence.kept(f"{matter.public_reference}-{step.name}.{ends}", [content], ours=True)


def asked_so_far(matter: Matter) -> list[tuple[str, Any]]:
    """What the other side laid down in the matter before: what the signature is about."""
    labels = {f.name: str(f.label) for step in matter.clause.steps for f in step.fields if not f.private}
    found: dict[str, Any] = {}
    for facts in (
        Entry.objects.filter(matter=matter, proposed=False).order_by("pk").values_list("facts", flat=True)
    ):
        found |= {labels[name]: fact(value) for name, value in facts.items() if name in labels}
    return [(label, value) for label, value in found.items() if not isinstance(value, dict)]
