from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"

    def ready(self) -> None:
        from breaches.clause import BREACH, NOTICE
        from obligations.clauses import register

        register(BREACH)
        register(NOTICE)
