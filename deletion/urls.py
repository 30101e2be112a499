"""Addresses of certificates."""

from django.urls import path

from deletion import views

urlpatterns = [
    path("<str:code>/", views.certificate, name="certificate"),
    path("of/<str:reference>/", views.certificate_of, name="certificate-of"),
]
