"""Addresses of long work."""

from django.urls import path

from jobs import views

urlpatterns = [
    path("", views.jobs, name="jobs"),
    path("<uuid:pk>/", views.job, name="job"),
    path("<uuid:pk>/stop/", views.stop, name="job-stop"),
]
