from django.apps import AppConfig


class ObligationsConfig(AppConfig):
    name = "obligations"

    def ready(self) -> None:
        from accounts import tokens
        from jobs import working
        from obligations import (
            alerts,
            bulk_steps,
            checks,  # noqa: F401  registers the system checks
            mail_events,
            recalculating,
        )

        mail_events.listen()
        working.WORK[bulk_steps.KIND] = working.Work(bulk_steps.do, bulk_steps.CHUNK)
        alerts.EVERY_TICK += [working.work, recalculating.tick, tokens.forget_used_keys]
