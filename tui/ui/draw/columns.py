"""Columns side by side, each as wide as its widest cell: for tables of a few rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.ui.draw.lines import Line, Lines, Span, line, width_of


class Column(NamedTuple):
    """A column: its head, and a cell for each row."""

    head: str
    cells: Sequence[Line]
    width: int = 0
    """At least."""
    gap: int = 2
    """Blanks before it."""
    right: bool = False
    """Whether head and cells end together."""
    stem: str = ""
    """What it shows: power, current or voltage."""

    @property
    def size(self) -> int:
        """Its width, without the blanks before it."""
        return max(self.width, len(self.head), *map(width_of, self.cells))


def width_of_all(columns: Sequence[Column]) -> int:
    """The width of a row of these columns."""
    return sum(column.gap + column.size for column in columns)


def column_rows(columns: Sequence[Column]) -> Lines:
    """The heads and the rows, without blanks at their ends."""
    sizes = [column.size for column in columns]
    rows = [[line(Span(one.head, "label")) for one in columns]]
    rows += [list(cells) for cells in zip(*(one.cells for one in columns), strict=True)]
    return [_row(columns, sizes, cells) for cells in rows]


def _row(columns: Sequence[Column], sizes: Sequence[int], cells: Sequence[Line]) -> Line:
    row: list[Span] = []
    blanks = 0
    for column, size, cell in zip(columns, sizes, cells, strict=True):
        left = size - width_of(cell)
        blanks += column.gap + (left if column.right else 0)
        if not cell:
            blanks += 0 if column.right else left
            continue
        row += [Span(" " * blanks), *cell] if blanks else cell
        blanks = 0 if column.right else left
    return tuple(row)
