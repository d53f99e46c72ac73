"""The characters everything is drawn with: three sets, one table.

`unicode` for terminal emulators, `console` with only what every font of the Linux console has (the kernel's own and
Debian's Lat15 and Uni2), `ascii` for terminals that are not UTF-8. Nothing else on the screen chooses a character:
`Glyphs.shown` brings what Textual draws and what devices are called into the set.
"""

from __future__ import annotations

from typing import NamedTuple
from unicodedata import category, normalize

from rich.cells import cell_len, set_cell_size

from tui.core.graph.chart import ASCII, ASCII_AXES, BOX_AXES, CONSOLE, UNICODE, AxisGlyphs, Levels
from tui.core.wording import Arrow


class Glyphs(NamedTuple):
    """One set. Every field is one cell wide but `ellipsis` and `cubic`."""

    name: str
    levels: Levels
    """The steps of the bars, for `core.graph.chart`."""
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

    def currency(self, word: str) -> str:
        """A currency as this set writes it."""
        return word if self._has(word) else word.replace("€", "EUR")

    def shown(self, text: str) -> str:
        """`text` in characters of this set, in as many cells as before.

        A line drawn by Textual becomes this set's line, a letter loses its accent, what is left is a question mark.
        """
        if self._has(text):
            return text
        return set_cell_size("".join(map(self._nearest, normalize("NFC", text))), cell_len(text))

    def _has(self, text: str) -> bool:
        beyond = _BEYOND_ASCII[self.name]
        return text.isprintable() and (text.isascii() or beyond is None or beyond.issuperset(text))

    def _nearest(self, char: str) -> str:
        """The character, or one of this set like it, in as many cells."""
        if self._has(char):
            return char
        cells = cell_len(char)
        alike = _DRAWN_AS[self.name].get(char) or _PLAIN.get(char, char)
        letters = "".join(part for part in normalize("NFKD", alike) if not category(part).startswith("M"))
        return letters.ljust(cells) if self._has(letters) and 0 < len(letters) <= cells else "?" * cells


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

_BEYOND_ASCII: dict[str, frozenset[str] | None] = {
    "unicode": None,
    # letters that code page 437 and ISO 8859-15 share, and the signs that the kernel's font and Debian's have besides
    "console": frozenset("ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜáíóúñÑß█░▒■•▲▼▶◀←↑→↓─│┌┐└┘├┤┬┴┼°²µ·±≈≤≥"),
    "ascii": frozenset(),
}
"""The characters of a set beside those of ASCII; None for all that can be printed."""

_DRAWN_AS = {
    name: {theirs: getattr(glyphs, field) for field, theirs in (_MARKS | _BOX).items()}
    for name, glyphs in GLYPHS.items()
}
"""How a set draws what Textual draws in its own way."""

_PLAIN = dict(zip("‘’‚“”„«»‐‑–—…×øØæÆœŒðÐłŁđĐ", '\'\'\'"""""----.xoOaAoOdDlLdD', strict=True))
"""Characters like others that Unicode does not call so. Phones write ’ for an apostrophe."""


def choose_glyphs(wanted: str, term: str, *, utf8: bool) -> Glyphs:
    """The set for `--glyphs` ("auto" or a name), the TERM variable, and whether the terminal takes UTF-8."""
    if wanted != "auto":
        return GLYPHS[wanted]
    if not utf8:
        return GLYPHS["ascii"]
    return GLYPHS["console" if term == "linux" else "unicode"]
