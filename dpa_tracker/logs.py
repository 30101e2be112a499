"""LOGGING of the settings: everything to the terminal, errors also to ADMINS, nobody's data to either (silence.py)."""

from typing import Any

LINE = {
    "()": "dpa_tracker.silence.Quiet",
    "format": "{asctime} {levelname} {name}: {message}",
    "style": "{",
}
JSON = {"()": "dpa_tracker.silence.Json"}


def logging_at(level: str, form: str) -> dict[str, Any]:
    """The dictionary that logging.config takes; `form`: json or line.

    Django's own handlers are set aside: they quote requests.
    """
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": LINE, "json": JSON},
        "handlers": {
            "console": {"class": "logging.StreamHandler", "formatter": form},
            "mail": {"class": "dpa_tracker.silence.ErrorMail", "level": "ERROR"},
        },
        "root": {"handlers": ["console", "mail"], "level": level},
        "loggers": {
            "django": {"handlers": []},
            "django.server": {"handlers": [], "propagate": True, "level": "WARNING"},
        },
    }
