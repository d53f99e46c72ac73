"""Big digits, legible from two metres: three by five dots of some cells each, in any glyph set.

Textual's `Digits` needs characters that the Linux console does not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tui.core.wording import Arrow
from tui.ui.glyphs import GLYPHS, Glyphs

HEIGHT = 5
"""Height of a digit in dots."""
ARROW = 5
"""Width of an arrow in dots."""


class Dot(NamedTuple):
    """The size of a dot in cells. A cell is about twice as high as wide."""

    cells: int
    rows: int = 1


DOTS = (Dot(4, 2), Dot(2), Dot(1))
"""Largest first."""

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
    Arrow.NONE: (" " * ARROW,) * HEIGHT,
}


def dots_of(text: str) -> int:
    """The width of a number in dots."""
    return len(big(text, GLYPHS["ascii"], Dot(1))[0])


def big(text: str, glyphs: Glyphs, dot: Dot = DOTS[1]) -> tuple[str, ...]:
    """Five rows of dots for digits, a point and dashes; anything else is left out."""
    known = [_DOTS[character] for character in text if character in _DOTS]
    return _cells([" ".join(dots[row] for dots in known) for row in range(HEIGHT)], glyphs, dot)


def big_arrow(arrow: Arrow, glyphs: Glyphs, dot: Dot = DOTS[1]) -> tuple[str, ...]:
    """Five rows of five dots."""
    return _cells(_ARROWS[arrow], glyphs, dot)


def _cells(rows: Sequence[str], glyphs: Glyphs, dot: Dot) -> tuple[str, ...]:
    wide = ["".join(dot.cells * (glyphs.full if one == "#" else " ") for one in row) for row in rows]
    return tuple(row for row in wide for _ in range(dot.rows))
