"""Addresses of proof."""

from django.urls import path

from proof import views

urlpatterns = [
    path("", views.proofs, name="proofs"),
    path("<slug:reference>/", views.proof, name="proof"),
    path("<slug:reference>/pack/", views.pack, name="proof-pack"),
]
