"""The one widget of our own: rows of spans on Textual's line API, refreshing only the cells that changed.

Textual repaints a `DataTable` or `Static` as a whole, which costs ten times the bytes of htop. The next largest costs,
measured on the byte stream of Textual 8.2.8, are reduced here:

* A changed region is sent from the left edge of its widget, once for every region of a row. So a row has one region,
  and a widget can be cut into slices: a change is then sent from the left edge of its slice.
* Every segment sets all its colours and resets them afterwards, some 25 bytes. So blanks take the style of what is
  before them, and neighbours with the same style become one segment.

And the next largest of its CPU: each second Textual asks every widget in the rectangle around all changes for all its
rows, and looks up a dozen styles for each. Rows without a frame have none of these: they give their strips themselves.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.ui.draw.changes import changed_cells
from tui.ui.draw.lines import BLANK, Line, Lines, width_of
from tui.ui.theme import style_of

_TO_LOOK_UP = re.compile("([^ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u0482\u2500-\u25fc]+)")
"""Anything but Latin, Greek, Cyrillic, boxes and bars, which are one cell wide: Rich need not look up their width."""

_INKED = re.compile("cursor|notice|reverse")
"""Styles in which a blank is visible."""


_NO_CELLS = Strip([], 0)


class Slice(Widget):
    """A vertical strip of its parent's rows, so that it has a left edge of its own."""

    DEFAULT_CSS = "Slice { height: 1fr; }"

    def __init__(self, whole: Rows, start: int, width: int | None) -> None:
        super().__init__()
        self._whole = whole
        self.start = start
        self.styles.width = "1fr" if width is None else width

    def render_lines(self, crop: Region) -> list[Strip]:
        """The parent's cells at this position."""
        return self._whole.strips_of(self.start, crop)


class Rows(Widget):
    """Draws what `draw` returns for its size. Subclasses hold what they draw and call `redraw` when it changes."""

    DEFAULT_CSS = "Rows { layout: horizontal; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: Lines = []
        self._edges = [0, 0]
        """The cells at which slices begin, and that after the last one; two for one piece."""
        self._strips: dict[int, dict[int, Strip]] = {}
        """Each row of the last picture that was asked for, as a strip for each slice, by where that begins."""
        self._framed: tuple[Region, list[Strip]] | None = None
        """The frame around slices, and what was asked for."""
        self._styles_by_name: dict[str, Style] = {}
        self._background: Color | None = None

    def draw(self, width: int, height: int) -> Lines:
        """The rows for a size; fewer than `height` leaves the rest blank."""
        raise NotImplementedError

    def cuts(self, width: int) -> Sequence[int]:
        """The cells at which slices begin, from left to right; none for one piece."""
        return ()

    def redraw(self) -> None:
        """Draw again, and refresh the cells that differ from what is on the screen."""
        width, height = self.size
        if not width or not height or not self.is_attached:
            return
        before, self._lines = self._lines, self.draw(width, height)[:height]
        changed: list[Region] = []
        for y in range(max(len(before), len(self._lines))):
            if ranges := changed_cells(_row(before, y), _row(self._lines, y)):
                self._strips.pop(y, None)
                changed += _parts(y, ranges, self._edges)
        if changed:
            self.refresh(*changed)  # not its slices: each widget that is refreshed wakes up and sends a message

    async def on_resize(self, event: Resize) -> None:
        """Draw and slice again for the new size."""
        width = self.size.width
        # By its size with the frame: the last column of a framed graph is no slice, it would cost more than it saves.
        cuts = [cut for cut in self.cuts(event.size.width) if 0 < cut < width]
        starts = [0, *cuts] if cuts else []
        is_cut_anew = [piece.start for piece in self.query_children(Slice)] != starts
        if is_cut_anew:
            await self.query_children(Slice).remove()
        self._lines, self._edges, self._framed = [], [0, *cuts, width], None
        self._strips.clear()
        if is_cut_anew:
            widths = [*(end - start for start, end in pairwise(starts)), None][: len(starts)]
            await self.mount_all(Slice(self, start, width) for start, width in zip(starts, widths, strict=True))
        self.redraw()
        self.refresh()  # blanks were not redrawn, and may show old characters

    def notify_style_update(self) -> None:
        """The theme changed: look its colours up again."""
        self._styles_by_name.clear()
        self._background = self._framed = None
        self._strips.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Rows of the last picture; where slices hide them nothing but the frame around, as Textual draws it."""
        is_cut = len(self._edges) > 2
        if not self.styles.gutter:
            return [] if is_cut else self.strips_of(0, crop)
        if not is_cut:
            return super().render_lines(crop)
        if self._framed is None or self._framed[0] != crop:
            self._framed = crop, super().render_lines(crop)
        return self._framed[1]

    def render_line(self, y: int) -> Strip:
        """One row of the last picture."""
        return self.strip_of(y)

    def strips_of(self, start: int, crop: Region) -> list[Strip]:
        """A part of the last picture, as the slice that begins at cell `start` shows it; 0 where there is none."""
        missing = [y for y in crop.line_range if y not in self._strips]
        if missing:
            if self._background is None:
                self._background = self.background_colors[1]
            filters, background = self.get_line_filters(), self._background
            for y in missing:
                segments, cells = self._segments_of(y)
                for one in filters:
                    segments = one.apply(segments, background)
                pieces = Strip(segments, cells).divide(self._edges[1:])  # what lies beyond the edge is left out
                self._strips[y] = dict(zip(self._edges, pieces, strict=False))
        strips = [self._strips[y].get(start, _NO_CELLS) for y in crop.line_range]
        if crop.x == 0 and all(strip.cell_length == crop.width for strip in strips):
            return strips
        plain, (first, last) = self._style(""), crop.column_span
        return [strip.crop_extend(first, last, plain) for strip in strips]  # not yet drawn for a new size

    def strip_of(self, y: int) -> Strip:
        """One row of the last picture as a Textual strip."""
        return Strip(*self._segments_of(y)).crop(0, self._edges[-1])

    def _segments_of(self, y: int) -> tuple[list[Segment], int]:
        """One row of the last picture, at least as wide as the widget, and how many cells that is."""
        pieces = [(part, style) for text, style in merged(_row(self._lines, y)) for part in easily_cut(text)]
        segments = [Segment(part, self._style(style)) for part, style in pieces]
        width, cells = self._edges[-1], width_of(pieces)
        if cells < width:
            segments.append(Segment(" " * (width - cells), self._style("")))
        return segments, max(cells, width)

    def line_text(self, y: int) -> str:
        """The text of a row of the last picture, for tests and the clipboard."""
        return "".join(span.text for span in _row(self._lines, y)).rstrip()

    @property
    def text(self) -> str:
        """The text of the last picture."""
        return "\n".join(self.line_text(y) for y in range(len(self._lines)))

    def _style(self, name: str) -> Style:
        style = self._styles_by_name.get(name)
        if style is None:
            style = self.rich_style
            for word in name.split():
                style += style_of(word, self.app.theme_variables, ansi=self.app.native_ansi_color)
            self._styles_by_name[name] = style
        return style


def merged(row: Line) -> list[tuple[str, str]]:
    """(text, style) of a row in the fewest pieces that look the same: blanks join what is before them."""
    pieces: list[tuple[str, str]] = []
    look, hides, is_blank = "", False, False  # of the last piece: its style, whether blanks hide in that, and all of it
    for text, style in row:
        hidden = _INKED.search(style) is None
        blank = hidden and text.isspace()
        if pieces and (style == look or (blank and hides)):
            pieces[-1], is_blank = (pieces[-1][0] + text, look), is_blank and blank
            continue
        if pieces and is_blank and hidden:
            text = pieces.pop()[0] + text
        pieces.append((text, style))
        look, hides, is_blank = style, hidden, blank
    return pieces


def easily_cut(text: str) -> list[str]:
    """`text` in pieces, so that a character whose width Rich has to look up (an ellipsis) is a piece of its own.

    Rich 15 caches 16384 cut texts with such a character (10 MB), and changing figures beside it add new ones.
    """
    return [text] if text.isascii() else [part for part in _TO_LOOK_UP.split(text) if part]


def _parts(y: int, ranges: Sequence[tuple[int, int]], edges: Sequence[int]) -> Iterator[Region]:
    """The changed cells of row `y`: a region for each slice, since that is how they are sent."""
    for start, end in pairwise(edges):
        inside = [(max(first, start), min(last, end)) for first, last in ranges if first < end and last > start]
        if inside:
            yield Region(inside[0][0], y, inside[-1][1] - inside[0][0], 1)


def _row(lines: Lines, y: int) -> Line:
    return lines[y] if y < len(lines) else BLANK
