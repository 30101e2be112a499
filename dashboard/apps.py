"""The officers' dashboard: a storey above the rooms."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"
