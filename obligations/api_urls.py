"""Addresses of the API."""

from django.urls import path, re_path

from obligations.api import MatterViewSet
from obligations.api_below import BelowViewSet, ObligationViewSet
from obligations.problems import unknown_path
from obligations.views_api import documentation, schema

MATTER = "<slug:kind>/<slug:reference>/"

urlpatterns = [
    path("schema/", schema, name="api-schema"),
    path("docs/", documentation, name="api-docs"),
    path("obligations/", ObligationViewSet.as_view({"get": "list"}), name="api-obligations"),
    path("<slug:kind>/", MatterViewSet.as_view({"get": "list", "post": "create"}), name="api-list"),
    path(MATTER, MatterViewSet.as_view({"get": "retrieve"}), name="api-matter"),
    path(MATTER + "entries/", BelowViewSet.as_view({"get": "entries"}), name="api-entries"),
    path(MATTER + "messages/", BelowViewSet.as_view({"get": "messages"}), name="api-messages"),
    path(
        MATTER + "evidence/", BelowViewSet.as_view({"get": "evidence", "post": "attach"}), name="api-evidence"
    ),
    path(MATTER + "evidence/<slug:digest>/", BelowViewSet.as_view({"get": "download"}), name="api-file"),
    path(MATTER + "steps/<slug:step>/", MatterViewSet.as_view({"post": "step"}), name="api-step"),
    re_path(r"^(?P<rest>.*)$", unknown_path, name="api-unknown"),
]
