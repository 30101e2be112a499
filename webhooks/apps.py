from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from obligations import alerts
        from webhooks import tasks

        alerts.EVERY_TICK.append(tasks.tick)
