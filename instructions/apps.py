from django.apps import AppConfig


class InstructionsConfig(AppConfig):
    name = "instructions"

    def ready(self) -> None:
        from instructions.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
