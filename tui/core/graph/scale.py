"""How many watts a row of a graph stands for, and how import and export share the rows.

The scale is a round number and changes only when it must: when a bar would be cut off, when bars could be twice as
tall, or when one of the two directions has left the graph or entered it.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

FINEST_W = 10.0
"""The fewest watts per row: on a finer scale a meter's noise around zero would fill the graph."""

LARGEST = 1e15
"""Larger values are drawn as this one."""

LABEL_CELLS = 5

PREFIXED = "W"
"""The unit that takes SI prefixes and is written beside a number."""

_MANTISSAS = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_PREFIXES = ((1.0, ""), (1e3, "k"), (1e6, "M"), (1e9, "G"), (1e12, "T"))


class Scale(NamedTuple):
    """`up` rows of `unit_per_row` each are above the zero line, `down` rows below it."""

    unit_per_row: float
    up: int
    down: int

    @property
    def high(self) -> float:
        """The largest import that is not cut off."""
        return self.up * self.unit_per_row

    @property
    def low(self) -> float:
        """The largest export that is not cut off, as a negative number."""
        return -self.down * self.unit_per_row


def round_steps(at_least: float) -> Iterator[float]:
    """The endless series of round numbers from `at_least` (above 0) up: 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 15, ..."""
    exponent = math.floor(math.log10(at_least))
    while True:
        for mantissa in _MANTISSAS:
            step = mantissa * 10.0**exponent
            if step >= at_least:
                yield step
        exponent += 1


def scale_for(low: float, high: float, rows: int, previous: Scale | None = None, finest: float = FINEST_W) -> Scale:
    """The scale for values from `low` to `high` on `rows` rows (at least 2), not counting the zero line.

    `previous` is the scale of the last graph. Raises ValueError for fewer than 2 rows: import and export need one each.
    """
    if rows < 2:
        raise ValueError(f"a graph needs 2 rows beside its zero line, not {rows}")
    imported, exported = max(0.0, min(high, LARGEST)), max(0.0, min(-low, LARGEST))
    fresh = _smallest(imported, exported, rows, finest)
    if previous is not None and _still_good(previous, fresh, imported, exported):
        return previous
    return fresh


def _smallest(imported: float, exported: float, rows: int, finest: float) -> Scale:
    """The scale with the tallest bars. Spare rows go to the side where a bar is nearest to being cut off."""
    for unit in round_steps(max(finest, imported / rows, exported / rows)):
        up, down = _rows_needed(imported, unit), _rows_needed(exported, unit)
        if up + down <= rows:
            break
    if not down:
        return Scale(unit, rows, 0)
    if not up:
        return Scale(unit, 0, rows)
    for _ in range(rows - up - down):
        if up * unit - imported <= down * unit - exported:
            up += 1
        else:
            down += 1
    return Scale(unit, up, down)


def _rows_needed(extent: float, unit: float) -> int:
    """Whole rows for a bar of `extent`: one for the smallest bar, none for no bar."""
    return max(1, math.ceil(extent / unit)) if extent else 0


def _still_good(previous: Scale, fresh: Scale, imported: float, exported: float) -> bool:
    same_rows = previous.up + previous.down == fresh.up + fresh.down
    same_sides = (previous.up > 0) == (fresh.up > 0) and (previous.down > 0) == (fresh.down > 0)
    fits = imported <= previous.high and exported <= -previous.low
    return same_rows and same_sides and fits and previous.unit_per_row < 2 * fresh.unit_per_row


def full_scale(full: float, rows: int) -> Scale:
    """From 0 to `full` on so many rows (at least 3), the zero line included, whatever the values are.

    Each labelled part has whole rows, so that its label is right; rows that are left over stay empty above.
    """
    above = rows - 1
    return Scale(full / (above - above % _parts(above)), above, 0)


def full_labels(full: float, scale: Scale) -> list[tuple[int, str]]:
    """(row, text) of the parts of a `full_scale`, from top to bottom."""
    parts = _parts(scale.up)
    values = [full * part / parts for part in range(parts, -1, -1)]
    return [(scale.up - round(value / scale.unit_per_row), f"{value:g}") for value in values]


def _parts(rows: int) -> int:
    return min((4, 5), key=lambda parts: rows % parts) if rows >= 8 else 2


def value_labels(scale: Scale, unit: str = "W") -> list[tuple[int, str]]:
    """(row, text) from top to bottom, row 0 being the top of the graph; a text is at most 5 cells.

    Only round numbers, at least two rows apart unless the graph is low. Exports have a minus sign here, and the topmost
    label has the unit: "1 kW", "0", "-1". Any unit other than "W" gets its own row between the numbers, see `unit_row`:
    "l/min" leaves no cell for a number.
    """
    rows, farthest = scale.up + scale.down, max(scale.up, scale.down)
    nearest = max(2 if rows > 5 or unit != PREFIXED else 1, math.ceil(rows / 12))
    fallback = None
    for every in range(nearest, farthest + 1):
        labels = _labels_every(every, scale, unit)
        # With rows of 400 W, prefer 2 kW, 4 kW and so on, if two of them fit, to 0.8, 1.6, 2.4.
        if labels and 2 * every <= farthest and _leading(every * scale.unit_per_row) in ("1", "2", "5"):
            return labels
        fallback = fallback or labels
    return fallback or [(scale.up, "0")]


def unit_row(scale: Scale, labels: list[tuple[int, str]]) -> int:
    """The row of a unit that has its own: below the topmost number, or above it where that is the last row."""
    top = labels[0][0]
    return top + 1 if top < scale.up + scale.down else top - 1


def _leading(value: float) -> str:
    """The digits of a number without leading and trailing zeros."""
    return f"{value:e}".split("e")[0].rstrip("0.")


def _labels_every(every: int, scale: Scale, unit: str) -> list[tuple[int, str]] | None:
    """Labels for zero and every `every`-th row from it; None if a number is not round or too long to print."""
    beside = unit == PREFIXED
    numbers = range(scale.up // every * every, -(scale.down // every * every) - 1, -every)
    largest = max(abs(number) for number in numbers) * scale.unit_per_row
    factor, prefix = max(pair for pair in _PREFIXES if pair[0] <= max(1.0, largest)) if beside else _PREFIXES[0]
    labels: list[tuple[int, str]] = []
    for number in numbers:
        value = number * scale.unit_per_row / factor
        if not math.isclose(value, float(f"{value:.2g}")):
            return None
        text = f"{value:g}"
        if beside and not labels:
            text = f"{text} {prefix}{unit}" if len(f"{text} {prefix}{unit}") <= LABEL_CELLS else f"{text}{prefix}{unit}"
        if len(text) > LABEL_CELLS:
            return None
        labels.append((scale.up - number, text))
    return labels
