"""Addresses of this room's own pages."""

from django.urls import path

from breaches import views, views_record

urlpatterns = [
    path("register/", views_record.register, name="breach-register"),
    path("register.csv", views_record.register_csv, name="breach-register-csv"),
    path("<slug:reference>/notices/", views.notices_page, name="breach-notices"),
    path("<slug:reference>/affected/", views.affected_page, name="breach-affected"),
    path("<slug:reference>/send/", views.send_page, name="breach-send"),
]
