"""The last filter before the terminal: only characters of the chosen set pass, whatever widget drew them."""

from __future__ import annotations

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from tui.ui.glyphs import Glyphs


class OnlyGlyphs(LineFilter):
    """Maps Textual's borders and ellipses, device names and typed text to the set (`Glyphs.shown`)."""

    def __init__(self, glyphs: Glyphs) -> None:
        super().__init__()
        self._glyphs = glyphs

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The segments in the set's characters, as wide as before. Textual keeps the result with the row."""
        shown = self._glyphs.shown
        return [
            one if (text := shown(one.text)) is one.text else Segment(text, one.style, one.control) for one in segments
        ]
