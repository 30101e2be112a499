"""The first wall: whose rows may be seen now.

Every query on a scoped model raises unless `scope()` is open around it. Middleware, tasks and commands
open it; nothing else does.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

from django.db import models

log = logging.getLogger(__name__)


class ScopeError(RuntimeError):
    """A query was made outside any scope."""


@dataclass(frozen=True)
class Everything:
    """Type of ALL: every customer's rows and the house's own."""


ALL: Final = Everything()
_now_open: ContextVar[Everything | frozenset[int] | None] = ContextVar("scope", default=None)


@contextmanager
def scope(customers: Everything | Iterable[int], reason: str) -> Iterator[None]:
    """Let queries see the rows of these customers (ids), or of ALL. `reason` says who asked, for the log."""
    wanted = customers if isinstance(customers, Everything) else frozenset(customers)
    log.debug("scope %s: %s", "ALL" if wanted == ALL else sorted(wanted), reason)  # type: ignore[arg-type]
    token = _now_open.set(wanted)
    try:
        yield
    finally:
        _now_open.reset(token)


def current() -> Everything | frozenset[int]:
    """The open scope. ScopeError when there is none."""
    found = _now_open.get()
    if found is None:
        raise ScopeError("No scope is open. Wrap the query in `with scope(customers, reason=...)`.")
    return found


class ScopedManager(models.Manager[Any]):
    """Manager of a model with a `customer` column; also the model's base manager, so nothing walks past it."""

    def __init__(self, column: str = "customer_id") -> None:
        super().__init__()
        self.column = column

    def get_queryset(self) -> models.QuerySet[Any]:
        """Rows in the open scope. ScopeError when none is open."""
        seen = current()
        rows = super().get_queryset()
        return rows if isinstance(seen, Everything) else rows.filter(**{f"{self.column}__in": seen})


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
