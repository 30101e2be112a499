"""One measurement: the work and its floor in turn, several rounds, medians. Seconds are for ratios only."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

ROUNDS = 5


@dataclass
class Result:
    """Medians in seconds; `per` things were done in each run."""

    name: str
    seconds: float
    floor: float | None = None
    floor_name: str = ""
    per: int = 1
    goal: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def ratio(self) -> float | None:
        return self.seconds / self.floor if self.floor else None

    def as_json(self) -> dict[str, Any]:
        """{"name", "seconds", "per", "per_second", "floor", "floor_name", "ratio", "goal", ...extra}."""
        rate = self.per / self.seconds if self.seconds else None
        return {
            "name": self.name, "seconds": self.seconds, "per": self.per, "per_second": rate, "floor": self.floor,
            "floor_name": self.floor_name, "ratio": self.ratio, "goal": self.goal, **self.extra,
        }  # fmt: skip


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def measure(
    name: str,
    work: Callable[[], Any],
    floor: Callable[[], Any] | None = None,
    *,
    floor_name: str = "",
    per: int = 1,
    rounds: int = ROUNDS,
    before: Callable[[], Any] | None = None,
    goal: str = "",
    **extra: Any,
) -> Result:
    """`before` restores what a run has changed; it is not timed. One round warms up and does not count."""
    ours, theirs = [], []
    for _ in range(rounds + 1):
        if floor is not None:
            before and before()
            theirs.append(timed(floor))
        before and before()
        ours.append(timed(work))
    median = statistics.median
    base = median(theirs[1:]) if theirs else None
    return Result(name, median(ours[1:]), base, floor_name, per, goal, extra)
