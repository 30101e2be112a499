from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"

    def ready(self) -> None:
        from agreements.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
