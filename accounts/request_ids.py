"""The number of the request that is being answered: in its answer, in each line of its log, in its problem details."""

from contextvars import ContextVar
from typing import Final

NONE: Final = ""
_now: ContextVar[str] = ContextVar("request_id", default=NONE)


def current() -> str:
    """Of this request; "" in a process that answers none."""
    return _now.get()


set_current, reset = _now.set, _now.reset
