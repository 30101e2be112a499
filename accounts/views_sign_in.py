"""Pages of sign-in that django-allauth lacks: accepting an invitation, sessions, and factors set up and tried."""

from typing import Any

from allauth.account.internal.flows import reauthentication
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.core import ratelimit
from allauth.mfa.base.views import IndexView
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.views import ActivateTOTPView
from allauth.mfa.webauthn.views import AddWebAuthnView, EditWebAuthnView, ListWebAuthnView, RemoveWebAuthnView
from allauth.socialaccount.adapter import get_adapter
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from accounts import factors, invitations, people
from accounts.adapters import Factors
from accounts.browsers import in_words
from accounts.doors import EVERYBODY, Request, door
from accounts.forms import PasswordForm
from accounts.handles import behind, handle
from accounts.models import User


@door()
@sensitive_post_parameters()
@require_http_methods(["GET", "HEAD", "POST"])
def invitation(request: Request, secret: str) -> HttpResponse:
    """Choose a password and be signed in. Opening the link uses nothing up: mail scanners open links too."""
    too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="invitation")
    if too_many:
        return too_many
    found = invitations.behind(secret, at=timezone.now())
    them = User(email=found.email, name=found.name) if found else None
    form = PasswordForm(them, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = invitations.accept(secret, form.cleaned_data["password"], at=timezone.now())
        if user is not None:
            credentials = {"email": user.email}
            return perform_password_login(request, credentials, Login(user=user, redirect_url="/"))
        found = None
    context = {"form": form, "invitation": found}
    status = 404 if found is None else 422 if form.is_bound else 200
    return render(request, "account/invitation.html", context, status=status)


@door(*EVERYBODY)
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: Request) -> HttpResponse:
    """Where this person is signed in: end one session, or all but this one."""
    user, here = request.user, request.session.session_key or ""
    if request.method == "POST":
        if "session" in request.POST:
            row = behind(request.POST["session"], UserSession.objects.filter(user_id=user.pk))
            ended = row is not None and row.end() is None
            messages.success(request, _("The session is ended.") if ended else _("It had ended already."))
        else:
            people.end_sessions(user, but=here)  # type: ignore[arg-type]
            messages.success(request, _("All other sessions are ended."))
        return redirect("usersessions_list")
    rows = UserSession.objects.purge_and_list(user)
    rows.sort(key=lambda row: row.last_seen_at, reverse=True)
    listed = [(row, in_words(row.user_agent), handle(row), row.session_key == here) for row in rows]
    return render(request, "account/sessions.html", {"sessions": listed})


@door(*EVERYBODY)
@require_safe
def prove_at_provider(request: Request) -> HttpResponse:
    """Go to the provider of single sign-on, which must ask anew (prompt, max_age) and say when it did (auth_time)."""
    wanted = request.GET.get("next", "/")
    back = wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/"
    there = ""
    for provider in get_adapter().list_providers(request):
        # Whoever takes these parameters out of the address is told nothing new: auth_time decides.
        there = provider.get_login_url(
            request,
            process="login",
            next=f"{reverse('proved-at-provider')}?{urlencode({'next': back})}",
            auth_params="prompt=login&max_age=0",
        )
    asked = "proved_at_provider" in request.session and request.session["proved_at_provider"] == 0
    return render(request, "account/prove_at_provider.html", {"there": there, "silent": asked})


@door(*EVERYBODY)
@require_safe
def proved_at_provider(request: Request) -> HttpResponse:
    """Back from the provider: what was posted before is taken up, as after any other proof."""
    wanted = request.GET.get("next", "/")
    if not factors.proved_at_provider(request):
        return redirect(f"{reverse('prove-at-provider')}?{urlencode({'next': wanted})}")
    return reauthentication.resume_request(request) or redirect("/")


class Security(IndexView):
    """Password, factors and sessions of the reader, and what their role asks of them."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        request: Any = self.request
        mine: dict[str, Any] = super().get_context_data(**kwargs)
        needed = factors.needed(request.actor)
        lacking = needed and not set(mine["authenticators"]) & set(factors.FIRST)
        signs = any("signatory" in roles for roles in request.actor.at_customers.values())
        return mine | {"needed": needed, "lacking": lacking, "signs": signs}


class SetUpApp(ActivateTOTPView):
    """The code that sets an authenticator app up also counts as the second factor of this session."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        factors.set_up(self.request, Authenticator.Type.TOTP)
        return answer


class SetUpPasskey(AddWebAuthnView):
    """The same for a passkey."""

    def form_valid(self, form: Any) -> HttpResponse:
        answer: HttpResponse = super().form_valid(form)
        factors.set_up(self.request, Authenticator.Type.WEBAUTHN)
        return answer


class ListPasskeys(ListWebAuthnView):
    """The reader's passkeys, each with the handle that stands for it."""

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        mine: dict[str, Any] = super().get_context_data(**kwargs)
        return mine | {"passkeys": [(row, handle(row)) for row in mine["authenticators"]]}


class OwnPasskey:
    """The reader's passkey that the handle in the address stands for."""

    def get_object(self, queryset: Any = None) -> Authenticator:
        view: Any = self
        row = behind(view.kwargs["handle"], queryset or view.get_queryset())
        if row is None:
            raise Http404
        return row


class RenamePasskey(OwnPasskey, EditWebAuthnView):
    """A passkey's name, so that its owner knows it among others."""


class RemovePasskey(OwnPasskey, RemoveWebAuthnView):
    """Whoever needs a factor keeps one (the form for authenticator apps asks the same)."""

    def form_valid(self, form: Any) -> HttpResponse:
        if not Factors().can_delete_authenticator(self.get_object()):
            messages.error(self.request, _("Your role needs a second factor. Set up another one first."))
            return redirect("mfa_list_webauthn")
        answer: HttpResponse = super().form_valid(form)
        return answer


security = door(*EVERYBODY)(Security.as_view())
set_up_app = door(*EVERYBODY)(SetUpApp.as_view())
set_up_passkey = door(*EVERYBODY)(SetUpPasskey.as_view())
list_passkeys = door(*EVERYBODY)(ListPasskeys.as_view())
rename_passkey = door(*EVERYBODY)(RenamePasskey.as_view())
remove_passkey = door(*EVERYBODY)(RemovePasskey.as_view())
