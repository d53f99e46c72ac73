"""Tables of fixed columns that leave out what does not fit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.ui.draw.lines import Context, Lines, Span, fit, line


class Column(NamedTuple):
    """A column: its head, its cells, and the least width of the table at which it is shown."""

    head: str
    width: int
    right: bool = False
    least: int = 0


def table(columns: Sequence[Column], rows: Sequence[Sequence[Span]], context: Context, width: int) -> Lines:
    """A head and the rows; columns that do not fit are left out, least important (largest `least`) first."""
    shown = [index for index, column in enumerate(columns) if width >= column.least]
    lines = [line(Span(" " + "  ".join(_cell(columns[i].head, columns[i], context) for i in shown), "label"))]
    for row in rows:
        spans: list[Span] = []
        for index in shown:
            spans += [
                Span("  " if spans else " "),
                Span(_cell(row[index].text, columns[index], context), row[index].style),
            ]
        lines.append(tuple(spans))
    return lines


def _cell(text: str, column: Column, context: Context) -> str:
    return fit(text.rjust(column.width) if column.right else text, column.width, context.glyphs)
