"""Addresses of requests of data subjects."""

from django.urls import path

from dsars import views

urlpatterns = [path("<slug:reference>/", views.data_subject, name="data-subject")]
