"""Addresses of sign-in and of people. Ours stand before those of django-allauth that they replace."""

from typing import Any

from django.urls import include, path

from accounts import views_people, views_sign_in, views_tokens, views_wishes

sign_in: list[Any] = [
    path("settings/", views_wishes.wishes, name="wishes"),
    path("sessions/", views_sign_in.sessions, name="usersessions_list"),
    path("prove/", views_sign_in.prove_at_provider, name="prove-at-provider"),
    path("proved/", views_sign_in.proved_at_provider, name="proved-at-provider"),
    path("2fa/", views_sign_in.security, name="mfa_index"),
    path("2fa/totp/activate/", views_sign_in.set_up_app, name="mfa_activate_totp"),
    path("2fa/webauthn/add/", views_sign_in.set_up_passkey, name="mfa_add_webauthn"),
    path("2fa/webauthn/", views_sign_in.list_passkeys, name="mfa_list_webauthn"),
    path("2fa/webauthn/keys/<slug:handle>/remove/", views_sign_in.remove_passkey, name="passkey-remove"),
    path("2fa/webauthn/keys/<slug:handle>/edit/", views_sign_in.rename_passkey, name="passkey-rename"),
    path("2fa/", include("allauth.mfa.urls")),
    path("3rdparty/", include("allauth.socialaccount.urls")),
    path("", include("allauth.socialaccount.providers.openid_connect.urls")),
    path("", include("allauth.account.urls")),
]
people = [
    path("", views_people.people_list, name="people"),
    path("invite/", views_people.invite, name="invite"),
    path("invitations/<int:pk>/withdraw/", views_people.withdraw, name="withdraw"),
    path("second-factor/", views_people.customer_factor, name="customer-factor"),
    path("tokens/", views_tokens.token_list, name="tokens"),
    path("tokens/<slug:prefix>/revoke/", views_tokens.token_revoke, name="token-revoke"),
    path("<int:pk>/", views_people.person, name="person"),
    path("<int:pk>/<slug:verb>/", views_people.change, name="person-change"),
]
