"""Part of settings.py: what happens by itself, and how often."""

from typing import Any

TICK_SECONDS = 15  # beat and alertd both tick at this pace
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    name: {
        "task": f"obligations.tasks.{name}",
        "schedule": TICK_SECONDS,
        "options": {"expires": TICK_SECONDS},
    }
    for name in ("sweep", "deliver")
} | {
    "purge": {"task": "dsars.tasks.purge", "schedule": 3600, "options": {"expires": 3600}},
    "work": {"task": "jobs.tasks.work", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}},
    "seal": {"task": "proof.tasks.seal", "schedule": TICK_SECONDS, "options": {"expires": TICK_SECONDS}},
}
HEARTBEAT_STALE_SECONDS = 120
