from django.apps import AppConfig


class DisclosuresConfig(AppConfig):
    name = "disclosures"

    def ready(self) -> None:
        from disclosures.clause import ROOM
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
