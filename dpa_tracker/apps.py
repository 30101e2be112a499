from django.apps import AppConfig


class DpaTrackerConfig(AppConfig):
    name = "dpa_tracker"

    def ready(self) -> None:
        from dpa_tracker import checks  # noqa: F401  registers the check of views
