"""All addresses."""

from django.urls import include, path

from dpa_tracker import views

urlpatterns = [
    path("accounts/email/", views.not_here),  # addresses come by invitation: nobody changes their own
    path("accounts/", include("allauth.account.urls")),
    path("agreements/", include("agreements.urls")),
    path("breaches/", include("breaches.urls")),
    path("certificates/", include("deletion.urls")),
    path("subprocessors/", include("subprocessors.urls")),
    path("api/v1/", include("obligations.api_urls")),
    path("", include("obligations.urls")),
]
