"""A whole graph: bars, axis, labels, limits, the points of the grid, the cursor and the times below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from tui.core.graph.bars import BEYOND, CURSOR, Bar, Cell, Look, cells_of
from tui.core.graph.chart import AXIS, EMPTY, LABEL, MARK, Row
from tui.core.graph.level import Level, level_for, level_labels
from tui.core.graph.scale import (
    LABEL_CELLS,
    PREFIXED,
    Scale,
    full_labels,
    full_scale,
    scale_for,
    unit_row,
    value_labels,
)
from tui.core.graph.ticks import Tick

EDGE_CELLS = LABEL_CELLS + 2
"""Left of the columns: a blank, the labels and the axis."""
LEAST_ROWS = 5
"""The line of the cursor above, three rows of bars, and the times."""
_BOTH_LIMITS_FROM = 12
"""Rows of bars from which both limits of a voltage are in the picture; on fewer, those that are near."""
_NEAR = 5.0
BEYOND_MARK = "!"
_SHARE_OF_MARK = 0.25
"""An amount that is less than this share of the smallest mark is not drawn: 0.08 kWh is no bar of 30 (own choice)."""


class Axis(NamedTuple):
    """What the values are, and their limits."""

    unit: str
    finest: float
    """The finest scale per row: a finer one would fill the graph with a meter's noise."""
    limits: tuple[float, ...] = ()
    """Drawn as lines; the last one is where a row of a raised graph ends."""
    raised: bool = False
    """Whether the graph begins above zero (voltage)."""
    amounts: bool = False
    """Whether its bars are amounts, which are compared by their length: far less than the smallest mark has none. In a
    curve all that is not nothing has a mark."""
    full: float = 0.0
    """What a full one has: the scale is always from 0 to this. 0: it is as high as the values need."""


class Values(NamedTuple):
    """One column. Import is positive. A curve has `mean`, `low` and `high`; energy has what went in and out."""

    up: float = 0.0
    down: float = 0.0
    high: float = 0.0
    low: float = 0.0


def curve(low: float, mean: float, high: float) -> Values:
    """The column of a curve; `low` and `high` keep their signs."""
    return Values(max(0.0, mean), max(0.0, -mean), high, low)


Scales = Scale | Level


class Picture(NamedTuple):
    """The rows, and the scale to pass on when it is drawn again."""

    rows: tuple[Row, ...]
    scale: Scales


def picture(
    columns: Sequence[Values | None],
    axis: Axis,
    height: int,
    look: Look,
    *,
    cells: int = 1,
    starts: Sequence[int] = (),
    width: int,
    labels: Sequence[Tick] = (),
    cursor: int | None = None,
    previous: Scales | None = None,
) -> Picture:
    """`height` rows (at least `LEAST_ROWS`) of `EDGE_CELLS` + `width` cells.

    A column has `cells` cells, of which some are left blank between bars; or it has those from its entry of `starts` to
    the next one, of which the last is `width`. `labels` stand below. The line of the
    `cursor` (a column) begins above the graph and runs through what is empty. `previous` is the scale of the last
    picture.
    """
    rows = height - 2
    level = _level(columns, axis, rows, previous) if axis.raised else None
    if level is not None:
        scale, base = level.scale, level.base
        numbers = level_labels(level, _anchor(axis))
    else:
        base = 0.0
        scale = full_scale(axis.full, rows) if axis.full else _scale(columns, axis, rows, previous, look)
        numbers = full_labels(axis.full, scale) if axis.full else value_labels(scale, axis.unit)
    least = _least(scale, look) if axis.amounts else 0.0
    bars = [column and _bar(column, axis, base, least) for column in columns]
    drawn_cells = cells_of(bars, scale, look, zero=level is None)
    if not starts:
        starts = [column * cells for column in range(len(bars) + 1)]
        body = _spread(drawn_cells, cells, width)
    else:
        body = _shared(drawn_cells, starts)
    ends = dict(numbers)
    lines = {at: limit for limit in axis.limits if (at := _line(limit, scale, level)) is not None}
    taken = {row for row, limit in lines.items() if not any(abs(row - other) < 2 for other in lines if other > row)}
    if level is not None:
        ends = {row: text for row, text in ends.items() if row in lines or all(abs(row - at) > 1 for at in lines)}
    ends |= {row: _short(limit) for row, limit in lines.items() if row in taken or row not in ends}
    numbered = set(ends)
    if axis.unit != PREFIXED:
        _name_unit(ends, axis.unit, scale, numbers, level)
    times = {cell for cell, _ in labels}
    for row in numbered - {*lines, *([] if level else [scale.up])}:
        _points(body[row], times, look)
    for row in lines:
        _limit(body[row], look)
        for column, bar in enumerate(bars):
            if bar is not None and bar.beyond and _passes(columns[column], lines[row], raised=level is not None):
                body[row][starts[column] + _bar_cells(cells) // 2] = (BEYOND_MARK, BEYOND)
    if level is None:
        _tick(body[scale.up], times, look)
    above = [(" ", EMPTY)] * width
    if cursor is not None:
        _stand(above, body, starts[cursor] + (_bar_cells(cells) - 1) // 2, look, scale, zero=level is None)
    drawn = [_row("", " ", above)]
    for at, one in enumerate(body):
        mark = look.axes.tick if at in numbered else look.axes.axis
        drawn.append(_row(ends.get(at, ""), look.axes.cross if level is None and at == scale.up else mark, one))
    drawn.append(_row("", " ", _times(labels, width)))
    return Picture(tuple(drawn), level or scale)


def _level(columns: Sequence[Values | None], axis: Axis, rows: int, previous: Scales | None) -> Level:
    """Of a raised graph: with its limits, or the near ones where rows are few."""
    kept = previous if isinstance(previous, Level) else None
    lows = [column.up for column in columns if column is not None]
    highs = [column.high for column in columns if column is not None]
    lowest, highest = min(lows, default=None), max(highs, default=None)
    limits = axis.limits
    if lowest is None or highest is None:
        lowest, highest = (limits[0], limits[-1]) if limits else (0.0, axis.finest * rows)
    elif rows >= _BOTH_LIMITS_FROM and limits:
        lowest, highest = min(lowest, *limits), max(highest, *limits)
    else:
        lowest = min([lowest, *(limit for limit in limits[:1] if lowest - limit < _NEAR)])
        highest = max([highest, *limits[-1:]])
    # One finest step lower: the lowest bar has a row to stand in.
    return level_for(lowest - axis.finest, highest, rows, _anchor(axis), axis.finest, kept)


def _anchor(axis: Axis) -> float:
    return axis.limits[-1] if axis.limits else 0.0


def _scale(columns: Sequence[Values | None], axis: Axis, rows: int, previous: Scales | None, look: Look) -> Scale:
    kept = previous if isinstance(previous, Scale) else None
    there = [column for column in columns if column is not None]
    low = min([0.0, *(min(-column.down, column.low) for column in there)])
    high = max([0.0, *(max(column.up, column.high) for column in there)])
    low, high = min(low, *axis.limits, 0.0) if low < 0 else low, max([high, *axis.limits])
    scale = scale_for(low, high, rows - 1, kept, axis.finest)
    if axis.amounts:  # no row for bars without a mark
        least = _least(scale, look)
        marked = (low if -low >= least else 0.0, high if high >= least else 0.0)
        if marked != (low, high):
            return scale_for(*marked, rows - 1, kept, axis.finest)
    return scale


def _least(scale: Scale, look: Look) -> float:
    """The least amount that has a mark."""
    return scale.unit_per_row / look.levels.full * _SHARE_OF_MARK


def _bar(column: Values, axis: Axis, base: float, least: float) -> Bar:
    beyond = any(_passes(column, limit, raised=axis.raised) for limit in axis.limits)
    if axis.raised:
        return Bar(max(0.0, column.up - base), 0.0, max(0.0, column.high - base), 0.0, beyond)
    if axis.amounts:
        return Bar(column.up if column.up >= least else 0.0, column.down if column.down >= least else 0.0)
    return Bar(column.up, column.down, max(0.0, column.high), max(0.0, -column.low), beyond)


_MIDDLE_V = 230.0


def _passes(column: Values | None, limit: float, *, raised: bool) -> bool:
    """Whether a column goes beyond a limit: below the low one of a voltage, else away from zero."""
    if column is None:
        return False
    if raised:
        return column.high > limit if limit > _MIDDLE_V else column.low < limit
    return max(column.up, column.high) > limit if limit >= 0 else min(-column.down, column.low) < limit


def _line(limit: float, scale: Scale, level: Level | None) -> int | None:
    if level is not None:
        return level.row_of(limit)
    if not -scale.down * scale.unit_per_row <= limit <= scale.up * scale.unit_per_row or not limit:
        return None
    far = max(1, int(abs(limit) / scale.unit_per_row + 0.5))
    return scale.up - far if limit > 0 else scale.up + far


def _name_unit(
    ends: dict[int, str], unit: str, scale: Scale, numbers: list[tuple[int, str]], level: Level | None
) -> None:
    """Beside the zero where it fits, else in a row of its own between the numbers."""
    if level is None and len(f"0 {unit}") <= LABEL_CELLS:
        ends[scale.up] = f"0 {unit}"
        return
    rows = scale.up + scale.down + (level is None)
    free = [row for row in (*([unit_row(scale, numbers)] if numbers else []), *range(rows)) if row not in ends]
    if free:
        ends[free[0]] = unit


def _short(value: float) -> str:
    text = f"{value:g}"
    return text if len(text) <= LABEL_CELLS else ""


def _bar_cells(cells: int) -> int:
    """How many cells of a column its bar takes; the rest lies between bars."""
    return cells if cells == 1 else min(14, cells - (1 if cells <= 4 else 2 if cells <= 7 else 3))


def _spread(rows: list[list[Cell]], cells: int, width: int) -> list[list[Cell]]:
    """Every column in its cells; beside a bar there is nothing, on the zero line the line goes on."""
    if cells == 1:
        return [one[:width] + [(" ", EMPTY)] * (width - len(one)) for one in rows]
    solid = _bar_cells(cells)
    spread = []
    for one in rows:
        is_line = bool(one) and all(role in (AXIS, "g") for _, role in one)
        wide: list[Cell] = []
        for cell in one:
            wide += [cell] * solid + [cell if is_line else (" ", EMPTY)] * (cells - solid)
        wide = wide[:width]
        rest: Cell = wide[-1] if is_line else (" ", EMPTY)
        spread.append(wide + [rest] * (width - len(wide)))
    return spread


def _shared(rows: list[list[Cell]], starts: Sequence[int]) -> list[list[Cell]]:
    """Every column in its own cells, of which some have one more than others."""
    columns = [column for column, (at, end) in enumerate(pairwise(starts)) for _ in range(at, end)]
    if len(columns) == len(starts) - 1:
        return rows
    return [[one[column] for column in columns] for one in rows]


def _points(row: list[Cell], starts: set[int], look: Look) -> None:
    """The grid: where a time and a number meet, if nothing is drawn there."""
    for cell in starts:
        if cell < len(row) and row[cell][1] == EMPTY:
            row[cell] = (look.axes.gap, AXIS)


def _limit(row: list[Cell], look: Look) -> None:
    for cell in range(0, len(row), 2):
        if row[cell][1] == EMPTY:
            row[cell] = (look.axes.gap, MARK)


def _tick(row: list[Cell], starts: set[int], look: Look) -> None:
    """Where the times begin, on the zero line."""
    for cell in starts:
        if cell < len(row) and row[cell] == (look.axes.zero, AXIS):
            row[cell] = (look.axes.cross, AXIS)


def _stand(above: list[Cell], body: list[list[Cell]], cell: int, look: Look, scale: Scale, *, zero: bool) -> None:
    """The line of the cursor, wherever no bar is."""
    if not 0 <= cell < len(above):
        return
    above[cell] = (look.axes.axis, CURSOR)
    for at, row in enumerate(body):
        if zero and at == scale.up:
            row[cell] = (look.axes.cross, CURSOR)
        elif row[cell][1] in (EMPTY, AXIS, MARK):
            row[cell] = (look.axes.axis, CURSOR)


def _times(labels: Sequence[Tick], width: int) -> list[Cell]:
    text = ""
    for cell, words in labels:
        text = f"{text:<{cell}}{words}"
    return [(character, EMPTY if character == " " else LABEL) for character in f"{text:<{width}}"[:width]]


def _row(label: str, mark: str, cells: Sequence[Cell]) -> Row:
    label = f" {label:>{LABEL_CELLS}}"
    roles = "".join(EMPTY if character == " " else LABEL for character in label)
    text, drawn = "".join([text for text, _ in cells]), "".join([role for _, role in cells])
    return Row(f"{label}{mark}{text}", f"{roles}{AXIS if mark != ' ' else EMPTY}{drawn}")
