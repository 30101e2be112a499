"""Charts as SVG drawn here: a title, a sentence that says the same, and the table of their numbers."""

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

WIDTH, HEIGHT, LEFT, FOOT, TOP = 560, 210, 34, 28, 12
SCALE: Final = (1, 2, 5)
LEAST: Final = 1.5  # height of the smallest bar


@dataclass(frozen=True)
class Series:
    """One colour of the bars: `css` names it in work.css, `label` in words."""

    label: str
    css: str
    values: Sequence[int]


@dataclass(frozen=True)
class Bar:
    """A rectangle of the drawing."""

    x: float
    y: float
    width: float
    height: float
    css: str
    words: str


@dataclass(frozen=True)
class Chart:
    """Stacked bars over labels."""

    key: str
    title: str
    words: str
    labels: Sequence[str]
    series: Sequence[Series]
    first: str

    width, height, left = WIDTH, HEIGHT, LEFT

    @property
    def empty(self) -> bool:
        return not any(value for series in self.series for value in series.values)

    @property
    def top(self) -> int:
        """The round number that the axis ends with."""
        most = max((sum(column) for column in zip(*(s.values for s in self.series), strict=True)), default=0)
        unit = 1
        while True:
            for step in SCALE:
                if step * unit * 4 >= most:
                    return step * unit * 4
            unit *= 10

    @property
    def lines(self) -> list[tuple[float, int]]:
        """The height and the number of each line of the axis."""
        return [(self._y(self.top * n // 4), self.top * n // 4) for n in range(5)]

    @property
    def bars(self) -> list[Bar]:
        step = (WIDTH - LEFT) / max(len(self.labels), 1)
        found = []
        for place, label in enumerate(self.labels):
            base = 0
            for series in self.series:
                value = series.values[place]
                if value:
                    # One beside 100,000 is seen, too: it stands on its base with the least height.
                    height = max(round(self._y(base) - self._y(base + value), 1), LEAST)
                    y = round(self._y(base) - height, 1)
                    width = min(step * 0.7, 44)
                    x = LEFT + (place + 0.5) * step - width / 2
                    words = f"{label}, {series.label}: {value}"
                    found.append(Bar(round(x, 1), y, round(width, 1), height, series.css, words))
                base += value
        return found

    @property
    def names(self) -> list[tuple[float, str]]:
        """The labels below the bars: as many as there is room for."""
        step = (WIDTH - LEFT) / max(len(self.labels), 1)
        widest = max((len(label) for label in self.labels), default=1)
        every = max(1, math.ceil((min(widest, 12) * 6.2 + 6) / step))
        return [
            (round(LEFT + (place + 0.5) * step, 1), label)
            for place, label in enumerate(self.labels)
            if place % every == 0
        ]

    @property
    def table(self) -> list[tuple[str, list[int]]]:
        return [(label, [s.values[place] for s in self.series]) for place, label in enumerate(self.labels)]

    def _y(self, value: int) -> float:
        return round(TOP + (HEIGHT - TOP - FOOT) * (1 - value / self.top), 1)


def months(first: dt.date, number: int) -> list[dt.date]:
    """The first days of so many months."""
    found = []
    year, month = first.year, first.month
    for _ in range(number):
        found.append(dt.date(year, month, 1))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return found


def counted(rows: Any, keys: Sequence[Any]) -> list[int]:
    """Counts in the order of the keys; 0 where there are none."""
    known = dict(rows)
    return [known.get(key, 0) for key in keys]
