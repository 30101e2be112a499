from django.apps import AppConfig


class DsarsConfig(AppConfig):
    name = "dsars"

    def ready(self) -> None:
        from dsars.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
