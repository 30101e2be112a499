"""Addresses of proof."""

from django.urls import path

from proof import views

urlpatterns = [
    path("", views.proofs, name="proofs"),
    path("<int:pk>/", views.proof, name="proof"),
    path("<int:pk>/pack/", views.pack, name="pack"),
]
