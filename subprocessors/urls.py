"""Addresses of the boards of sub-processors."""

from django.urls import path

from subprocessors import views

urlpatterns = [
    path("consents/", views.matrix, name="consents"),
    path("transfers/", views.transfers, name="transfers"),
    path("<str:reference>/", views.may_it_start, name="gate"),
]
