"""People of the house and of customers: who they are, what they may do, and invitations."""

from typing import Any, Final

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import factors, invitations, people
from accounts.doors import Request, again, door
from accounts.forms import FactorForm, InvitationForm, RoleForm
from accounts.models import Customer, Invitation, Membership, User
from accounts.roles import STAFF, Role

WRITERS: Final = (Role.ADMIN, Role.OFFICER)
PAGE: Final = 100


@door(*STAFF)
@require_safe
def people_list(request: Request) -> HttpResponse:
    """People by name, a hundred a page, and the invitations that are open."""
    after = request.GET.get("after", "")
    rows = list(
        User.objects.filter(name__gt=after)
        .prefetch_related("memberships__customer")
        .order_by("name", "pk")[: PAGE + 1]
    )
    context = {
        "rows": rows[:PAGE],
        "next": rows[PAGE - 1].name if len(rows) > PAGE else "",
        "invitations": invitations.open_at(timezone.now())
        .select_related("invited_by")
        .order_by("-invited_at")[:PAGE],
        "may_write": _may_write(request),
    }
    return render(request, "people/people.html", context)


@door(*WRITERS)
@require_http_methods(["GET", "HEAD", "POST"])
@again
def invite(request: Request) -> HttpResponse:
    """Invite a person with a role. What the page answers does not depend on whether we know them."""
    form = InvitationForm(request.actor, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            invitations.invite(**form.cleaned_data, actor=request.actor, at=timezone.now())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, _("A mail is on its way to %(email)s.") % form.cleaned_data)
            return redirect("people")
    return _form(request, form, _("Invite a person"))


@door(*WRITERS)
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    """End the link of an open invitation."""
    found = get_object_or_404(Invitation, pk=pk)
    if not people.may_give(request.actor, found.role):
        messages.error(request, _("Invitations into the house are withdrawn by an administrator."))
    elif invitations.withdraw(Invitation.objects.filter(pk=pk), at=timezone.now()):
        messages.success(request, _("The invitation is withdrawn; its link no longer works."))
    return redirect("people")


@door(*STAFF)
@require_safe
def person(request: Request, pk: int) -> HttpResponse:
    """One person: roles, second factors, sessions, and what can be changed about them."""
    return _person(request, get_object_or_404(User, pk=pk), RoleForm(request.actor))


@door(*WRITERS)
@require_POST
@again
def change(request: Request, pk: int, verb: str) -> HttpResponse:
    """Give or take a role, switch off or on, take lost factors away."""
    found = get_object_or_404(User, pk=pk)
    form = RoleForm(request.actor, request.POST if verb == "give" else None)
    if verb == "give" and not form.is_valid():
        return _person(request, found, form, status=422)
    try:
        said = _changed(request, found, verb, form)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, said)
    return redirect("person", pk)


def _changed(request: Request, found: User, verb: str, form: RoleForm) -> str:
    actor, at = request.actor, timezone.now()
    if verb == "give":
        people.grant(found, **form.cleaned_data, actor=actor, at=at)
        return _("The role is given.")
    if verb == "take":
        number = request.POST.get("membership", "")
        rows = Membership.objects.select_related("user").filter(user=found)
        people.end(get_object_or_404(rows, pk=number if number.isdecimal() else 0), actor=actor)
        return _("The role is taken away.")
    if verb in ("off", "on"):
        people.switch(found, verb == "on", actor=actor, at=at)
        return _("Switched on.") if verb == "on" else _("Switched off; all their sessions are ended.")
    if verb == "lost-factors":
        people.lost_factors(found, actor=actor)
        return _("Their factors are gone; they set up a new one at the next sign-in.")
    raise Http404


@door(*WRITERS, Role.SIGNATORY)
@require_http_methods(["GET", "HEAD", "POST"])
@again
def customer_factor(request: Request) -> HttpResponse:
    """Whether the people of customers need a second factor: staff for any, signatories for their own."""
    own = request.actor.at_customers
    names = Customer.objects.filter(pk__in=[pk for pk in own if Role.SIGNATORY in own[pk]])
    form = FactorForm(request.POST or None, initial={"customers": "\n".join(row.name for row in names)})
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["customers"]
        mine = [one for one in chosen if request.actor.roles_at(one.pk) & {*WRITERS, Role.SIGNATORY}]
        if len(mine) < len(chosen):
            form.add_error("customers", _("You sign for other customers than these."))
        else:
            required = form.cleaned_data["required"] == "yes"
            people.require_factor(mine, required, actor=request.actor, at=timezone.now())
            messages.success(request, _("Kept. It holds from the next page that their people open."))
            return redirect("mfa_index")
    title = _("Second factor of our people") if own else _("Second factor of a customer's people")
    return _form(request, form, title, button=_("Save"))


def _person(request: Request, found: User, form: RoleForm, status: int = 200) -> HttpResponse:
    rows = Membership.objects.filter(user=found).select_related("customer").order_by("pk")
    context = {
        "person": found,
        "memberships": [(row, people.may_give(request.actor, row.role)) for row in rows],
        "factors": factors.owned(found),
        "sessions": UserSession.objects.filter(user=found).count(),
        "form": form,
        "may_write": _may_write(request) and found.pk != request.actor.user_id,
    }
    return render(request, "people/person.html", context, status=status)


def _may_write(request: Request) -> bool:
    return bool(request.actor.house & set(WRITERS))


def _form(request: Request, form: Any, title: str, *, button: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "button": button}
    return render(request, "people/form.html", context, status=422 if form.is_bound else 200)
