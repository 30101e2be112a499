"""Policies of sign-in for django-allauth: by invitation only, whatever the way in."""

import logging
import smtplib
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse, ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone, translation

from accounts import factors, invitations, keyring, mails
from accounts.models import User
from accounts.roles import actor_of

log = logging.getLogger(__name__)


class InvitationOnly(DefaultAccountAdapter):
    """Nobody signs up: staff invite people."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """The e-mail address is the name to sign in with."""

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Built from our own address: a forged Host header leads nobody elsewhere."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.BASE_URL + path.replace("UID-KEY", key)

    def render_mail(
        self, template_prefix: str, email: Any, context: Any, headers: dict[str, str] | None = None
    ) -> EmailMessage:
        """In the language of whom it is for."""
        with translation.override(mails.language_of(email)):
            mail: EmailMessage = super().render_mail(template_prefix, email, context, headers)
        return mail

    def send_mail(self, template_prefix: str, email: str, context: Any) -> None:
        """A mail server that is down is our trouble, in the log: the page answers alike, whoever it is about."""
        try:
            super().send_mail(template_prefix, email, context)
        except (smtplib.SMTPException, OSError):
            log.exception("the mail %s could not be sent", template_prefix)

    def send_notification_mail(
        self, template_prefix: str, user: Any, context: Any = None, email: str | None = None
    ) -> None:
        """The address of a person is on the user."""
        super().send_notification_mail(template_prefix, user, context, email or user.email)

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """A sign-in of these minutes is proof enough; it need not be repeated at once.

        The library lets people pass who have neither password nor factor: they go to the provider first.
        """
        user = self.request.user
        if user.is_authenticated and factors.known_by_provider_alone(user):
            # A first factor may be set up by whoever has just signed in: a provider that never says when it asked
            # would leave its people no other way.
            enough = factors.proved_recently if app == "allauth.mfa" else factors.proved_at_provider
            if enough(self.request):
                return False
            raise ReauthenticationRequired
        required = super().is_reauthentication_required(app=app, **kwargs)
        return bool(required) and not factors.proved_recently(self.request)

    def get_reauthentication_methods(self, user: Any) -> Any:
        """Who is known by the provider alone is asked there."""
        if user.is_authenticated and factors.known_by_provider_alone(user):
            return [{"id": "provider", "url": reverse("prove-at-provider")}]
        return super().get_reauthentication_methods(user)

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        request.session["seen_at"] = timezone.now().timestamp()  # middleware.py keeps it up to date
        by_provider = (kwargs.get("signal_kwargs") or {}).get("sociallogin")
        if by_provider is not None:
            factors.note_proof_at_provider(request, by_provider.asked_at)
        answer: HttpResponse = super().post_login(request, user, **kwargs)
        return answer


class InvitedByAddress(DefaultSocialAccountAdapter):
    """Single sign-on lets in whom we know or invited, found by the address that the provider has verified."""

    def populate_user(self, request: HttpRequest, sociallogin: Any, data: Any) -> Any:
        """Nothing is copied from the provider, and its claims are not kept: `uid` alone is."""
        known = sociallogin.account.extra_data
        sociallogin.asked_at = (known.get("id_token") or {}).get("auth_time")
        sociallogin.account.extra_data = {}
        return sociallogin.user

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        if sociallogin.state.get("process") != "login":
            raise _refusal(request)  # who is signed in already cannot tie a stranger's account to theirs
        if sociallogin.is_existing:
            return
        verified = [address.email.lower() for address in sociallogin.email_addresses if address.verified]
        user = User.objects.filter(email__in=verified).first() or invitations.accept_verified(
            verified, at=timezone.now()
        )
        if user is None:
            raise _refusal(request)
        sociallogin.connect(request, user)


def _refusal(request: HttpRequest) -> ImmediateHttpResponse:
    return ImmediateHttpResponse(render(request, "socialaccount/not_invited.html", status=403))


class Factors(DefaultMFAAdapter):
    """Seeds are sealed in the database; whoever needs a factor keeps one."""

    def encrypt(self, text: str) -> str:
        return keyring.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return keyring.unseal(encrypted_text)

    def can_delete_authenticator(self, authenticator: Any) -> bool:
        return not (factors.needed(actor_of(authenticator.user)) and factors.is_last(authenticator))
