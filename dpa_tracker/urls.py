"""All addresses."""

from django.urls import include, path

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("agreements/", include("agreements.urls")),
    path("api/v1/", include("obligations.api_urls")),
    path("", include("obligations.urls")),
]
