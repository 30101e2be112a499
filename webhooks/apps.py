from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from accounts import rotating
        from obligations import alerts, retention
        from webhooks import collecting, tasks

        alerts.EVERY_TICK.append(tasks.tick)
        retention.follow("webhooks", collecting.forget_attempts)
        rotating.BY_HAND.extend([("webhooks.Endpoint", "secret"), ("webhooks.Endpoint", "old_secret")])
