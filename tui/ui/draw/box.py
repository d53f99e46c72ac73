"""A list and what is to be said of its selected row, in one box."""

from __future__ import annotations

from tui.ui.draw.frame import divider, rule
from tui.ui.draw.lines import Line, Lines, Span, fit_line
from tui.ui.glyphs import Glyphs

FRAMED_FROM = 72
"""The least width with a frame around the list, as in the overview."""


def boxed(rows: Lines, below: Lines, titles: tuple[str, str], width: int, glyphs: Glyphs) -> Lines:
    """The list and the details of the selected row, in one box; without its sides on a phone."""
    if width < FRAMED_FROM:
        heads = [divider(width, glyphs, title, plain=True) for title in titles]
        return [heads[0], *rows, *([heads[1], *below] if below else [])]
    framed = [_between(row, width, glyphs) for row in rows]
    if below:
        framed += [divider(width, glyphs, titles[1]), *(_between(row, width, glyphs) for row in below)]
    return [rule(width, glyphs, titles=(titles[0],)), *framed, rule(width, glyphs, top=False)]


def _between(row: Line, width: int, glyphs: Glyphs) -> Line:
    side = Span(glyphs.vertical, "frame")
    return (side, *fit_line(row, width - 2), side)
