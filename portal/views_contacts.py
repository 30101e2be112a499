"""Who at the customer is told what: read and written by its own people, with history."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.doors import Request, door
from accounts.models import Membership, User
from accounts.roles import CUSTOMER_SIDE
from agreements import records
from agreements.forms import ContactForm
from obligations.languages import LANGUAGES
from obligations.models import Agreement, NoticeContact
from portal import own
from portal.asking import live_agreements
from portal.contacts import desks


class LanguageForm(forms.Form):
    """The language of notices."""

    language = forms.ChoiceField(label=gettext_lazy("Language of notices"), choices=LANGUAGES)


@door(*CUSTOMER_SIDE)
@require_safe
def contacts(request: Request) -> HttpResponse:
    """The contacts of each agreement in the order in which they are told, and who can sign in."""
    agreements = list(live_agreements(request.actor))
    known = own.references(agreements)
    languages = dict(LANGUAGES)
    people = Membership.objects.filter(customer__in=request.actor.at_customers.keys())
    context = {
        "desks": [
            (
                desk,
                known.get(desk.agreement.pk, ""),
                languages.get(desk.agreement.language, desk.agreement.language),
            )
            for desk in desks(agreements)
        ],
        "people": people.select_related("user", "customer").order_by("customer__name", "user__name", "role"),
        "several": len(request.actor.at_customers) > 1,
    }
    return render(request, "portal/contacts.html", context)


@door(*CUSTOMER_SIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request, reference: str) -> HttpResponse:
    """A further contact, told when those before cannot be reached."""
    found = own.agreement(request, reference)
    form = ContactForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        user = User.objects.filter(
            email=values["email"].lower(), memberships__customer=found.customer_id
        ).first()
        try:
            records.add_contact(found, actor=request.actor, at=timezone.now(), user=user, **values)
        except ValidationError as error:
            _complain(form, error)
        else:
            messages.success(request, _("%(name)s is added as the last contact.") % values)
            return redirect("portal-contacts")
    return _page(request, form, _("Add a contact"), found)


@door(*CUSTOMER_SIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def change(request: Request, reference: str, place: int) -> HttpResponse:
    """Put a contact right."""
    found = own.agreement(request, reference)
    row = _contact(found, place)
    known = {name: getattr(row, name) for name in ContactForm.base_fields}
    form = ContactForm(request.POST or None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            records.change_contact(row, actor=request.actor, at=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            _complain(form, error)
        else:
            messages.success(request, _("The contact is changed; what it was before is kept."))
            return redirect("portal-contacts")
    return _page(request, form, _("Change a contact"), found)


@door(*CUSTOMER_SIDE)
@require_POST
def up(request: Request, reference: str, place: int) -> HttpResponse:
    """Told one place earlier."""
    row = _contact(own.agreement(request, reference), place)
    records.move_up(row, actor=request.actor, at=timezone.now())
    messages.success(request, _("%(name)s is told earlier now.") % {"name": row.name})
    return redirect("portal-contacts")


@door(*CUSTOMER_SIDE)
@require_POST
def remove(request: Request, reference: str, place: int) -> HttpResponse:
    """Take a contact away; the last one stays."""
    row = _contact(own.agreement(request, reference), place)
    try:
        records.remove_contact(row, actor=request.actor)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, _("%(name)s is no contact any more.") % {"name": row.name})
    return redirect("portal-contacts")


@door(*CUSTOMER_SIDE)
@require_http_methods(["GET", "HEAD", "POST"])
def language(request: Request, reference: str) -> HttpResponse:
    """The language in which notices under this agreement are written."""
    found = own.agreement(request, reference)
    form = LanguageForm(request.POST or None, initial={"language": found.language})
    if request.method == "POST" and form.is_valid():
        records.set_language(found, form.cleaned_data["language"], actor=request.actor, at=timezone.now())
        messages.success(
            request, _("From now on notices go out in this language, as far as 365 AITECH has it.")
        )
        return redirect("portal-contacts")
    return _page(request, form, _("Language of notices"), found)


def _contact(found: Agreement, place: int) -> NoticeContact:
    row = (
        NoticeContact.objects.filter(agreement=found, position=place)
        .select_related("agreement", "user")
        .first()
    )
    if row is None:
        raise Http404
    return row


def _complain(form: forms.Form, error: ValidationError) -> None:
    """What the record says next to the field that it is about."""
    for name, words in getattr(error, "message_dict", {"": error.messages}).items():
        form.add_error(name if name in form.fields else None, words)


def _page(request: Request, form: Any, title: str, found: Agreement) -> HttpResponse:
    context = {"form": form, "title": title, "agreement": found}
    return render(request, "portal/form.html", context, status=422 if form.is_bound else 200)
