"""Addresses of the dashboard."""

from django.urls import path

from dashboard import views

urlpatterns = [
    path("", views.today, name="today"),
    path("boards/<slug:key>/", views.board, name="board"),
]
