from django.apps import AppConfig


class SafeguardsConfig(AppConfig):
    name = "safeguards"

    def ready(self) -> None:
        from obligations.clauses import register
        from safeguards.clause import ROOM

        for clause in ROOM:
            register(clause)
