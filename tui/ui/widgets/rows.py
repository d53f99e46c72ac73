"""The one widget of our own: rows of spans on Textual's line API, refreshing only the cells that changed.

Textual repaints a `DataTable` or `Static` as a whole, which costs ten times the bytes of htop; see the README for
what this costs instead.
"""

from __future__ import annotations

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.events import Resize
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.ui.draw.changes import changed_cells
from tui.ui.draw.lines import BLANK, STYLES, Line, Lines


class Rows(Widget):
    """Draws what `draw` gives for its size. Subclasses hold the part they draw and call `redraw` when it changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"rows--{style}" for style in (*STYLES, "reverse")}

    DEFAULT_CSS = """
    Rows {
        & > .rows--label { color: $label; }
        & > .rows--title { text-style: bold; }
        & > .rows--figure { text-style: bold; }
        & > .rows--import { color: $import; }
        & > .rows--export { color: $export; }
        & > .rows--stale { color: $stale; }
        & > .rows--warn { color: $warn; }
        & > .rows--fail { color: $fail; }
        & > .rows--frame { color: $frame; }
        & > .rows--key { color: $key; text-style: bold; }
        & > .rows--notice { color: $warn; text-style: reverse; }
        & > .rows--cursor { background: $cursor; }
        & > .rows--reverse { text-style: reverse; }
        &:ansi > .rows--cursor { text-style: reverse; }
        &:ansi > .rows--stale { text-style: dim; }
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: Lines = []
        self._styles_by_name: dict[str, Style] = {}

    def draw(self, width: int, height: int) -> Lines:
        """The rows for a size; fewer than `height` leaves the rest blank."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw again, and refresh the cells that differ from what is on the screen."""
        width, height = self.size
        if not width or not height or not self.is_attached:
            return
        before, self._lines = self._lines, self.draw(width, height)[:height]
        regions = [
            Region(start, y, min(end, width) - start, 1)
            for y in range(max(len(before), len(self._lines)))
            for start, end in changed_cells(_row(before, y), _row(self._lines, y))
            if start < width
        ]
        if regions:
            self.refresh(*regions)

    def on_resize(self, event: Resize) -> None:
        """A new size is a new picture."""
        self._lines = []
        self.redraw()
        self.refresh()

    def notify_style_update(self) -> None:
        """The theme changed: look its colours up again."""
        self._styles_by_name.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One row of the last picture."""
        segments = [Segment(span.text, self._style(span.style)) for span in _row(self._lines, y)]
        return Strip(segments).adjust_cell_length(self.size.width, self._style(""))

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
            for word in name.split():  # only what each says: else a later one brings the plain colour back
                style += self.get_component_rich_style(f"rows--{word}", partial=True)
            self._styles_by_name[name] = style
        return style


def _row(lines: Lines, y: int) -> Line:
    return lines[y] if y < len(lines) else BLANK
