"""The first wall: whose rows may be seen now. On PostgreSQL it also raises the second (obligations/walls.py).

Every query on a scoped model raises unless `scope()` is open around it. Middleware, tasks and commands
open it; nothing else does. On PostgreSQL a scope is a transaction: the database learns inside it, and only
inside it, whose rows it may hand out, so a pool in transaction mode (pgbouncer) mixes nobody up.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from django.apps import apps
from django.db import connection, models, transaction
from simple_history.manager import HistoryManager
from simple_history.models import HistoricalRecords

log = logging.getLogger(__name__)


class ScopeError(RuntimeError):
    """A query was made outside any scope."""


@dataclass(frozen=True)
class Everything:
    """Type of ALL: every customer's rows and the house's own."""


@dataclass(frozen=True)
class Open:
    """An open scope. `reader`: the user who looks, for restricted matters; None: the program itself."""

    customers: Everything | frozenset[int]
    reader: int | None


ALL: Final = Everything()
SAY_AGAIN: Final = 3600.0  # seconds
_said: dict[str, float] = {}  # when this process last said why it sees everything; reasons are few
_now_open: ContextVar[Open | None] = ContextVar("scope", default=None)


@contextmanager
def scope(customers: Everything | Iterable[int], reason: str, reader: int | None = None) -> Iterator[None]:
    """Let queries see the rows of these customers (ids), or of ALL. `reason` says who asked, for the log."""
    wanted = Open(customers if isinstance(customers, Everything) else frozenset(customers), reader)
    before = _now_open.get()
    if wanted == before:
        yield
        return
    _note(wanted, before, reason)
    token = _now_open.set(wanted)
    try:
        with _second_wall(wanted, before):
            yield
    finally:
        _now_open.reset(token)


def _note(wanted: Open, before: Open | None, reason: str) -> None:
    """Who sees every customer's rows from here on, and why, is in the log of every installation.

    What the program does by itself comes back at each tick: its line comes back every hour.
    """
    widens = wanted.customers == ALL and (before is None or before.customers != ALL)
    news = widens and (wanted.reader is not None or _is_news(reason))
    log.log(logging.INFO if news else logging.DEBUG, "scope %s: %s", _setting(wanted), reason)


def _is_news(reason: str) -> bool:
    now = time.monotonic()
    if now - _said.get(reason, -SAY_AGAIN) < SAY_AGAIN:
        return False
    _said[reason] = now
    return True


@contextmanager
def _second_wall(wanted: Open, before: Open | None) -> Iterator[None]:
    if connection.vendor != "postgresql":
        yield  # SQLite has no policies; a transaction here would only hold its one write lock
        return
    with transaction.atomic():
        _tell_database(wanted)
        yield
        if before is not None:
            _tell_database(before)


def _tell_database(known: Open) -> None:
    reader = "" if known.reader is None else str(known.reader)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.customers', %s, true), set_config('app.reader', %s, true)",
            [_setting(known), reader],
        )


def _setting(known: Open) -> str:
    if isinstance(known.customers, Everything):
        return "*"
    return "{" + ",".join(str(pk) for pk in sorted(known.customers)) + "}"


def current() -> Open:
    """The open scope. ScopeError when there is none."""
    found = _now_open.get()
    if found is None:
        raise ScopeError("No scope is open. Wrap the query in `with scope(customers, reason=...)`.")
    return found


def narrowed(rows: models.QuerySet[Any], customer: str, matter: str) -> models.QuerySet[Any]:
    """The rows in the open scope; `customer` and `matter` name the model's columns (empty: it has none)."""
    seen = current()
    if not isinstance(seen.customers, Everything):
        rows = rows.filter(**{f"{customer}__in": seen.customers})
    if matter and seen.reader is not None:
        rows = rows.exclude(**{f"{matter}__in": _hidden_from(seen.reader)})
    return rows


@lru_cache(maxsize=256)
def _hidden_from(reader: int) -> models.QuerySet[Any]:
    """Matters that are restricted to others. Never run by itself, so it is built once: every query carries it."""
    named = apps.get_model("obligations", "RestrictedTo").objects.all()
    readable = named.filter(user=reader).values("matter")
    return named.exclude(matter__in=readable).values("matter")


def matter_column(model: type[models.Model]) -> str:
    """The column that says to which matter a row belongs."""
    if model._meta.label == "obligations.Matter":
        return "pk"
    return "matter_id" if any(field.name == "matter" for field in model._meta.concrete_fields) else ""


class ScopedManager(models.Manager[Any]):
    """Manager of a model with a `customer` column; also the model's base manager, so nothing walks past it."""

    def __init__(self, column: str = "customer_id") -> None:
        super().__init__()
        self.column = column

    @cached_property
    def matter(self) -> str:
        return matter_column(self.model)

    def get_queryset(self) -> models.QuerySet[Any]:
        """Rows in the open scope. ScopeError when none is open."""
        return narrowed(super().get_queryset(), self.column, self.matter)


class ScopedHistoryManager(HistoryManager):
    """The history of a scoped model stands behind the same wall."""

    def get_queryset(self) -> Any:
        column = "id" if self.model._meta.label == "accounts.HistoricalCustomer" else "customer_id"
        return narrowed(super().get_queryset(), column, matter_column(self.model))


def scoped_history(**options: Any) -> Any:
    """The `history` of a scoped model."""
    return HistoricalRecords(history_manager=ScopedHistoryManager, **options)


class Scoped(models.Model):
    """A row below Customer. `customer` is empty for the house's own rows."""

    customer = models.ForeignKey(
        "accounts.Customer", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    objects = ScopedManager()

    class Meta:
        abstract = True
        base_manager_name = "objects"
        default_manager_name = "objects"
