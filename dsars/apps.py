from django.apps import AppConfig


class DsarsConfig(AppConfig):
    name = "dsars"

    def ready(self) -> None:
        from dsars import purging
        from dsars.clause import ROOM
        from obligations import alerts
        from obligations.clauses import register

        for clause in ROOM:
            register(clause)
        alerts.EVERY_TICK.append(purging.tick)
