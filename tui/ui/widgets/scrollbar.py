"""A scrollbar in whole cells: the ends of Textual's use eighths, which the Linux console shows as `#`."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class WholeCells(ScrollBarRender):
    """Draws only reversed blanks, so it needs no glyph and no colour."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def draw_scrollbars_in_whole_cells() -> None:
    """Switch every app of this process to it: Textual has one renderer for all."""
    ScrollBar.renderer = WholeCells
