"""In and out: tables that are read in, and exports that can be read back. Beside dashboard and portal."""

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "exchange"

    def ready(self) -> None:
        from exchange import importing
        from jobs.working import WORK, Work

        WORK[importing.KIND] = Work(importing.do, chunk=100)
        WORK[importing.KIND_ALONE] = Work(importing.do, alone=True)
