from django.apps import AppConfig


class BreachesConfig(AppConfig):
    name = "breaches"

    def ready(self) -> None:
        from breaches.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
