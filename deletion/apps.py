from django.apps import AppConfig


class DeletionConfig(AppConfig):
    name = "deletion"

    def ready(self) -> None:
        from deletion.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
