from django.apps import AppConfig


class SubprocessorsConfig(AppConfig):
    name = "subprocessors"

    def ready(self) -> None:
        from obligations.clauses import register
        from subprocessors.clause import ROOM

        for clause in ROOM:
            register(clause)
