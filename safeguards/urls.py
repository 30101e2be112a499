"""Addresses of safeguards."""

from django.urls import path

from safeguards import views

urlpatterns = [path("measures/", views.measures, name="measures")]
