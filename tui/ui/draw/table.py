"""Tables of fixed columns; those that do not fit are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.ui.draw.lines import Context, Lines, Span, cells_of, fit, line


class Column(NamedTuple):
    """A column: its head, its width, and the least width of the table at which it is shown."""

    head: str
    width: int
    right: bool = False
    least: int = 0


def table(
    columns: Sequence[Column],
    rows: Sequence[Sequence[Span]],
    context: Context,
    width: int,
    needed: Sequence[int] = (),
) -> Lines:
    """A head and the rows; columns that do not fit are left out, least important (largest `least`) first.

    If even the rest is too wide, only the columns `needed` are left, as wide as their content and one blank apart; the
    first of them gets the rest of the width.
    """
    shown = [index for index, column in enumerate(columns) if width >= column.least]
    gap = "  "
    if needed and sum(columns[index].width + len(gap) for index in shown) - 1 > width:
        shown, gap = list(needed), " "
        columns = _squeezed(columns, rows, shown, width)
    lines = [line(Span(" " + gap.join(_cell(columns[i].head, columns[i], context) for i in shown), "label"))]
    for row in rows:
        spans: list[Span] = []
        for index in shown:
            spans += [
                Span(gap if spans else " "),
                Span(_cell(row[index].text.rstrip(), columns[index], context), row[index].style),
            ]
        lines.append(tuple(spans))
    return lines


def _squeezed(
    columns: Sequence[Column], rows: Sequence[Sequence[Span]], needed: Sequence[int], width: int
) -> list[Column]:
    """The columns, those `needed` as narrow as their content; the first gets the rest of the width."""
    narrow = list(columns)
    first, *others = needed
    for index in others:
        most = max((cells_of(row[index].text.rstrip()) for row in rows), default=0)
        head = columns[index].head
        narrow[index] = columns[index]._replace(head=head if len(head) <= most else "", width=most)
    left = width - 1 - sum(narrow[index].width + 1 for index in others)
    narrow[first] = columns[first]._replace(width=max(0, min(columns[first].width, left)))
    return narrow


def _cell(text: str, column: Column, context: Context) -> str:
    return fit(text.rjust(column.width) if column.right else text, column.width, context.glyphs)
