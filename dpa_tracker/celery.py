"""The Celery application: `celery -A dpa_tracker worker -B`."""

import gc
import os
from typing import Any

from celery import Celery
from celery.signals import worker_process_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "dpa_tracker.settings")
app = Celery("dpa_tracker")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_process_init.connect
def freeze(**_: Any) -> None:
    """What the program is made of is no garbage: no collection looks through it again."""
    gc.freeze()
