"""Big digits, readable from two metres: three by five dots, each dot two cells wide, in any glyph set.

Textual's `Digits` needs characters that the Linux console does not have.
"""

from __future__ import annotations

from tui.core.wording import Arrow
from tui.ui.glyphs import Glyphs

HEIGHT = 5
_DOTS = {
    "0": ("###", "# #", "# #", "# #", "###"),
    "1": (" # ", "## ", " # ", " # ", "###"),
    "2": ("###", "  #", "###", "#  ", "###"),
    "3": ("###", "  #", "###", "  #", "###"),
    "4": ("# #", "# #", "###", "  #", "  #"),
    "5": ("###", "#  ", "###", "  #", "###"),
    "6": ("###", "#  ", "###", "# #", "###"),
    "7": ("###", "  #", "  #", "  #", "  #"),
    "8": ("###", "# #", "###", "# #", "###"),
    "9": ("###", "# #", "###", "  #", "###"),
    "-": ("   ", "   ", "###", "   ", "   "),
    ".": (" ", " ", " ", " ", "#"),
}
_ARROWS = {
    Arrow.DOWN: ("#####", " ### ", "  #  ", "     ", "     "),
    Arrow.UP: ("     ", "     ", "  #  ", " ### ", "#####"),
    Arrow.NONE: ("     ",) * HEIGHT,
}


def big(text: str, glyphs: Glyphs) -> tuple[str, ...]:
    """Five rows of cells for digits, a point and dashes; anything else is left out."""
    known = [_DOTS[character] for character in text if character in _DOTS]
    return tuple(_cells(" ".join(dots[row] for dots in known), glyphs) for row in range(HEIGHT))


def big_arrow(arrow: Arrow, glyphs: Glyphs) -> tuple[str, ...]:
    """Five rows of ten cells."""
    return tuple(_cells(row, glyphs) for row in _ARROWS[arrow])


def _cells(dots: str, glyphs: Glyphs) -> str:
    return "".join(2 * (glyphs.full if dot == "#" else " ") for dot in dots)
