from django.apps import AppConfig


class AuditsConfig(AppConfig):
    name = "audits"

    def ready(self) -> None:
        from audits.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
