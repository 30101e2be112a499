"""Settings, addresses and Celery: imports every app, is imported by none."""

from dpa_tracker.celery import app as celery_app

__all__ = ("celery_app",)
