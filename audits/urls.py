"""Addresses of the entitlements to audits."""

from django.urls import path

from audits import views

urlpatterns = [
    path("entitlements/", views.entitlements, name="audit-entitlements"),
    path("<slug:reference>/entitlement/", views.audit_entitlement, name="audit-entitlement"),
]
