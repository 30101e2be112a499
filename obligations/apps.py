from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "obligations"

    def ready(self) -> None:
        from obligations import (
            checks,  # noqa: F401  registers the system checks
            mail_events,
        )

        mail_events.listen()
