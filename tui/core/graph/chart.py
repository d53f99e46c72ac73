"""Graphs as rows of characters, each with a row of letters that give the role of every cell. Widgets only add colour.

Power has a sign: import bars stand on a zero line and export bars hang from it. A column without a sample has no bar,
and the zero line is dotted there, so that "unknown" does not look like "0 W".
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import tzinfo
from typing import NamedTuple

from tui.core.graph.bucket import Bucket
from tui.core.graph.scale import FINEST_W, LABEL_CELLS, PREFIXED, Scale, round_steps, scale_for, unit_row, value_labels
from tui.core.graph.timeaxis import time_labels

# What a cell is: the letters of `Row.roles`.
EMPTY = " "
IMPORT = "i"
EXPORT = "e"
EXPORT_REVERSED = "r"  # an export with its colours swapped: the character draws the empty part of the cell
AXIS = "a"
GAP = "g"  # the zero line where nothing was measured
LABEL = "l"
MARK = "m"  # the line of a limit

GUTTER_CELLS = LABEL_CELLS + 1
"""Left of the columns: the labels and the axis."""

MIN_HEIGHT = 3
_TIMES_FROM_HEIGHT = 4


class Levels(NamedTuple):
    """The characters of a bar's cell, from empty to full.

    Most fonts have no blocks that hang from the top of a cell. With `reverses`, a hanging cell is drawn as its
    complement with swapped colours; otherwise it looks the same as a standing one.
    """

    marks: str
    reverses: bool = False

    @property
    def full(self) -> int:
        """The level of a full cell."""
        return len(self.marks) - 1

    def standing(self, level: int) -> tuple[str, str]:
        """Character and role of a cell that an import fills up to `level`."""
        return self.marks[level], IMPORT if level else EMPTY

    def hanging(self, level: int) -> tuple[str, str]:
        """Character and role of a cell that an export fills down to `level`."""
        if self.reverses and 0 < level < self.full:
            return self.marks[self.full - level], EXPORT_REVERSED
        return self.marks[level], EXPORT if level else EMPTY


UNICODE = Levels(" ▁▂▃▄▅▆▇█", reverses=True)
CONSOLE = Levels(" ▒█")
ASCII = Levels(" :#")


class AxisGlyphs(NamedTuple):
    """The characters of the axes: the zero line, a gap in it, the axis, a tick beside a label, where the two cross."""

    zero: str
    gap: str
    axis: str
    tick: str
    cross: str


BOX_AXES = AxisGlyphs("─", "·", "│", "┤", "┼")
ASCII_AXES = AxisGlyphs("-", ".", "|", "+", "+")


_RUN = re.compile(r"(.)\1*")


class Row(NamedTuple):
    """A row of cells: its characters, and the role letter of each."""

    text: str
    roles: str

    def runs(self) -> list[tuple[str, str]]:
        """(text, role) of neighbours with the same role, from left to right."""
        text, roles = self
        return [(text[run.start() : run.end()], run[1]) for run in _RUN.finditer(roles)]


class Graph(NamedTuple):
    """A graph's rows, and the scale to pass on when it is drawn again."""

    rows: tuple[Row, ...]
    scale: Scale


def signed_bars(columns: Sequence[Bucket | None], scale: Scale, levels: Levels) -> tuple[Row, ...]:
    """The means as bars, top row first: `scale.up` rows above the zero line and `scale.down` below it, not the line.

    A bar ends at the nearest level that the characters can show; one that is not zero has at least the smallest mark.
    """
    full = levels.full
    standing = [levels.standing(level) for level in range(full + 1)]
    hanging = [levels.hanging(level) for level in range(full + 1)]
    lengths = [_length(column, scale.unit_per_row, full) for column in columns]
    up = {length: _bar(length, scale.up, standing) for length in {*lengths}}  # of gaps and steady loads there are many
    down = {length: _bar(-length, scale.down, hanging) for length in {*lengths}}
    above = list(zip(*(up[length] for length in lengths), strict=True))
    below = list(zip(*(down[length] for length in lengths), strict=True))
    blanks = [()] * (0 if columns else scale.up + scale.down)
    return tuple(_row(cells) for cells in (*reversed(above), *below, *blanks))


def _bar(length: int, rows: int, levels: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The cells of a bar from the zero line on; none is drawn for a length below 0."""
    whole, rest = divmod(max(0, min(length, rows * (len(levels) - 1))), len(levels) - 1)
    return [levels[-1]] * whole + [levels[rest], *[levels[0]] * (rows - whole - 1)][: rows - whole]


def _length(column: Bucket | None, unit: float, full: int) -> int:
    """The signed length of a bar, in levels of a cell."""
    if column is None or not column.mean:
        return 0
    length = max(1, int(abs(column.mean) / unit * full + 0.5))
    return length if column.mean > 0 else -length


def _row(cells: Sequence[tuple[str, str]]) -> Row:
    return Row("".join([text for text, _ in cells]), "".join([role for _, role in cells]))


def plot_columns(width: int) -> int:
    """How many columns of time a graph of `width` cells has; 0 if it is too narrow for any."""
    return max(0, width - GUTTER_CELLS)


def power_graph(
    columns: Sequence[Bucket | None],
    height: int,
    *,
    start: float,
    step_s: float,
    zone: tzinfo,
    levels: Levels,
    axes: AxisGlyphs,
    previous: Scale | None = None,
    unit: str = "W",
    finest: float = FINEST_W,
    base: float = 0.0,
    marks: Sequence[float] = (),
) -> Graph:
    """A whole graph: `height` rows of GUTTER_CELLS + len(columns) cells (`plot_columns` is the inverse).

    `start` is when the first column begins (seconds since 1970), `step_s` the seconds per column. From 4 rows up, the
    last row holds clock times. `previous` is the scale of this device's last graph; `unit` and `finest` are those of
    `value_labels` and `scale_for`. `base` is what the zero line stands for, in a unit other than "W". `marks` are
    limits, each a line behind the bars. Raises ValueError below MIN_HEIGHT.
    """
    timed = height >= _TIMES_FROM_HEIGHT
    if base:
        columns = [column and replace(column, mean=column.mean - base) for column in columns]
    means = [column.mean for column in columns if column is not None] + [mark - base for mark in marks]
    scale = scale_for(min(means, default=0.0), max(means, default=0.0), height - 1 - timed, previous, finest)
    bars = signed_bars(columns, scale, levels)
    zero = _row([(axes.gap, GAP) if column is None else (axes.zero, AXIS) for column in columns])
    labels = value_labels(scale, unit)
    words = {index: _short(float(text) + base) for index, text in labels} if base else dict(labels)
    ticks = {**dict.fromkeys(words, axes.tick), scale.up: axes.cross}
    if unit != PREFIXED:
        words[unit_row(scale, labels)] = unit
    bodies = [*bars[: scale.up], zero, *bars[scale.up :]]
    for mark in marks:
        index = _row_of(mark - base, scale)
        bodies[index] = _marked(bodies[index], axes.zero)
        if unit != PREFIXED:
            words[index], ticks[index] = _short(mark), axes.tick
    rows = [_with_axis(body, words.get(index, ""), ticks.get(index, axes.axis)) for index, body in enumerate(bodies)]
    if timed:
        rows.append(_time_row(time_labels(start, step_s, len(columns), zone), len(columns)))
    return Graph(tuple(rows), scale)


def _short(value: float) -> str:
    """A number that fits beside the axis; nothing for one that does not: what is cut is a wrong number."""
    text = f"{value:g}"
    return text if len(text) <= LABEL_CELLS else ""


def _row_of(value: float, scale: Scale) -> int:
    """The row, from the top, whose far edge is nearest to `value`; that of the zero line only for 0."""
    length = max(1, int(abs(value) / scale.unit_per_row + 0.5)) if value else 0
    return max(0, scale.up - length) if value > 0 else scale.up + min(scale.down, length)


def _marked(body: Row, mark: str) -> Row:
    """A row with a line where no bar is."""
    cells = [(mark, MARK) if role == EMPTY else (text, role) for text, role in zip(*body, strict=True)]
    return _row(cells)


def _with_axis(body: Row, label: str, mark: str) -> Row:
    """A row of bars with the axis on its left."""
    roles = EMPTY * (LABEL_CELLS - len(label)) + LABEL * len(label)
    return Row(f"{label:>{LABEL_CELLS}}{mark}{body.text}", f"{roles}{AXIS}{body.roles}")


def _time_row(labels: Sequence[tuple[int, str]], columns: int) -> Row:
    text = ""
    for column, label in labels:
        text = f"{text:<{column}}{label}"
    text = f"{'':{GUTTER_CELLS}}{text:<{columns}}"
    return Row(text, "".join(EMPTY if character == " " else LABEL for character in text))


def spark(columns: Sequence[Bucket | None], levels: Levels) -> Row:
    """A sparkline for the device list: one row with a cell per column.

    Import and export bars both point up and differ by role; the top is the smallest round number that fits the largest
    value. A gap is blank, a zero is a mark on the baseline.
    """
    top = next(round_steps(max([FINEST_W, *(abs(column.mean) for column in columns if column is not None)])))
    return _row([_spark_cell(column, top, levels) for column in columns])


def _spark_cell(column: Bucket | None, top: float, levels: Levels) -> tuple[str, str]:
    if column is None:
        return " ", EMPTY
    level = _length(column, top, levels.full)
    if not level:
        return "_", AXIS
    return levels.marks[min(abs(level), levels.full)], IMPORT if level > 0 else EXPORT
