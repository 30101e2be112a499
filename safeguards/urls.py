"""Addresses of safeguards."""

from django.urls import path

from safeguards import boards, views

urlpatterns = [
    path("measures/", views.measures, name="measures"),
    path("people/", boards.people, name="people-with-access"),
    path("policies/", boards.policies, name="policies"),
]
