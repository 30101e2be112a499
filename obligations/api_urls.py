"""Addresses of the API."""

from django.urls import path, re_path

from obligations.api import MatterViewSet
from obligations.problems import unknown_path

urlpatterns = [
    path("<slug:kind>/", MatterViewSet.as_view({"get": "list", "post": "create"}), name="api-list"),
    path("<slug:kind>/<slug:reference>/", MatterViewSet.as_view({"get": "retrieve"}), name="api-matter"),
    path(
        "<slug:kind>/<slug:reference>/steps/<slug:step>/",
        MatterViewSet.as_view({"post": "step"}),
        name="api-step",
    ),
    re_path(r"^(?P<rest>.*)$", unknown_path, name="api-unknown"),
]
