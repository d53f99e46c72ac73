"""A scale that does not begin at zero: a voltage drawn from 0 V up would be a wall."""

from __future__ import annotations

import math
from typing import NamedTuple

from tui.core.graph.scale import LABEL_CELLS, LARGEST, Scale, round_steps


class Level(NamedTuple):
    """`rows` rows of `unit_per_row` each, from `base` up; `anchor` is the far edge of one of them."""

    unit_per_row: float
    rows: int
    base: float

    @property
    def top(self) -> float:
        """The largest value that is not cut off."""
        return self.base + self.rows * self.unit_per_row

    @property
    def scale(self) -> Scale:
        """The same for `core.graph.bars`: lengths are from `base`."""
        return Scale(self.unit_per_row, self.rows, 0)

    def row_of(self, value: float) -> int | None:
        """The row, from the top, that a bar of this value fills last; None outside."""
        nearer = math.ceil(round((value - self.base) / self.unit_per_row, 6)) - 1
        return self.rows - 1 - nearer if 0 <= nearer < self.rows else None


def level_for(low: float, high: float, rows: int, anchor: float, finest: float, previous: Level | None = None) -> Level:
    """The finest level on `rows` rows (at least 2) that holds everything from `low` to `high`.

    A row ends at `anchor`, exactly. `previous` is the last one, which is kept while it holds everything and rows could
    not be half as high.
    """
    low, high = max(-LARGEST, min(low, LARGEST)), max(-LARGEST, min(high, LARGEST))
    fresh = _finest(low, high, rows, anchor, finest)
    kept = previous is not None and previous.rows == rows and previous.base <= low and high <= previous.top
    if previous is not None and kept and previous.unit_per_row < 2 * fresh.unit_per_row:
        return previous
    return fresh


def _finest(low: float, high: float, rows: int, anchor: float, finest: float) -> Level:
    for unit in round_steps(max(finest, (high - low) / rows)):
        below, above = math.ceil((anchor - low) / unit), math.ceil((high - anchor) / unit)
        if below + above <= rows:
            break
    return Level(unit, rows, anchor - (rows - above) * unit)


def level_labels(level: Level, anchor: float) -> list[tuple[int, str]]:
    """(row, number) from top to bottom: the anchor and every second row or more from it."""
    every = max(2 if level.rows > 5 else 1, math.ceil(level.rows / 9))
    first = (level.row_of(anchor) or 0) % every
    labels = []
    for row in range(first, level.rows, every):
        text = f"{round(level.base + (level.rows - row) * level.unit_per_row, 2):g}"
        if len(text) <= LABEL_CELLS:
            labels.append((row, text))
    return labels
