"""A scrollbar in whole cells: Textual's has ends of eighths, which the Linux console shows as `#`."""

from __future__ import annotations

from typing import ClassVar

from textual.scrollbar import ScrollBar, ScrollBarRender


class WholeCells(ScrollBarRender):
    """Draws reversed blanks only, so that it needs no glyph and no colour."""

    VERTICAL_BARS: ClassVar[list[str]] = [" "]
    HORIZONTAL_BARS: ClassVar[list[str]] = [" "]


def draw_scrollbars_in_whole_cells() -> None:
    """From now on, in every app of this process: Textual knows one renderer for all."""
    ScrollBar.renderer = WholeCells
