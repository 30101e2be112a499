"""Start-up checks: every address leads to a view that says who may come, and nothing walks past the wall.

Views, viewsets, serializer relations and filters read through models, so what counts is each model's managers: a
model that points at a customer's rows must stand behind the wall itself, or on the short list below with its reason.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, register
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.serializers import BaseSerializer, RelatedField

from accounts.scope import ScopedHistoryManager, ScopedManager

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


BESIDE_THE_WALL = {
    "accounts.ApiToken": "read to know whose rows a machine may see, before there is a scope",
    "accounts.Membership": "read at sign-in, before there is a scope",
    "accounts.HistoricalMembership": "read on the admin site alone",
    "accounts.Invitation_customers": "read when an invitation is accepted, before there is a scope",
    "obligations.RestrictedTo": "read by both walls to know what to hide",
}


@register()
def models_stand_behind_the_wall(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a model that points at customers' rows with a manager that asks no scope."""
    return [
        Error(
            f"{model._meta.label} points at customers' rows, but its {name} manager asks no scope: "
            "derive it from accounts.scope.Scoped.",
            id="dpa_tracker.E002",
        )
        for model in apps.get_models(include_auto_created=True)
        if _points_at_customers(model) and model._meta.label not in BESIDE_THE_WALL
        for name, manager in (("default", model._default_manager), ("base", model._base_manager))
        if not _asks(model, manager)
    ]


def _points_at_customers(model: type[Model]) -> bool:
    targets = [field.related_model for field in model._meta.concrete_fields if field.related_model]
    return any(
        isinstance(target, type) and isinstance(target._default_manager, ScopedManager) for target in targets
    )


def _asks(model: type[Model], manager: Any) -> bool:
    """A history's rows are read through its model's `history`; its own base manager is Django's."""
    origin = getattr(model, "instance_type", None)
    if origin is not None:
        return isinstance(getattr(origin, "history", None), ScopedHistoryManager)
    return isinstance(manager, ScopedManager)


@register()
def serializers_choose_in_the_scope(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Refuse a serializer's relation, a view's queryset or a filter over rows that asks no scope."""
    found = [f"{kind.__qualname__}.{name}" for kind in _serializers() for name in _open_relations(kind)]
    found += [
        f"{view.__qualname__}.queryset" for view in _viewsets() if _open_rows(getattr(view, "queryset", None))
    ]
    return [
        Error(f"{where} offers rows of every customer.", id="dpa_tracker.E003") for where in sorted(found)
    ]


def _serializers(kind: Any = BaseSerializer) -> Iterator[Any]:
    for below in kind.__subclasses__():
        if not below.__module__.startswith("rest_framework."):
            yield below
        yield from _serializers(below)


def _viewsets() -> Iterator[Any]:
    for pattern in _all_patterns(get_resolver().url_patterns):
        view = getattr(pattern.callback, "cls", None)
        if view is not None:
            yield view


def _all_patterns(patterns: Any) -> Iterator[Any]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _all_patterns(pattern.url_patterns)
        else:
            yield pattern


def _open_relations(kind: Any) -> Iterator[str]:
    for name, field in getattr(kind, "_declared_fields", {}).items():
        inner = getattr(field, "child_relation", field)
        if isinstance(inner, RelatedField) and _open_rows(inner.queryset):
            yield name


def _open_rows(rows: Any) -> bool:
    """Rows of a model that points at customers' rows and does not stand behind the wall."""
    model = getattr(rows, "model", None)
    if model is None:
        return False
    open_to_all = _points_at_customers(model) and not _asks(model, model._default_manager)
    return open_to_all or model._meta.label in BESIDE_THE_WALL
