"""The second loop: sweep and deliver every 15 s without any broker. Always runs beside the worker."""

import gc
import logging
import signal
import threading
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.utils import timezone

from obligations import alerts, delivery, walls

log = logging.getLogger("alertd")


class Command(BaseCommand):
    help = "Raise and send what is due, every 15 seconds, until stopped. Several may run at once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="one tick, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        missing = walls.missing()
        if missing:
            log.error("the database is not guarded; missing: %s. Run `manage.py migrate`.", missing)
        log.info("alertd ticks every %s s", settings.TICK_SECONDS)
        gc.freeze()  # what the program is made of is no garbage: no collection looks through it again
        while not stop.is_set():
            tick()
            if options["once"] or stop.wait(settings.TICK_SECONDS):
                break


def tick() -> None:
    """One sweep and one deliver. A database that is away is waited for, loudly."""
    close_old_connections()
    try:
        rang = alerts.sweep(timezone.now())
        sent = delivery.deliver(timezone.now(), clock=timezone.now)
        for work in alerts.EVERY_TICK:
            work(timezone.now())
    except Error:  # InterfaceError too: a connection that the server has dropped
        log.exception("the database does not answer; trying again in %s s", settings.TICK_SECONDS)
        return
    if rang or sent:
        log.info("%s obligations rang, %s messages were sent", rang, sent)
