"""Part of settings.py: what happens by itself, and how often."""

from typing import Any

TICK_SECONDS = 15  # beat and alertd both tick at this pace


def every(seconds: int, task: str) -> dict[str, Any]:
    """A task that is worth nothing any more when the next one is due."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds}}


CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "sweep": every(TICK_SECONDS, "obligations.tasks.sweep"),
    "deliver": every(TICK_SECONDS, "obligations.tasks.deliver"),
    "recalculate": every(3600, "obligations.tasks.recalculate"),
    "forget used keys": every(3600, "obligations.tasks.forget_used_keys"),
    "tidy": every(3600, "obligations.tasks.tidy"),
    "purge": every(3600, "dsars.tasks.purge"),
    "work": every(TICK_SECONDS, "jobs.tasks.work"),
    "seal": every(TICK_SECONDS, "proof.tasks.seal"),
    "webhooks": every(TICK_SECONDS, "webhooks.tasks.work"),
}
HEARTBEAT_STALE_SECONDS = 120
