"""The characters everything is drawn with: three sets, one table.

`unicode` for terminal emulators, `console` with only what every font of the Linux console has (the kernel's own and
Debian's Lat15 and Uni2), `ascii` for terminals that are not UTF-8. Nothing else on the screen chooses a character.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui.core.chart import ASCII, ASCII_AXES, BOX_AXES, CONSOLE, UNICODE, AxisGlyphs, Levels
from tui.core.wording import Arrow


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set. Every field is one cell wide but `ellipsis` and `cubic`."""

    name: str
    levels: Levels
    """The steps of the bars, for `core.chart`."""
    axes: AxisGlyphs
    up: str
    down: str
    pointer: str
    full: str
    part: str
    empty: str
    """The rest of a bar or of a gauge."""
    mark: str
    """Where a value stands in a gauge."""
    bullet: str
    horizontal: str
    vertical: str
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    tee_right: str
    """A rule that begins at the left border."""
    tee_left: str
    tee_down: str
    tee_up: str
    cross: str
    ellipsis: str
    cubic: str
    """The unit of gas and water."""

    def arrow(self, arrow: Arrow) -> str:
        """An arrow of the direction, a blank for none."""
        return {Arrow.UP: self.up, Arrow.DOWN: self.down, Arrow.NONE: " "}[arrow]

    def unit(self, unit: str) -> str:
        """A unit as this set writes it."""
        return unit.replace("m3", self.cubic)


_BOX = {
    "horizontal": "─",
    "vertical": "│",
    "top_left": "┌",
    "top_right": "┐",
    "bottom_left": "└",
    "bottom_right": "┘",
    "tee_right": "├",
    "tee_left": "┤",
    "tee_down": "┬",
    "tee_up": "┴",
    "cross": "┼",
}
_MARKS = {"up": "▲", "down": "▼", "pointer": "▶", "full": "█", "part": "▒", "empty": "·", "mark": "■", "bullet": "■"}

GLYPHS = {
    "unicode": Glyphs("unicode", UNICODE, BOX_AXES, **_MARKS, **_BOX, ellipsis="…", cubic="m³"),
    "console": Glyphs("console", CONSOLE, BOX_AXES, **_MARKS, **_BOX, ellipsis="...", cubic="m3"),
    "ascii": Glyphs(
        "ascii",
        ASCII,
        ASCII_AXES,
        up="^",
        down="v",
        pointer=">",
        full="#",
        part=":",
        empty=".",
        mark="O",
        bullet="*",
        horizontal="-",
        vertical="|",
        top_left="+",
        top_right="+",
        bottom_left="+",
        bottom_right="+",
        tee_right="+",
        tee_left="+",
        tee_down="+",
        tee_up="+",
        cross="+",
        ellipsis="...",
        cubic="m3",
    ),
}


def choose_glyphs(wanted: str, term: str, encoding: str) -> Glyphs:
    """The set for `--glyphs` ("auto" or a name), the TERM variable and the terminal's encoding."""
    if wanted != "auto":
        return GLYPHS[wanted]
    if "utf" not in encoding.casefold():
        return GLYPHS["ascii"]
    return GLYPHS["console" if term == "linux" else "unicode"]
