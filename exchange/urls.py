"""Addresses of in and out."""

from django.urls import path

from exchange import views

urlpatterns = [
    path("", views.exchange, name="exchange"),
    path("import/<slug:sheet>/", views.import_page, name="import"),
    path("import/<slug:sheet>/template/", views.template, name="import-template"),
]
