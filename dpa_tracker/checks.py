"""Start-up check: every address leads to a view that says who may come."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

GUARD_THEMSELVES = (
    "allauth.",
    "django.contrib.admin.",
)  # sign-in; each view of looking_glass.py asks its site


@register()
def views_name_who_may_come(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a view without the decorator `door`."""
    return [
        Error(
            f"{view} does not say who may come: decorate it with accounts.doors.door.", id="dpa_tracker.E001"
        )
        for view in sorted(set(_without_door(get_resolver().url_patterns)))
    ]


def _without_door(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _without_door(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            view = getattr(pattern.callback, "cls", pattern.callback)
            name = f"{view.__module__}.{view.__qualname__}"
            if not hasattr(view, "door") and not name.startswith(GUARD_THEMSELVES):
                yield name
