"""Address of the board of demands."""

from django.urls import path

from disclosures import views

urlpatterns = [path("", views.demands, name="demands")]
