from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "agreements"

    def ready(self) -> None:
        from agreements.clause import AGREEMENT
        from obligations.clauses import register

        register(AGREEMENT)
